"""Schedules of EventBridge Scheduler and their groups, of the targets that call an API of AWS.

Source: hashicorp/terraform-provider-aws, internal/service/scheduler.
"""

from typing import Any

from offline_pulumi.provider.model import Call, Change, Members, Props, ResourceType, Tagging, Wait, argument
from offline_pulumi.provider.requests import tag_list, tag_map
from offline_pulumi.provider.translate import same_json

_GONE = frozenset({"ResourceNotFoundException"})
_DEFAULT = "default"
_DATE_FORM = "%Y-%m-%dT%H:%M:%SZ"
_TARGET = (
    argument("arn", required=True),
    argument("roleArn", required=True),
    argument("input", same=same_json),
    argument("deadLetterConfig", kind="object", fields=(argument("arn", required=True),)),
    argument(
        "retryPolicy",
        kind="object",
        computed=True,
        fields=(
            argument("maximumEventAgeInSeconds", kind="number", default=86400),
            argument("maximumRetryAttempts", kind="number", default=185),
        ),
    ),
)
_CHANGEABLE = (
    argument("actionAfterCompletion", computed=True),
    argument("description", default=""),
    argument("endDate"),
    argument(
        "flexibleTimeWindow",
        kind="object",
        required=True,
        fields=(argument("mode", required=True), argument("maximumWindowInMinutes", kind="number")),
    ),
    argument("kmsKeyArn"),
    argument("scheduleExpression", required=True),
    argument("scheduleExpressionTimezone", default="UTC"),
    argument("startDate"),
    argument("state", default="ENABLED"),
    argument("target", kind="object", required=True, fields=_TARGET),
)


def _schedule(found: str) -> Members:
    group, _, name = found.rpartition("/")
    return {"GroupName": group or _DEFAULT, "Name": name}


def _shape(members: Members, _props: Props) -> Members:
    """With the provider's own defaults, which it sends: an update takes away what it leaves out."""
    return {"State": "ENABLED", "ScheduleExpressionTimezone": "UTC", **members}


def _observed(members: Members) -> Members:
    """Dates as texts, and nothing where there is nothing."""
    found = {name: value for name, value in members.items() if value is not None}
    return found | {name: f"{found[name]:{_DATE_FORM}}" for name in ("StartDate", "EndDate") if name in found}


def _group_tags(client: Any, members: Members) -> dict[str, str]:
    return tag_map(client.list_tags_for_resource(ResourceArn=members["Arn"])["Tags"])


SCHEDULE = ResourceType(
    type="aws:scheduler/schedule:Schedule",
    title="EventBridge Scheduler Schedule ({id})",
    service="scheduler",
    arguments=(
        argument("name", replaces=True, computed=True),
        argument("namePrefix", "", replaces=True),
        argument("groupName", replaces=True, computed=True),
        *_CHANGEABLE,
    ),
    id=lambda members: f"{members.get('GroupName') or _DEFAULT}/{members['Name']}",
    parse_id=_schedule,
    outputs={"arn": "Arn"},
    shape=_shape,
    create=Call(operation="create_schedule"),
    read=(Call(operation="get_schedule"),),
    observe=_observed,
    changes=(
        Change(
            arguments=frozenset(each.name for each in _CHANGEABLE), call=Call(operation="update_schedule")
        ),
    ),
    delete=Call(operation="delete_schedule"),
    autoname="name",
    gone=_GONE,
    retry={"ValidationException": "execution role"},
)
GROUP = ResourceType(
    type="aws:scheduler/scheduleGroup:ScheduleGroup",
    title="EventBridge Scheduler Schedule Group ({id})",
    service="scheduler",
    arguments=(
        argument("name", replaces=True, computed=True),
        argument("namePrefix", "", replaces=True),
    ),
    id=lambda members: members["Name"],
    parse_id=lambda found: {"Name": found},
    outputs={
        "arn": "Arn",
        "creationDate": lambda members: f"{members['CreationDate']:{_DATE_FORM}}",
        "lastModificationDate": lambda members: f"{members['LastModificationDate']:{_DATE_FORM}}",
        "state": "State",
    },
    create=Call(operation="create_schedule_group"),
    read=(Call(operation="get_schedule_group"),),
    delete=Call(operation="delete_schedule_group"),
    tagging=Tagging(
        read=_group_tags,
        put=lambda client, members, new, _: client.tag_resource(
            ResourceArn=members["Arn"], Tags=tag_list(new)
        ),
        remove=lambda client, members, keys: client.untag_resource(ResourceArn=members["Arn"], TagKeys=keys),
        on_create=lambda tags: {"Tags": tag_list(tags)},
    ),
    autoname="name",
    gone=_GONE,
    wait=Wait(path="State", ready=frozenset({"ACTIVE"})),
)
TYPES = (SCHEDULE, GROUP)
