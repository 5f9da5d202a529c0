"""Exports by the clock."""

import json
from typing import Any

from components.bucket import FilesBucket, FilesBucketArgs
from components.export_schedule import ExportSchedule, ExportScheduleArgs
from tests.components.factories import stack
from tests.recording import ROLE_POLICY, Engine, declare

SCHEDULE, MACHINE = "aws:scheduler/schedule:Schedule", "aws:sfn/stateMachine:StateMachine"
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


def test_full_export_is_a_call_of_the_api_itself() -> None:
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
    }


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


def test_changes_are_exported_in_windows_that_leave_no_hole() -> None:
    engine = schedule(full=None, incremental_minutes=60)
    assert engine.one(SCHEDULE).inputs["scheduleExpression"] == "rate(60 minutes)"
    export = json.loads(engine.one(MACHINE).inputs["definition"])["States"]["Export"]
    window = export["Arguments"]["IncrementalExportSpecification"]
    assert window["ExportToTime"] == "{% $fromMillis($toMillis($states.input.scheduled) - 600000) %}"
    assert window["ExportFromTime"] == (
        "{% $fromMillis($toMillis($states.input.scheduled) - 600000 - 3600000) %}"
    )
