"""Exports by the clock."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from components.bucket import FilesBucket, FilesBucketArgs
from components.export_schedule import ExportSchedule, ExportScheduleArgs
from dynamodb_bulk.export.schedule import CHANGES, FULL, WINDOWS
from local_aws.testing.scheduled_calls import arguments, filled, moments
from tests.recording import ROLE_POLICY, Engine, declare, stack

SCHEDULE, MACHINE = "aws:scheduler/schedule:Schedule", "aws:sfn/stateMachine:StateMachine"
GROUP = "aws:scheduler/scheduleGroup:ScheduleGroup"
LIMITS = ("ExportFromTime", "ExportToTime")
TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"


def schedule(**changes: Any) -> Engine:
    def program() -> None:
        given: dict[str, Any] = {
            "stack": stack(),
            "bucket": FilesBucket("files", FilesBucketArgs(stack=stack())),
            "table_arn": TABLE,
            "prefix": "exports/orders/scheduled/",
            "request": {"ExportFormat": "DYNAMODB_JSON", "S3SseAlgorithm": "AES256"},
            "full": "cron(0 2 * * ? *)",
            "incremental_minutes": None,
            "timezone": "Europe/Lisbon",
        }
        ExportSchedule("orders", ExportScheduleArgs(**(given | changes)))

    return declare(program)


def test_full_export_alone_is_a_call_of_the_api_itself() -> None:
    inputs = schedule().one(SCHEDULE).inputs
    assert inputs["scheduleExpression"] == "cron(0 2 * * ? *)"
    assert inputs["scheduleExpressionTimezone"] == "Europe/Lisbon"
    assert inputs["target"]["arn"] == "arn:aws:scheduler:::aws-sdk:dynamodb:exportTableToPointInTime"
    assert json.loads(inputs["target"]["input"]) == {
        "ExportFormat": "DYNAMODB_JSON",
        "S3SseAlgorithm": "AES256",
        "TableArn": TABLE,
        "S3Bucket": "shop-test-files-123456789012",
        "S3Prefix": "exports/orders/scheduled",
        "ClientToken": "shop-test-orders-full-<aws.scheduler.scheduled-time>",
    }


@pytest.mark.parametrize("minutes", [min(WINDOWS), 120, max(WINDOWS)])
def test_full_export_before_windows_is_of_the_moment_that_one_of_them_ends(minutes: int) -> None:
    engine = schedule(full="rate(7 hours)", incremental_minutes=minutes)
    full, changes = (engine.one(MACHINE, f"orders-{kind}").inputs["definition"] for kind in (FULL, CHANGES))
    (ends,) = [one.inputs for one in engine.of_type(SCHEDULE) if one.inputs["name"] == CHANGES]
    whole_day = moments(ends["scheduleExpression"], datetime(2026, 3, 28, tzinfo=UTC))
    windows = [
        arguments(changes, filled(ends["target"]["input"], moment))["IncrementalExportSpecification"]
        for moment in whole_day
    ]
    asked = whole_day[-2] + timedelta(minutes=minutes - 1)
    call = arguments(full, filled('{"scheduled": "<aws.scheduler.scheduled-time>"}', asked))
    assert call["ExportType"] == "FULL_EXPORT"
    assert call["ExportTime"] == windows[-2]["ExportToTime"] == windows[-1]["ExportFromTime"]
    assert call["ClientToken"] == f"shop-test-orders-full-{asked:%Y-%m-%dT%H:%M:%SZ}"


def test_schedules_of_a_chain_may_start_its_two_machines_and_no_more() -> None:
    engine = schedule(incremental_minutes=60)
    invoke = json.loads(engine.one(ROLE_POLICY, "orders-invoke").inputs["policy"])
    (statement,) = invoke["Statement"]
    assert statement["Action"] == "states:StartExecution"
    assert [arn.rpartition(":")[2] for arn in statement["Resource"]] == [
        "shop-test-orders-changes",
        "shop-test-orders-full",
    ]
    starts = {one.inputs["target"]["roleArn"].rpartition(":")[2] for one in engine.of_type(SCHEDULE)}
    assert starts == {"shop-test-orders-invoke"}


def test_role_of_a_schedule_may_export_this_table_to_this_prefix_and_no_more() -> None:
    (policy,) = schedule().of_type(ROLE_POLICY)
    allowed = {
        (json.dumps(one["Action"]), one["Resource"].split(":")[-1])
        for one in json.loads(policy.inputs["policy"])["Statement"]
    }
    writes = '["s3:AbortMultipartUpload", "s3:PutObject", "s3:PutObjectAcl"]'
    assert allowed == {
        ('"dynamodb:ExportTableToPointInTime"', "table/orders"),
        (writes, "shop-test-files-123456789012/exports/orders/scheduled/*"),
    }


def test_schedules_are_in_a_group_named_after_the_stack() -> None:
    engine = schedule()
    assert engine.one(GROUP).inputs["tags"] == {"team": "data", "project": "shop", "stack": "test"}
    assert engine.one(SCHEDULE).inputs["groupName"] == engine.one(GROUP).inputs["name"] == "shop-test-orders"


@pytest.mark.parametrize("minutes", WINDOWS)
def test_windows_of_changes_fill_every_day_without_a_hole_whenever_the_schedule_is_made(minutes: int) -> None:
    engine = schedule(full=None, incremental_minutes=minutes)
    ends = engine.one(SCHEDULE).inputs
    machine = engine.one(MACHINE).inputs["definition"]
    assert ends["scheduleExpressionTimezone"] == "UTC"  # a clock that is put forward leaves a hole
    day = moments(ends["scheduleExpression"], datetime(2026, 3, 28, tzinfo=UTC), days=2)
    calls = [arguments(machine, filled(ends["target"]["input"], moment)) for moment in day]
    windows = [
        [datetime.fromisoformat(call["IncrementalExportSpecification"][name]) for name in LIMITS]
        for call in calls
    ]
    assert len(windows) == 2 * 24 * 60 // minutes + 1
    assert {until - since for since, until in windows} == {timedelta(minutes=minutes)}
    assert all(before[1] == after[0] for before, after in pairwise(windows))
    assert all(
        moment - until == timedelta(minutes=10) for moment, (_, until) in zip(day, windows, strict=True)
    )


def test_export_of_changes_asks_for_this_table_and_is_one_export_however_often_it_is_asked_for() -> None:
    machine = schedule(full=None, incremental_minutes=60).one(MACHINE).inputs["definition"]
    call = arguments(machine, {"scheduled": "2026-11-25T02:00:00Z"})
    assert call == {
        "ExportFormat": "DYNAMODB_JSON",
        "S3SseAlgorithm": "AES256",
        "TableArn": TABLE,
        "S3Bucket": "shop-test-files-123456789012",
        "S3Prefix": "exports/orders/scheduled",
        "ExportType": "INCREMENTAL_EXPORT",
        "IncrementalExportSpecification": {
            "ExportFromTime": "2026-11-25T00:50:00.000Z",
            "ExportToTime": "2026-11-25T01:50:00.000Z",
            "ExportViewType": "NEW_AND_OLD_IMAGES",
        },
        "ClientToken": "shop-test-orders-changes-2026-11-25T02:00:00Z",
    }


def test_export_of_changes_that_cannot_be_made_is_not_asked_for_again() -> None:
    machine = json.loads(schedule(full=None, incremental_minutes=60).one(MACHINE).inputs["definition"])
    never, later = machine["States"]["Export"]["Retry"]
    assert "DynamoDb.InvalidExportTimeException" in never["ErrorEquals"]
    assert never["MaxAttempts"] == 0
    assert later["ErrorEquals"] == ["States.ALL"]
    assert later["MaxDelaySeconds"] < 300  # or a destroy waits longer for it than the provider does


def test_role_may_use_the_key_that_the_export_is_encrypted_with_through_s3_alone() -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/k"
    (policy,) = schedule(kms_key=key).of_type(ROLE_POLICY)
    statement = json.loads(policy.inputs["policy"])["Statement"][-1]
    assert statement == {
        "Effect": "Allow",
        "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
        "Resource": key,
        "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}},
    }


def test_role_has_no_permission_of_kms_without_a_key() -> None:
    assert not any("kms" in policy.inputs["policy"] for policy in schedule().of_type(ROLE_POLICY))
