"""Event subscriptions of DMS by the replacement, against local DMS."""

import json
from typing import Any

import pytest

from local_aws.testing.stage import Stage
from offline_pulumi.provider.failures import Failure
from offline_pulumi.provider.inputs import failures
from offline_pulumi.provider.lifecycle import Lifecycle
from offline_pulumi.provider.settings import Clients, Settings
from offline_pulumi.provider.types import TYPES

SUBSCRIPTION = "aws:dms/eventSubscription:EventSubscription"


def subscriptions(stage: Stage) -> Lifecycle:
    clients = Clients(Settings(region=stage.region, endpoint=stage.url))
    return Lifecycle(TYPES[SUBSCRIPTION], clients.get, {})


def inputs(stage: Stage, service: str = "dms.amazonaws.com") -> dict[str, Any]:
    sns = stage.client("sns")
    topic = sns.create_topic(Name=stage.named("notices"))["TopicArn"]
    allowed = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sns:Publish"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**allowed, "Resource": topic}]})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    return {
        "name": stage.named("events"),
        "snsTopicArn": topic,
        "sourceType": "replication-instance",
        "eventCategories": ["low storage", "failure"],
        "tags": {"stack": "dev"},
    }


def test_subscription_is_made_read_without_drift_changed_and_deleted(stage: Stage) -> None:
    stage.ready_instance()
    lifecycle, given = subscriptions(stage), {**inputs(stage), "sourceIds": ["shared"]}
    made = lifecycle.create(dict(given))
    assert made.id == given["name"]
    assert made.state["arn"] == f"arn:aws:dms:{stage.region}:123456789012:es:{given['name']}"
    found = lifecycle.read(made.id, dict(given))
    assert found is not None
    assert found.inputs == given
    change = {"eventCategories": ["failure"], "enabled": False}
    changed = lifecycle.update(made.id, given | change, change.keys(), made.state)
    assert {name: changed.inputs[name] for name in change} == change
    lifecycle.delete(made.id, made.state)
    assert lifecycle.read(made.id, {}) is None


def test_subscription_fails_with_aws_reason_when_the_topic_lets_dms_publish_nothing(stage: Stage) -> None:
    with pytest.raises(Failure, match="SNSNoAuthorizationFault"):
        subscriptions(stage).create(inputs(stage, "events.amazonaws.com"))


@pytest.mark.parametrize(
    ("argument", "value"), [("sourceType", "replication"), ("name", "n" * 256), ("sourceType", None)]
)
def test_check_refuses_what_the_real_provider_does(argument: str, value: str | None) -> None:
    given = {
        "name": "events",
        "snsTopicArn": "arn:aws:sns:eu-west-1:123456789012:t",
        "sourceType": "replication-task",
        "eventCategories": ["failure"],
    }
    given = {key: found for key, found in (given | {argument: value}).items() if found is not None}
    assert argument in failures(TYPES[SUBSCRIPTION], given)
