"""Event subscriptions of AWS DMS.

Source: hashicorp/terraform-provider-aws, internal/service/dms/event_subscription.go.
"""

from typing import Any

from offline_pulumi.provider.model import Call, Change, Members, Props, ResourceType, Wait, argument
from offline_pulumi.provider.requests import tagging
from offline_pulumi.provider.translate import same_set

_SOURCES = ("replication-instance", "replication-task")
_LONGEST_NAME = 255
_BROKEN = frozenset({"no-permission", "topic-not-exist"})


def _check(props: Props) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if props.get("sourceType") not in (None, *_SOURCES):
        wrong["sourceType"] = f"expected sourceType to be one of {', '.join(_SOURCES)}"
    name = props.get("name")
    if isinstance(name, str) and not 1 <= len(name) <= _LONGEST_NAME:
        wrong["name"] = f"expected length of name to be in the range (1 - {_LONGEST_NAME})"
    return wrong


def _arn(client: Any, members: Members, _props: Props) -> Members:
    """DMS does not report it: the real provider puts it together, too."""
    account = members["CustomerAwsId"]
    return {"Arn": f"arn:aws:dms:{client.meta.region_name}:{account}:es:{members['SubscriptionName']}"}


def _observe(members: Members) -> Members:
    return members | {
        "SubscriptionName": members["CustSubscriptionId"],
        "EventCategories": members.get("EventCategoriesList"),
        "SourceIds": members.get("SourceIdsList"),
    }


EVENT_SUBSCRIPTION = ResourceType(
    type="aws:dms/eventSubscription:EventSubscription",
    title="DMS Event Subscription ({id})",
    service="dms",
    arguments=(
        argument("name", "SubscriptionName", required=True, replaces=True),
        argument("enabled", kind="boolean", default=True),
        argument("eventCategories", kind="list", required=True, same=same_set),
        argument("snsTopicArn", required=True),
        argument("sourceIds", kind="list", replaces=True, same=same_set),
        argument("sourceType", required=True, replaces=True),
    ),
    id=lambda members: members["SubscriptionName"],
    parse_id=lambda found: {"SubscriptionName": found},
    outputs={"arn": "Arn"},
    observe=_observe,
    create=Call(operation="create_event_subscription"),
    read=(
        Call(
            operation="describe_event_subscriptions",
            answer="EventSubscriptionsList.0",
            build=lambda members: {"SubscriptionName": members["SubscriptionName"]},
            only=True,
        ),
        _arn,
    ),
    changes=(Change(call=Call(operation="modify_event_subscription")),),
    delete=Call(operation="delete_event_subscription"),
    tagging=tagging(
        lambda members: {"ResourceArn": members["Arn"]},
        put="add_tags_to_resource",
        remove="remove_tags_from_resource",
        answer="TagList",
    ),
    gone=frozenset({"ResourceNotFoundFault"}),
    wait=Wait(path="Status", ready=frozenset({"active"}), failed=_BROKEN, minutes=10),
    check=_check,
)
