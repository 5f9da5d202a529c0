"""Topics, rules, alarms, dashboards and builds: made, read without drift, changed, and deleted."""

import json
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from offline_pulumi.provider.failures import Failure
from offline_pulumi.provider.inputs import failures
from offline_pulumi.provider.lifecycle import Lifecycle
from offline_pulumi.provider.settings import Clients, Settings
from offline_pulumi.provider.types import TYPES

TOPIC, SUBSCRIPTION = "aws:sns/topic:Topic", "aws:sns/topicSubscription:TopicSubscription"
ALARM, DASHBOARD = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/dashboard:Dashboard"
RULE, TARGET = "aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget"
CONNECTION = "aws:cloudwatch/eventConnection:EventConnection"
PROJECT = "aws:codebuild/project:Project"
DESTINATION = "aws:cloudwatch/eventApiDestination:EventApiDestination"
TAGS = {"project": "shop", "stack": "dev"}
ARN = "arn:aws:sns:eu-west-1:123456789012:shop-dev"


def policy(action: str = "sns:Publish") -> str:
    allowed = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": action}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**allowed, "Resource": ARN}]})


ALARMING: dict[str, Any] = {
    "name": "shop-dev-failed",
    "namespace": "AWS/Events",
    "metricName": "TriggeredRules",
    "dimensions": {"RuleName": "shop-dev-failed"},
    "statistic": "Sum",
    "comparisonOperator": "GreaterThanThreshold",
    "threshold": 0,
    "period": 60,
    "evaluationPeriods": 1,
    "treatMissingData": "notBreaching",
}
LIVES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (TOPIC, {"name": "shop-dev", "policy": policy(), "tags": TAGS}, {"policy": policy("sns:Subscribe")}),
    (ALARM, {**ALARMING, "tags": TAGS}, {"threshold": 2, "dimensions": {"RuleName": "other"}}),
    (DASHBOARD, {"dashboardName": "shop", "dashboardBody": '{"widgets": []}'}, {}),
    (RULE, {"name": "ended", "eventPattern": '{"source": ["a"]}', "tags": TAGS}, {"description": "of loads"}),
    (
        PROJECT,
        {
            "name": "shop-dev-runs",
            "serviceRole": "arn:aws:iam::123456789012:role/deploy",
            "buildTimeout": 480,
            "artifacts": {"type": "NO_ARTIFACTS"},
            "environment": {
                "computeType": "BUILD_GENERAL1_SMALL",
                "image": "aws/codebuild/standard:7.0",
                "type": "LINUX_CONTAINER",
                "environmentVariables": [{"name": "A", "value": "b", "type": "PLAINTEXT"}],
            },
            "source": {"type": "GITHUB", "location": "https://github.com/shop/loads", "buildspec": "{}"},
            "logsConfig": {"cloudwatchLogs": {"groupName": "/aws/codebuild/shop-dev-runs"}},
            "tags": TAGS,
        },
        {},
    ),
    (
        CONNECTION,
        {
            "name": "shop",
            "authorizationType": "API_KEY",
            "authParameters": {"apiKey": {"key": "X-Sent-By", "value": "shop"}},
        },
        {"description": "of the webhook"},
    ),
]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def clients(endpoint: str) -> Clients:
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST"))
    return Clients(Settings(region="eu-west-1", endpoint=endpoint))


def of(clients: Clients, token: str) -> Lifecycle:
    return Lifecycle(TYPES[token], clients.get, {})


@pytest.mark.parametrize(("token", "inputs", "change"), LIVES, ids=[one[0] for one in LIVES])
def test_resource_is_made_read_without_drift_changed_and_deleted(
    clients: Clients, token: str, inputs: Mapping[str, Any], change: Mapping[str, Any]
) -> None:
    lifecycle = of(clients, token)
    made = lifecycle.create(dict(inputs))
    found = lifecycle.read(made.id, dict(inputs))
    assert found is not None
    assert found.inputs == inputs
    if change:
        changed = lifecycle.update(made.id, {**inputs, **change}, change.keys(), made.state)
        assert {name: changed.inputs[name] for name in change} == change
        assert changed.state.get("tags") == made.state.get("tags")
    lifecycle.delete(made.id, made.state)
    assert lifecycle.read(made.id, {}) is None
    lifecycle.delete(made.id, made.state)


def test_target_is_found_by_its_id_when_its_rule_has_hyphens(clients: Clients) -> None:
    of(clients, RULE).create({"name": "shop-dev-ended", "eventPattern": '{"source": ["a"]}'})
    of(clients, RULE).create({"name": "shop-dev", "eventPattern": '{"source": ["a"]}'})
    target = of(clients, TARGET)
    inputs = {
        "rule": "shop-dev-ended",
        "targetId": "to-topic",
        "arn": ARN,
        "inputTransformer": {"inputPaths": {"a": "$.detail.a"}, "inputTemplate": '"<a>"'},
    }
    made = target.create(inputs)
    found = target.read(made.id, inputs)
    assert found is not None
    assert found.inputs == inputs
    with pytest.raises(Failure, match="Rule can't be deleted since it has targets"):
        of(clients, RULE).delete("shop-dev-ended", {})
    target.delete(made.id, made.state)
    assert target.read(made.id, {}) is None


def test_destination_calls_through_its_connection_and_is_changed_in_place(clients: Clients) -> None:
    (given,) = [inputs for token, inputs, _ in LIVES if token == CONNECTION]
    connection = of(clients, CONNECTION).create(given)
    destination = of(clients, DESTINATION)
    inputs = {
        "name": "shop",
        "connectionArn": connection.state["arn"],
        "httpMethod": "POST",
        "invocationEndpoint": "https://example.com/one",
    }
    made = destination.create(inputs)
    other = inputs | {"invocationEndpoint": "https://example.com/two"}
    assert destination.update(made.id, other, {"invocationEndpoint"}, made.state).inputs == other
    destination.delete(made.id, made.state)
    assert destination.read(made.id, {}) is None


def test_subscription_goes_with_its_delete(clients: Clients) -> None:
    topic = of(clients, TOPIC).create({"name": "shop-dev"})
    subscription = of(clients, SUBSCRIPTION)
    inputs = {"topic": topic.id, "protocol": "email", "endpoint": "ops@example.com"}
    made = subscription.create(inputs)
    found = subscription.read(made.id, inputs)
    assert found is not None
    assert found.inputs == inputs
    subscription.delete(made.id, made.state)
    assert subscription.read(made.id, inputs) is None


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"comparisonOperator": "Above"}, "comparisonOperator"),
        ({"treatMissingData": "ok"}, "treatMissingData"),
        ({"metricName": None}, "metricName"),
    ],
)
def test_check_of_an_alarm_refuses_what_the_real_provider_refuses(change: dict[str, Any], path: str) -> None:
    inputs = {name: value for name, value in (ALARMING | change).items() if value is not None}
    assert path in failures(TYPES[ALARM], inputs)
