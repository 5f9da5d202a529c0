"""Standard topics of SNS and the subscriptions of e-mail addresses and queues.

Source: hashicorp/terraform-provider-aws, internal/service/sns.
"""

from collections.abc import Mapping
from typing import Any

from offline_pulumi.provider.failures import code, text
from offline_pulumi.provider.model import Call, Change, Members, Props, ResourceType, argument
from offline_pulumi.provider.requests import tagging
from offline_pulumi.provider.translate import same_policy

_GONE = frozenset({"NotFound", "NotFoundException"})
_ATTRIBUTES = {"kmsMasterKeyId": "KmsMasterKeyId", "policy": "Policy", "displayName": "DisplayName"}


def _put_attributes(client: Any, members: Members, _props: Props) -> None:
    """Set each attribute by a request of its own, as the provider does; an empty one is removed."""
    wanted: Mapping[str, str] = members.get("Attributes") or {}
    for name in _ATTRIBUTES.values():
        if (value := wanted.get(name)) is not None:
            client.set_topic_attributes(
                TopicArn=members["TopicArn"], AttributeName=name, AttributeValue=value
            )


def _observe(members: Members) -> Members:
    return members | {"Name": members["TopicArn"].rpartition(":")[2]}


TOPIC = ResourceType(
    type="aws:sns/topic:Topic",
    title="SNS Topic ({id})",
    service="sns",
    arguments=(
        argument("name", replaces=True, computed=True),
        argument("displayName", "Attributes.DisplayName", default=""),
        argument("kmsMasterKeyId", "Attributes.KmsMasterKeyId", default=""),
        argument("policy", "Attributes.Policy", computed=True, same=same_policy),
    ),
    id=lambda members: members["TopicArn"],
    parse_id=lambda found: {"TopicArn": found},
    outputs={"arn": "TopicArn", "owner": "Attributes.Owner"},
    observe=_observe,
    create=Call(operation="create_topic"),
    read=(Call(operation="get_topic_attributes"),),
    changes=(Change(call=_put_attributes),),
    delete=Call(operation="delete_topic"),
    tagging=tagging(lambda members: {"ResourceArn": members["TopicArn"]}),
    autoname="name",
    name_limit=256,
    gone=_GONE,
)


def _unsubscribe(client: Any, members: Members, _props: Props) -> None:
    """A subscription that nobody confirmed cannot be ended, and goes with its topic."""
    try:
        client.unsubscribe(SubscriptionArn=members["SubscriptionArn"])
    except client.exceptions.InvalidParameterException as error:
        pending = "pending confirmation" in text(error, "SNS")
        if code(error) != "InvalidParameter" or not pending:
            raise


SUBSCRIPTION = ResourceType(
    type="aws:sns/topicSubscription:TopicSubscription",
    title="SNS Topic Subscription ({id})",
    service="sns",
    arguments=(
        argument("topic", "TopicArn", required=True, replaces=True),
        argument("protocol", required=True, replaces=True),
        argument("endpoint", required=True, replaces=True),
    ),
    id=lambda members: members["SubscriptionArn"],
    parse_id=lambda found: {"SubscriptionArn": found},
    outputs={
        "arn": "SubscriptionArn",
        "ownerId": "Owner",
        "pendingConfirmation": lambda members: members.get("PendingConfirmation") == "true",
    },
    create=Call(operation="subscribe", fixed={"ReturnSubscriptionArn": True}),
    read=(Call(operation="get_subscription_attributes", answer="Attributes"),),
    delete=_unsubscribe,
    gone=_GONE,
)
TYPES = (TOPIC, SUBSCRIPTION)
