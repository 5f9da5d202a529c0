"""Notices, alarms and the dashboard of a stack's loads."""

import json
from typing import Any

import pulumi
import pytest

from components.monitoring import Monitoring, MonitoringArgs
from tests.recording import ROLE_POLICY, STEP, Engine, declare, run_main, stack, stack_config

TOPIC, SUBSCRIPTION = "aws:sns/topic:Topic", "aws:sns/topicSubscription:TopicSubscription"
ALARM, DASHBOARD = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/dashboard:Dashboard"
EVENTS = "aws:dms/eventSubscription:EventSubscription"
RULE, TARGET = "aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget"
DESTINATION = "aws:cloudwatch/eventApiDestination:EventApiDestination"
CONFIG_ARN = "arn:aws:dms:eu-west-1:123456789012:replication-config:GHI"
TASK_ARN = "arn:aws:dms:eu-west-1:123456789012:task:ABC"
INSTANCE_ARN = "arn:aws:dms:eu-west-1:123456789012:rep:DEF"
URL = "https://hooks.example.com/services/T0/B0/very-secret"


def monitored(*, kind: str = "full-load", serverless: bool = False, task: str = "", **changes: Any) -> Engine:
    def program() -> None:
        instance = "" if serverless else "shop-test-replication"
        given: dict[str, Any] = {
            "stack": stack(),
            "dashboard": True,
            "stalled_minutes": 30,
            "instance": instance,
        }
        made = Monitoring("monitoring", MonitoringArgs(**(given | changes)))
        orders = {
            "table": "shop-test-orders",
            **(
                {"task_arn": CONFIG_ARN}
                if serverless
                else {"task_arn": TASK_ARN, "instance_arn": INSTANCE_ARN}
            ),
            "migration_type": kind,
        }
        people = {"table": "shop-test-people"}
        loads = {"orders": orders, "people": people}
        if task:
            loads = {"orders": {**orders, "task": task}, "people": {**orders, **people, "task": task}}
        made.watch(loads)

    return declare(program)


def pattern(engine: Engine, rule: str) -> dict[str, Any]:
    return json.loads(engine.one(RULE, rule).inputs["eventPattern"])


def test_rules_divide_the_ends_of_this_stacks_loads_by_their_verdict() -> None:
    engine = monitored()
    ended, failed = pattern(engine, "load-ended"), pattern(engine, "load-failed")
    for one in (ended, failed):
        assert (one["source"], one["detail-type"]) == (["dynamodb-bulk"], ["Load ended"])
        assert (one["detail"]["project"], one["detail"]["stack"]) == (["shop"], ["test"])
    assert failed["detail"]["verdict"] == ["failed"]
    assert ended["detail"]["verdict"] == [{"anything-but": ["failed"]}]


