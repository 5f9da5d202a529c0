"""The dashboard: its metrics are such as AWS documents, with the dimensions that AWS says they have."""

import json
from typing import Any

import pytest

from dynamodb_bulk.monitoring.dashboard import Watched, dashboard_body

# As AWS's pages had them on 28 November 2026, of those that are used: by namespace, name to dimensions.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
# https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Monitoring.html
# https://docs.aws.amazon.com/glue/latest/dg/monitoring-awsglue-with-cloudwatch-metrics.html
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
TABLE, REQUEST = {"TableName"}, {"TableName", "Operation"}
INSTANCE = {"ReplicationInstanceIdentifier"}
TASK, JOB = INSTANCE | {"ReplicationTaskIdentifier"}, {"JobName", "JobRunId", "Type"}
DOCUMENTED: dict[str, dict[str, set[str]]] = {
    "AWS/DynamoDB": {
        "ConsumedWriteCapacityUnits": TABLE,
        "SuccessfulRequestLatency": REQUEST,
        "WriteThrottleEvents": TABLE,
        "SystemErrors": REQUEST,
        "ConditionalCheckFailedRequests": TABLE,
    },
    "AWS/DMS": {
        "FullLoadThroughputRowsTarget": TASK,
        "CDCLatencySource": TASK,
        "CDCLatencyTarget": TASK,
        "CPUUtilization": INSTANCE,
        "FreeableMemory": INSTANCE,
        "SwapUsage": INSTANCE,
        "FreeStorageSpace": INSTANCE,
    },
    "Glue": {
        "glue.driver.aggregate.numCompletedTasks": JOB,
        "glue.driver.aggregate.numFailedTasks": JOB,
        "glue.ALL.system.cpuSystemLoad": JOB,
        "glue.ALL.jvm.heap.usage": JOB,
    },
    "AWS/Events": {"TriggeredRules": {"RuleName"}, "FailedInvocations": {"RuleName"}},
}
ALL = Watched(
    title="Loads of shop/dev",
    region="eu-west-1",
    tables={"orders": "shop-dev-orders", "events": "shop-dev-events", "more": "shop-dev-events"},
    rules=["shop-dev-load-failed"],
    tasks={"orders": "arn:aws:dms:eu-west-1:123456789012:task:ABC"},
    jobs={"events": "counting"},
    instance="shop-dev-replication",
)


def metrics(watched: Watched) -> list[list[Any]]:
    """Every metric of a dashboard, as its widgets name it."""
    widgets = json.loads(dashboard_body(watched))["widgets"]
    return [one for widget in widgets for one in widget["properties"].get("metrics", [])]


def test_dashboard_shows_what_aws_documents_and_all_of_it() -> None:
    shown: dict[str, dict[str, set[str]]] = {}
    for namespace, name, *dimensions, options in metrics(ALL):
        shown.setdefault(namespace, {})[name] = set(dimensions[::2])
        assert options.keys() == {"stat"}
    assert shown == DOCUMENTED


def test_dashboard_names_a_task_by_what_its_arn_ends_in_and_a_table_once() -> None:
    rows = [one for one in metrics(ALL) if one[1] == "FullLoadThroughputRowsTarget"]
    assert [one[2:-1] for one in rows] == [
        ["ReplicationInstanceIdentifier", "shop-dev-replication", "ReplicationTaskIdentifier", "ABC"]
    ]
    units = [one[3] for one in metrics(ALL) if one[1] == "ConsumedWriteCapacityUnits"]
    assert units == ["shop-dev-orders", "shop-dev-events"]


def test_dashboard_has_nothing_of_dms_or_glue_when_no_load_uses_them() -> None:
    plain = Watched(title="Loads", region="eu-west-1", tables={"orders": "orders"}, rules=[])
    assert {one[0] for one in metrics(plain)} == {"AWS/DynamoDB"}


@pytest.mark.parametrize("watched", [ALL])
def test_widgets_of_a_dashboard_do_not_overlap(watched: Watched) -> None:
    places = [
        (one["x"] + x, one["y"] + y)
        for one in json.loads(dashboard_body(watched))["widgets"]
        for x in range(one["width"])
        for y in range(one["height"])
    ]
    assert len(places) == len(set(places))
    assert max(x for x, _ in places) < 24
