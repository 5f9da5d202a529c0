"""Event subscriptions of DMS: what AWS refuses, and what reaches their topics."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from local_aws.testing.orders import object_mapping
from local_aws.testing.provider_calls import error_of, missing
from local_aws.testing.stage import Stage

ACCOUNT = "123456789012"
TAGS = [{"Key": "stack", "Value": "dev"}]


class Topic:
    """A topic with a queue behind it; `statement`: what its policy has of DMS."""

    def __init__(self, stage: Stage, **statement: Any) -> None:
        self.sns, self.sqs = stage.client("sns"), stage.client("sqs")
        name = stage.named("notices")
        self.arn = self.sns.create_topic(Name=name)["TopicArn"]
        self.queue = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        endpoint = f"arn:aws:sqs:{stage.region}:{ACCOUNT}:{name}"
        raw = {"RawMessageDelivery": "true"}
        self.sns.subscribe(TopicArn=self.arn, Protocol="sqs", Endpoint=endpoint, Attributes=raw)
        self.allow(**statement)

    def allow(self, **statement: Any) -> None:
        principal = {"Service": "dms.amazonaws.com"}
        allowed = {"Effect": "Allow", "Principal": principal, "Action": "sns:Publish", "Resource": self.arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [{**allowed, **statement}]})
        self.sns.set_topic_attributes(TopicArn=self.arn, AttributeName="Policy", AttributeValue=policy)

    def heard(self, least: int) -> list[dict[str, Any]]:
        """Return the notices, once there are so many: DMS sends them after a state has changed."""
        found: list[dict[str, Any]] = []

        def enough() -> bool:
            answer = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
            found.extend(json.loads(one["Body"]) for one in answer.get("Messages", []))
            return len(found) >= least

        Stage.until(enough)
        return found


def listed(stage: Stage) -> list[dict[str, Any]]:
    return stage.dms.describe_event_subscriptions()["EventSubscriptionsList"]


def status(stage: Stage, name: str) -> str:
    found = stage.dms.describe_event_subscriptions(SubscriptionName=name)["EventSubscriptionsList"]
    return found[0]["Status"]


def subscribed(stage: Stage, topic: Topic, **fields: Any) -> str:
    name = stage.named("events")
    stage.dms.create_event_subscription(SubscriptionName=name, SnsTopicArn=topic.arn, **fields)
    stage.until(lambda: status(stage, name) == "active")
    return name


def test_subscription_is_created_read_modified_and_deleted_as_the_provider_does(stage: Stage) -> None:
    dms, topic, name = stage.dms, Topic(stage), stage.named("events")
    given = {"SubscriptionName": name, "SnsTopicArn": topic.arn, "SourceType": "replication-instance"}
    stage.instance()
    made = dms.create_event_subscription(
        **given,
        Enabled=True,
        EventCategories=["failure"],
        SourceIds=[stage.named("instance")],
        Tags=TAGS,
    )["EventSubscription"]
    assert made["Status"] == "creating"
    stage.until(lambda: status(stage, name) == "active")
    (found,) = dms.describe_event_subscriptions(SubscriptionName=name)["EventSubscriptionsList"]
    assert not missing(found, *("CustomerAwsId", "CustSubscriptionId", "SubscriptionCreationTime"))
    assert found["SourceIdsList"] == [stage.named("instance")]
    arn = f"arn:aws:dms:{stage.region}:{ACCOUNT}:es:{name}"
    assert dms.list_tags_for_resource(ResourceArn=arn)["TagList"] == TAGS
    dms.modify_event_subscription(**given, Enabled=False, EventCategories=["low storage"])
    assert status(stage, name) == "modifying"
    (found,) = dms.describe_event_subscriptions(SubscriptionName=name)["EventSubscriptionsList"]
    assert (found["Enabled"], found["EventCategoriesList"]) == (False, ["low storage"])
    assert dms.delete_event_subscription(SubscriptionName=name)["EventSubscription"]["Status"] == "deleting"
    stage.until(lambda: not any(one["CustSubscriptionId"] == name for one in listed(stage)))
    assert error_of(dms.describe_event_subscriptions, SubscriptionName=name) == "ResourceNotFoundFault"
    assert error_of(dms.delete_event_subscription, SubscriptionName=name) == "ResourceNotFoundFault"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"SourceType": "replication"}, "InvalidParameterValueException"),
        (
            {"SourceType": "replication-task", "EventCategories": ["low storage"]},
            "InvalidParameterValueException",
        ),
        ({"SourceType": "replication-task", "SourceIds": ["nothing"]}, "ResourceNotFoundFault"),
        ({"SnsTopicArn": f"arn:aws:sns:eu-west-1:{ACCOUNT}:nothing"}, "SNSInvalidTopicFault"),
        ({"SubscriptionName": "n" * 255}, "InvalidParameterValueException"),
    ],
    ids=["serverless", "a category of instances", "no such task", "no such topic", "a long name"],
)
def test_create_is_refused_as_aws_documents(stage: Stage, fields: Mapping[str, Any], code: str) -> None:
    given = {"SubscriptionName": stage.named("events"), "SnsTopicArn": Topic(stage).arn, **fields}
    assert error_of(stage.dms.create_event_subscription, **given) == code


def test_create_is_refused_when_the_name_is_taken(stage: Stage) -> None:
    topic = Topic(stage)
    name = subscribed(stage, topic)
    again = {"SubscriptionName": name, "SnsTopicArn": topic.arn}
    assert error_of(stage.dms.create_event_subscription, **again) == "ResourceAlreadyExistsFault"


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ({"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:dms:*:*:es:events-*"}}}, ""),
        (
            {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:dms:*:*:es:others-*"}}},
            "SNSNoAuthorizationFault",
        ),
        ({"Principal": {"Service": "events.amazonaws.com"}}, "SNSNoAuthorizationFault"),
    ],
    ids=["its own subscriptions", "other subscriptions", "EventBridge"],
)
def test_create_needs_a_topic_that_lets_dms_publish(
    stage: Stage, statement: Mapping[str, Any], code: str
) -> None:
    given = {"SubscriptionName": stage.named("events"), "SnsTopicArn": Topic(stage, **statement).arn}
    if code:
        assert error_of(stage.dms.create_event_subscription, **given) == code
    else:
        stage.dms.create_event_subscription(**given)


def test_status_says_what_became_of_the_topic(stage: Stage) -> None:
    topic = Topic(stage)
    name = subscribed(stage, topic)
    topic.allow(Principal={"Service": "events.amazonaws.com"})
    assert status(stage, name) == "no-permission"
    topic.sns.delete_topic(TopicArn=topic.arn)
    assert status(stage, name) == "topic-not-exist"


def test_failure_of_a_task_reaches_the_topic_as_recorded_on_aws(stage: Stage) -> None:
    arn, topic = stage.task(object_mapping(stage.table())), Topic(stage)
    stage.s3.delete_bucket(Bucket=stage.bucket)
    fields = {"SourceType": "replication-task", "SourceIds": [stage.named("task")]}
    subscribed(stage, topic, **fields, EventCategories=["failure"])
    assert stage.run(arn)["Status"] == "failed"
    (notice,) = topic.heard(1)
    assert set(notice) == {
        *("Event Source", "Event Time", "Identifier Link", "SourceId", "Event ID", "Event Message"),
        "Notification time",
    }
    assert (notice["Event Source"], notice["SourceId"]) == ("replication-task", stage.named("task"))
    assert notice["Event ID"].strip().endswith("CHAP_Events.html#DMS-EVENT-0078")
    assert notice["Event Message"].startswith("Replication task has failed.\nReason: Last Error ")


def test_states_of_a_task_reach_the_topic_unless_the_subscription_is_off(stage: Stage) -> None:
    stage.files(LOAD001="o1,1,\n")
    arn, topic = stage.task(object_mapping(stage.table())), Topic(stage)
    name = subscribed(
        stage, topic, SourceType="replication-task", EventCategories=["state change", "failure"]
    )
    stage.run(arn)
    heard = [one["Event ID"].strip()[-4:] for one in topic.heard(2)]
    assert heard == ["0069", "0079"], "it started and stopped"
    stage.dms.modify_event_subscription(SubscriptionName=name, Enabled=False)
    stage.run(arn, "reload-target")
    stage.dms.modify_event_subscription(SubscriptionName=name, Enabled=True)
    stage.run(arn, "reload-target")
    assert len(topic.heard(2)) == 2, "of the last run alone"


def test_creation_of_an_instance_reaches_those_who_ask_for_instances(stage: Stage) -> None:
    topic = Topic(stage)
    subscribed(stage, topic, SourceType="replication-instance", EventCategories=["creation"])
    stage.instance()
    (notice,) = topic.heard(1)
    assert (notice["Event Source"], notice["SourceId"]) == ("replication-instance", stage.named("instance"))