def test_topic_lets_eventbridge_publish_without_a_condition_which_aws_ignores_the_statement_with() -> None:
    (statement,) = json.loads(monitored(serverless=True).one(TOPIC).inputs["policy"])["Statement"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert (statement["Action"], "Condition" in statement) == ("sns:Publish", False)


def test_topic_of_a_stack_with_an_instance_lets_its_event_subscriptions_publish() -> None:
    engine = monitored()
    _, statement = json.loads(engine.one(TOPIC).inputs["policy"])["Statement"]
    assert statement["Principal"] == {"Service": "dms.amazonaws.com"}
    assert statement["Action"] == "sns:Publish"
    own = [f"arn:aws:dms:eu-west-1:123456789012:es:{one.inputs['name']}" for one in engine.of_type(EVENTS)]
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": own}}


def test_alarm_of_a_full_load_is_that_it_writes_nothing_and_of_changes_that_they_are_late() -> None:
    full = monitored().one(ALARM, "orders-stalled").inputs
    assert (full["metricName"], full["comparisonOperator"]) == (
        "FullLoadThroughputRowsTarget",
        "LessThanThreshold",
    )
    late = monitored(kind="full-load-and-cdc").one(ALARM, "orders-stalled").inputs
    assert (late["metricName"], late["threshold"]) == ("CDCLatencyTarget", 1800)
    for one in (full, late):
        assert one["dimensions"]["ReplicationTaskIdentifier"] == "ABC"
        assert (one["evaluationPeriods"], one["treatMissingData"]) == (30, "notBreaching")
    assert pattern(monitored(), "load-stalled")["detail"]["alarmName"] == ["shop-test-orders-stalled"]


def test_task_that_loads_share_has_one_alarm_which_is_called_as_the_task() -> None:
    engine = monitored(task="shop")
    (alarm,) = (one for one in engine.of_type(ALARM) if one.name.endswith("-stalled"))
    assert (alarm.name, "task shop wrote no row" in alarm.inputs["alarmDescription"]) == (
        "shop-stalled",
        True,
    )
    assert engine.one(EVENTS, "task-failed").inputs["sourceIds"] == ["shop-test-shop"]


def test_topic_hears_of_tasks_and_of_their_instance_by_event_subscriptions_alone() -> None:
    engine = monitored()
    tasks, instance = (engine.one(EVENTS, name) for name in ("task-failed", "instance-trouble"))
    assert (tasks.inputs["sourceType"], tasks.inputs["sourceIds"]) == (
        "replication-task",
        ["shop-test-orders"],
    )
    assert tasks.inputs["eventCategories"] == ["failure"]
    assert (instance.inputs["sourceType"], instance.inputs["sourceIds"]) == (
        "replication-instance",
        ["shop-test-replication"],
    )
    assert instance.inputs["eventCategories"] == ["failover", "failure", "low storage", "maintenance"]
    assert not [one.name for one in engine.of_type(RULE) if "aws.dms" in one.inputs["eventPattern"]]


def test_webhook_hears_of_tasks_and_of_their_instance_from_eventbridge() -> None:
    engine = monitored(webhook=pulumi.Output.secret(URL))
    failed, trouble = pattern(engine, "task-failed"), pattern(engine, "instance-trouble")
    assert (failed["source"], failed["resources"]) == (["aws.dms"], [TASK_ARN])
    assert failed["detail"] == {"category": ["Failure"]}
    assert (trouble["source"], trouble["resources"]) == (["aws.dms"], [INSTANCE_ARN])
    assert trouble["detail"] == {"category": ["Failover", "Failure", "LowStorage", "Maintenance"]}


def test_serverless_replication_is_watched_by_its_own_dimension_and_event() -> None:
    engine = monitored(serverless=True)
    found = pattern(engine, "task-failed")
    assert (found["detail-type"], found["resources"]) == (["DMS Replication State Change"], [CONFIG_ARN])
    assert found["detail"] == {"eventType": ["REPLICATION_FAILED"]}
    assert engine.of_type(EVENTS) == [], "DMS has none for serverless replications"
    stalled = engine.one(ALARM, "orders-stalled").inputs
    assert stalled["dimensions"] == {"ReplicationConfigId": "123456789012:GHI"}
    body = engine.one(DASHBOARD).inputs["dashboardBody"]
    assert ("ReplicationConfigId" in body, "ReplicationInstanceIdentifier" in body) == (True, False)


def test_every_rule_sends_to_the_topic_and_to_the_webhook_whose_address_is_a_secret() -> None:
    engine = monitored(serverless=True, webhook=pulumi.Output.secret(URL))
    rules = {one.name for one in engine.of_type(RULE)}
    assert {one.name for one in engine.of_type(TARGET)} == {
        f"{rule}-{kind}" for rule in rules for kind in ("topic", "webhook")
    }
    assert engine.one(TARGET, "load-failed-webhook").inputs["inputTransformer"] == {
        "inputPaths": {"summary": "$.detail.summary"},
        "inputTemplate": '{"text": <summary>}',
    }
    endpoint = engine.one(DESTINATION).inputs["invocationEndpoint"]
    assert pulumi.runtime.rpc.is_rpc_secret(endpoint), "encrypted in the state"
    plain = [one for one in engine.declared if one.type != DESTINATION]
    assert URL not in repr(plain)
    (statement,) = json.loads(engine.one(ROLE_POLICY).inputs["policy"])["Statement"]
    assert statement["Action"] == "events:InvokeApiDestination"
    assert "*" not in statement["Resource"]


def test_notice_of_dms_arrives_whole_when_its_reason_has_quotes_and_several_lines() -> None:
    engine = monitored(serverless=True, webhook=pulumi.Output.secret(URL))
    said = json.dumps('Replication has failed.\nReason: "Last Error"')
    for kind in ("topic", "webhook"):
        template = engine.one(TARGET, f"task-failed-{kind}").inputs["inputTransformer"]["inputTemplate"]
        sent = json.loads(template.replace("<what>", said).replace("<of>", json.dumps(CONFIG_ARN)))
        assert json.loads(said) in sent.values()
        assert CONFIG_ARN in repr(sent)


def test_each_address_subscribes_by_itself() -> None:
    engine = monitored(email=["a@example.com", "b@example.com"], dashboard=False)
    assert {one.inputs["endpoint"] for one in engine.of_type(SUBSCRIPTION)} == {
        "a@example.com",
        "b@example.com",
    }
    assert engine.of_type(DASHBOARD) == []


@pytest.mark.parametrize("asked", [False, True])
def test_program_has_monitoring_when_it_is_asked_for_and_before_any_load_ends(asked: bool) -> None:
    engine = run_main(stack_config("dev") | ({"bulk:monitoring": "true"} if asked else {}))
    notices = {one.urn for one in engine.of_type(TARGET) if one.name.startswith("load-")}
    loading = [one for one in engine.of_type(STEP) if "records_bucket" in one.inputs["arguments"]]
    assert bool(engine.of_type(TOPIC)) is asked
    assert loading
    for step in engine.of_type(STEP) if asked else ():
        if step in loading or step.name.endswith("-convert"):
            ended = {one for one in notices if "load-stalled" not in one}
            assert ended <= step.depends_on
    owners = {one.inputs["arguments"].get("announced_as") for one in loading}
    assert owners == ({"shop/test"} if asked else {None})


def test_program_has_no_monitoring_while_its_window_is_closed() -> None:
    closed = {"bulk:monitoring": "true", "bulk:window": "closed"}
    assert run_main(stack_config("dev") | closed).of_type(TOPIC) == []
