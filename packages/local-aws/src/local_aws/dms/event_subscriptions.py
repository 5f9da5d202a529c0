"""Event subscriptions: which events of which instances or tasks go to which topic.

Source: https://docs.aws.amazon.com/dms/latest/APIReference/API_CreateEventSubscription.html and its siblings
"""

from datetime import UTC, datetime
from typing import Any, Literal

from local_aws.account import ACCOUNT
from local_aws.dms.faults import DmsError, already_exists, invalid_value, not_found
from local_aws.dms.identifiers import event_subscription_arn
from local_aws.dms.lifecycle import GONE, Lifecycle
from local_aws.dms.paging import filtered, page
from local_aws.dms.region import Fields, Region, Request, Resource

SourceType = Literal["replication-instance", "replication-task"]
INSTANCE: SourceType = "replication-instance"
TASK: SourceType = "replication-task"
IDENTIFIERS: dict[SourceType, str] = {
    INSTANCE: "ReplicationInstanceIdentifier",
    TASK: "ReplicationTaskIdentifier",
}
# https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Events.html
_CATEGORIES: dict[SourceType, frozenset[str]] = {
    INSTANCE: frozenset(
        (
            *("configuration change", "creation", "deletion", "failover", "failure", "low storage"),
            "maintenance",
        )
    ),
    TASK: frozenset(("configuration change", "creation", "deletion", "failure", "state change")),
}
_SERVICE = "dms.amazonaws.com"
_LONGEST_NAME = 255
_QUOTA = 60  # https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Limits.html
_FILTERS = {
    "event-subscription-arn": ("EventSubscriptionArn",),
    "event-subscription-id": ("CustSubscriptionId",),
}


def create(region: Region, request: Request) -> Fields:
    """CreateEventSubscription."""
    name = request["SubscriptionName"]
    if not 0 < len(name) < _LONGEST_NAME:
        raise invalid_value(f"SubscriptionName must have fewer than {_LONGEST_NAME} characters: {name}")
    arn = event_subscription_arn(region.name, name)
    if arn in region.subscriptions:
        raise already_exists(f"Event Subscription {name} already exists.")
    if len(region.subscriptions) >= _QUOTA:
        raise DmsError("ResourceQuotaExceededFault", f"There are {_QUOTA} event subscriptions already.")
    source = request.get("SourceType")
    _check_categories(source, request.get("EventCategories", ()))
    for each in request.get("SourceIds", ()):
        _check_source(region, source, each)
    _check_topic(region, request["SnsTopicArn"], arn)
    fields: Fields = {
        "CustomerAwsId": ACCOUNT,
        "CustSubscriptionId": name,
        "SnsTopicArn": request["SnsTopicArn"],
        "SubscriptionCreationTime": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
        "SourceIdsList": [each.lower() for each in request.get("SourceIds", ())],
        "EventCategoriesList": list(request.get("EventCategories", ())),
        "Enabled": request.get("Enabled", True),
        "EventSubscriptionArn": arn,
        **({"SourceType": source} if source else {}),
    }
    life = Lifecycle(current="creating")
    life.change("creating", then="active", after=region.latency["subscription.changing"])
    made = region.new(region.subscriptions, fields, "EventSubscriptionArn", life, request)
    return {"EventSubscription": _shown(region, made)}


def describe(region: Region, request: Request) -> Fields:
    """DescribeEventSubscriptions."""
    name = request.get("SubscriptionName")
    found = [_find(region, name)] if name else list(region.subscriptions.values())
    kept = filtered(request, [each.fields for each in found], _FILTERS, "Event Subscription")
    shown = [_shown(region, each) for each in found if each.fields in kept]
    return page(request, "EventSubscriptionsList", shown)


