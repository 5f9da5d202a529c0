"""Schedules of EventBridge Scheduler and their groups, of the targets that call an API of AWS.

Source: hashicorp/terraform-provider-aws, internal/service/scheduler.
"""

from offline_pulumi.provider.model import Call, Change, Members, Props, ResourceType, Wait, argument
from offline_pulumi.provider.requests import moment, tagging
from offline_pulumi.provider.translate import same_json

_GONE = frozenset({"ResourceNotFoundException"})
_DEFAULT = "default"


def _schedule(found: str) -> Members:
    group, _, name = found.rpartition("/")
    return {"GroupName": group or _DEFAULT, "Name": name}


def _shape(members: Members, _props: Props) -> Members:
    """With the provider's own defaults, which it sends: an update takes away what it leaves out."""
    return {"State": "ENABLED", "ScheduleExpressionTimezone": "UTC", **members}


SCHEDULE = ResourceType(
    type="aws:scheduler/schedule:Schedule",
    title="EventBridge Scheduler Schedule ({id})",
    service="scheduler",
    arguments=(
        argument("name", replaces=True, computed=True),
        argument("groupName", replaces=True, computed=True),
        argument("description", default=""),
        argument(
            "flexibleTimeWindow",
            kind="object",
            required=True,
            fields=(argument("mode", required=True), argument("maximumWindowInMinutes", kind="number")),
        ),
        argument("scheduleExpression", required=True),
        argument("scheduleExpressionTimezone", default="UTC"),
        argument("state", default="ENABLED"),
        argument(
            "target",
            kind="object",
            required=True,
            fields=(
                argument("arn", required=True),
                argument("roleArn", required=True),
                argument("input", same=same_json),
            ),
        ),
    ),
    id=lambda members: f"{members.get('GroupName') or _DEFAULT}/{members['Name']}",
    parse_id=_schedule,
    outputs={"arn": "Arn"},
    shape=_shape,
    create=Call(operation="create_schedule"),
    read=(Call(operation="get_schedule"),),
    changes=(Change(call=Call(operation="update_schedule")),),
    delete=Call(operation="delete_schedule"),
    autoname="name",
    gone=_GONE,
    retry={"ValidationException": "execution role"},
)
GROUP = ResourceType(
    type="aws:scheduler/scheduleGroup:ScheduleGroup",
    title="EventBridge Scheduler Schedule Group ({id})",
    service="scheduler",
    arguments=(argument("name", replaces=True, computed=True),),
    id=lambda members: members["Name"],
    parse_id=lambda found: {"Name": found},
    outputs={
        "arn": "Arn",
        "creationDate": lambda members: moment(members["CreationDate"]),
        "lastModificationDate": lambda members: moment(members["LastModificationDate"]),
        "state": "State",
    },
    create=Call(operation="create_schedule_group"),
    read=(Call(operation="get_schedule_group"),),
    delete=Call(operation="delete_schedule_group"),
    tagging=tagging(lambda members: {"ResourceArn": members["Arn"]}),
    autoname="name",
    gone=_GONE,
    wait=Wait(path="State", ready=frozenset({"ACTIVE"})),
)
TYPES = (SCHEDULE, GROUP)
