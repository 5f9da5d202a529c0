"""Exports and schedules by the replacement provider, against local AWS."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from local_aws.testing.export_stage import ExportStage
from local_aws.testing.stage import Stage
from offline_pulumi.provider.differences import difference
from offline_pulumi.provider.failures import Failure
from offline_pulumi.provider.lifecycle import Lifecycle
from offline_pulumi.provider.settings import Clients, Settings
from offline_pulumi.provider.types import TYPES

EXPORT = "aws:dynamodb/tableExport:TableExport"
SCHEDULE = "aws:scheduler/schedule:Schedule"


@pytest.fixture
def exports(stage: Stage) -> ExportStage:
    return ExportStage(stage)


def of(stage: Stage, token: str, **default_tags: str) -> Lifecycle:
    clients = Clients(Settings(region=stage.region, endpoint=stage.url))
    return Lifecycle(TYPES[token], clients.get, default_tags)


def inputs(exports: ExportStage, **more: Any) -> dict[str, Any]:
    table = exports.arn(exports.table("a", "b"))
    return {
        "tableArn": table,
        "s3Bucket": exports.stage.bucket,
        "s3Prefix": exports.stage.named("out"),
        **more,
    }


def test_export_is_made_and_waited_for(exports: ExportStage) -> None:
    given = inputs(exports)
    made = of(exports.stage, EXPORT).create(given)
    assert made.id == made.state["arn"]
    assert (made.state["exportStatus"], made.state["itemCount"]) == ("COMPLETED", 2)
    assert made.state["manifestFilesS3Key"].endswith("/manifest-summary.json")
    assert made.state["startTime"] <= made.state["endTime"]
    assert made.inputs == given


def test_failed_export_counts_as_created(exports: ExportStage) -> None:
    made = of(exports.stage, EXPORT).create(inputs(exports, s3Bucket="no-such-bucket-at-all"))
    assert (made.state["exportStatus"], made.state["itemCount"]) == ("FAILED", 0)
    assert made.state["manifestFilesS3Key"] == ""


def test_export_of_a_table_without_recovery_fails(exports: ExportStage) -> None:
    table = exports.arn(exports.table(recovery=False))
    with pytest.raises(
        Failure, match=f"creating DynamoDB Table Export .{table}.*PointInTimeRecoveryUnavailable"
    ):
        of(exports.stage, EXPORT).create({"tableArn": table, "s3Bucket": exports.stage.bucket})


def test_export_read_again_shows_no_drift(exports: ExportStage) -> None:
    lifecycle = of(exports.stage, EXPORT)
    given = inputs(exports, exportType="INCREMENTAL_EXPORT")
    start = datetime.fromtimestamp(exports.pass_time(1), UTC)
    given["incrementalExportSpecification"] = {"exportFromTime": f"{start:%Y-%m-%dT%H:%M:%SZ}"}
    exports.pass_time(30)
    made = lifecycle.create(given)
    found = lifecycle.read(made.id, given)
    assert found is not None
    assert (found.inputs, found.state) == (given, made.state)
    assert made.state["exportStatus"] == "COMPLETED"


def test_export_is_replaced_whatever_changes(exports: ExportStage) -> None:
    entry = TYPES[EXPORT]
    old = inputs(exports)
    state = of(exports.stage, EXPORT).create(old).state
    for name, value in (
        ("s3Prefix", "other"),
        ("exportFormat", "ION"),
        ("exportTime", "2026-01-01T00:00:00Z"),
    ):
        found = difference(entry, old, old | {name: value}, state=state, default_tags={}, name="e")
        assert list(found.replaces) == [name]
    assert difference(entry, old, dict(old), state=state, default_tags={}, name="e").changed == ()


def test_export_that_is_deleted_keeps_its_files(exports: ExportStage) -> None:
    lifecycle = of(exports.stage, EXPORT)
    made = lifecycle.create(inputs(exports))
    lifecycle.delete(made.id, made.state)
    assert exports.content(made.state["manifestFilesS3Key"])
    assert exports.state({"ExportArn": made.id})["ExportStatus"] == "COMPLETED"


def test_schedule_of_an_export_is_made_read_changed_and_deleted(exports: ExportStage) -> None:
    lifecycle = of(exports.stage, SCHEDULE)
    given = {
        "name": exports.stage.named("nightly"),
        "scheduleExpression": "cron(0 2 * * ? *)",
        "flexibleTimeWindow": {"mode": "OFF"},
        "target": {
            "arn": "arn:aws:scheduler:::aws-sdk:dynamodb:exportTableToPointInTime",
            "roleArn": "arn:aws:iam::123456789012:role/exports",
            "input": json.dumps({"TableArn": "x", "S3Bucket": "y"}),
        },
    }
    made = lifecycle.create(given)
    assert made.id == f"default/{given['name']}"
    found = lifecycle.read(made.id, given)
    assert found is not None
    assert (found.inputs, found.state) == (given, made.state)
    again = lifecycle.update(
        made.id, given | {"scheduleExpression": "rate(2 days)"}, ["scheduleExpression"], made.state
    )
    assert (again.state["state"], again.state["scheduleExpressionTimezone"]) == ("ENABLED", "UTC")
    changed = given | {"scheduleExpression": "rate(1 hour)", "state": "DISABLED"}
    after = lifecycle.update(made.id, changed, ["scheduleExpression", "state"], made.state)
    assert (after.state["scheduleExpression"], after.state["state"]) == ("rate(1 hour)", "DISABLED")
    lifecycle.delete(made.id, made.state)
    assert lifecycle.read(made.id, given) is None


def test_schedule_in_a_group_is_found_by_both_names(exports: ExportStage) -> None:
    group = of(exports.stage, "aws:scheduler/scheduleGroup:ScheduleGroup", team="data")
    made = group.create({"name": exports.stage.named("group"), "tags": {"a": "1"}})
    assert made.state["tagsAll"] == {"team": "data", "a": "1"}
    assert made.state["state"] == "ACTIVE"
    schedule = of(exports.stage, SCHEDULE).create(
        {
            "name": "hourly",
            "groupName": made.id,
            "scheduleExpression": "rate(1 hour)",
            "flexibleTimeWindow": {"mode": "FLEXIBLE", "maximumWindowInMinutes": 5},
            "target": {
                "arn": "arn:aws:scheduler:::aws-sdk:dynamodb:exportTableToPointInTime",
                "roleArn": "arn:r",
            },
        }
    )
    assert schedule.id == f"{made.id}/hourly"
    group.delete(made.id, made.state)
    assert group.read(made.id, {}) is None