def modify(region: Region, request: Request) -> Fields:
    """ModifyEventSubscription; its sources cannot be changed."""
    found = _find(region, request["SubscriptionName"])
    source = request.get("SourceType", found.fields.get("SourceType"))
    _check_categories(source, request.get("EventCategories", found.fields["EventCategoriesList"]))
    _check_topic(region, request.get("SnsTopicArn", found.fields["SnsTopicArn"]), found.arn)
    for given, member in (
        *((same, same) for same in ("SnsTopicArn", "SourceType", "Enabled")),
        ("EventCategories", "EventCategoriesList"),
    ):
        if given in request:
            found.fields[member] = request[given]
    found.life.change("modifying", then="active", after=region.latency["subscription.changing"])
    return {"EventSubscription": _shown(region, found)}


def delete(region: Region, request: Request) -> Fields:
    """DeleteEventSubscription."""
    found = _find(region, request["SubscriptionName"])
    found.life.change("deleting", then=GONE, after=region.latency["subscription.changing"])
    return {"EventSubscription": _shown(region, found)}


def notify(region: Region, source: SourceType, name: str, category: str, notice: str) -> None:
    """Publish a notice to the topic of each subscription that asks for such events of this source."""
    for found in list(region.subscriptions.values()):
        fields = found.fields
        wanted = (
            fields["Enabled"]
            and fields.get("SourceType", source) == source
            and name in (fields["SourceIdsList"] or [name])
            and category in (fields["EventCategoriesList"] or [category])
        )
        if wanted and _shown(region, found)["Status"] in ("active", "modifying"):
            _topic(region, fields["SnsTopicArn"]).publish(notice, subject="DMS Notification Message")


def _find(region: Region, name: str) -> Resource:
    try:
        return region.subscriptions[event_subscription_arn(region.name, name)]
    except KeyError:
        raise not_found(f"Event Subscription {name} not found.") from None


def _shown(region: Region, found: Resource) -> Fields:
    """Return the subscription as the API shows it, with what became of its topic."""
    answer = {**found.fields, "Status": found.life.status}
    arn = answer.pop("EventSubscriptionArn")
    if answer["Status"] == "active":
        topic = _topic(region, answer["SnsTopicArn"])
        if topic is None:
            answer["Status"] = "topic-not-exist"
        elif not _may_publish(topic, arn):
            answer["Status"] = "no-permission"
    return answer


def _check_categories(source: SourceType | None, categories: Any) -> None:
    if source is not None and source not in _CATEGORIES:
        raise invalid_value(f"Invalid source type: {source}")
    if categories and source is None:
        raise invalid_value("EventCategories need a SourceType")
    unknown = [each for each in categories if source and each not in _CATEGORIES[source]]
    if unknown:
        raise invalid_value(f"Invalid event categories of {source}: {', '.join(unknown)}")


def _check_source(region: Region, source: SourceType | None, name: str) -> None:
    if source is None:
        raise invalid_value("SourceIds need a SourceType")
    kept = region.instances if source == INSTANCE else region.tasks
    if not any(each.fields[IDENTIFIERS[source]] == name.lower() for each in kept.values()):
        raise not_found(f"{source} {name} not found.")


def _check_topic(region: Region, arn: str, subscription: str) -> None:
    topic = _topic(region, arn)
    if topic is None:
        raise DmsError("SNSInvalidTopicFault", f"The SNS topic is invalid: {arn}")
    if not _may_publish(topic, subscription):
        raise DmsError("SNSNoAuthorizationFault", f"AWS DMS is not authorized to publish to {arn}")


def _topic(region: Region, arn: str) -> Any:
    """Return the topic of this ARN, or None."""
    from moto.sns.models import sns_backends  # late: few subscribe

    return sns_backends[ACCOUNT][region.name].topics.get(arn)


def _may_publish(topic: Any, subscription: str) -> bool:
    """Return whether the topic's own policy lets DMS publish for this subscription."""
    from local_aws.dataplane.policies import allows, of_service, statements

    context = {"aws:sourcearn": frozenset((subscription,)), "aws:sourceaccount": frozenset((ACCOUNT,))}
    return allows(of_service(statements([topic.policy]), _SERVICE), "sns:Publish", topic.arn, context)
