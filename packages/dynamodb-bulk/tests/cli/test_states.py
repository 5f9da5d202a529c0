"""Every state that AWS knows of an import, bulk put, export, Glue run or DMS task: verdict and exit code.

AWS answers with recorded shapes. The states are those of botocore's model of AWS, so that one which AWS adds
fails here until it is decided what it means.
"""

import json
import re
import threading
from collections.abc import Iterator, Mapping
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import botocore.session
import pytest

from bulk_testing.command import bulk
from dynamodb_bulk.loads.started import has_ended

ACCOUNT = "arn:aws:dynamodb:eu-west-1:123456789012"
TABLE = f"{ACCOUNT}:table/orders"
IMPORT, EXPORT = f"{TABLE}/import/01700000000000-0a0b0c0d", f"{TABLE}/export/01700000000000-0a0b0c0d"
BULK_PUT = f"{ACCOUNT}:bulk-operation/01700000000000-0a0b0c0d"
TASK = "arn:aws:dms:eu-west-1:123456789012:task:ABC"
JOB = "arn:aws:glue:eu-west-1:123456789012:job/shop-dev-glue"
BEGAN, ENDED = 1764000000.0, 1764000300.0


class Answers:
    """AWS, which answers each operation with the same."""

    def __init__(self) -> None:
        self.of: dict[str, Mapping[str, Any]] = {}
        told = self.of

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                body = json.dumps(told[self.headers["X-Amz-Target"].rpartition(".")[2]]).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Mapping[str, Any]]]:
    answers = Answers()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{answers.server.server_port}")
    monkeypatch.setattr("dynamodb_bulk.loads.watching.LOOK_SECONDS", 0)
    yield answers.of
    answers.server.shutdown()
    answers.server.server_close()


@cache
def model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def values(service: str, shape: str) -> set[str]:
    """The values that a service's model has for a shape."""
    return set(model(service).shape_for(shape).enum)


def quoted(shape: str, member: str, before: str = "") -> set[str]:
    """The values in quotes of what DMS documents of a member, which it gives no list."""
    return set(
        re.findall(rf'"{before}([\w-]+)"', model("dms").shape_for(shape).members[member].documentation)
    )


def asked(command: str, arn: str) -> tuple[int, dict[str, Any]]:
    """The exit code of a command, and what it says last."""
    ended = bulk(command, arn, "--json")
    assert "Traceback" not in ended.stderr
    last = ended.stdout.strip().splitlines()
    found = json.loads(last[-1]) if command == "watch" else json.loads(ended.stdout)
    return ended.returncode, found[0] if isinstance(found, list) else found


def check(arn: str, good: bool | None, said: str, *, over: bool) -> None:
    """Hold status and watch of an ARN, whose files nobody knows, against what is expected."""
    code, row = asked("status", arn)
    assert (row["good"], said in row["verdict"]) == (good, True), row
    assert code == (1 if good is False else 0)
    if over:
        code, last = asked("watch", arn)
        assert (code, last["over"], said in last["verdict"]) == (1, True, True), last


IMPORTS: dict[str, tuple[bool | None, bool]] = {
    "IN_PROGRESS": (None, False),
    "CANCELLING": (None, False),
    "COMPLETED": (None, True),
    "CANCELLED": (False, True),
    "FAILED": (False, True),
}


@pytest.mark.parametrize("status", IMPORTS)
def test_import_in_each_status(aws: dict[str, Mapping[str, Any]], status: str) -> None:
    good, over = IMPORTS[status]
    described = {
        "ImportArn": IMPORT,
        "ImportStatus": status,
        "TableArn": TABLE,
        "TableId": "b2c1",
        "StartTime": BEGAN,
        "ImportedItemCount": 3,
        "ProcessedItemCount": 3,
        "ErrorCount": 0,
        **({"EndTime": ENDED} if over else {}),
    }
    aws["DescribeImport"] = {"ImportTableDescription": described}
    check(IMPORT, good, status, over=over)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("S3NoSuchBucket", "The specified bucket does not exist"),
        ("S3AccessDenied", "Access Denied"),
        ("ItemValidationError", "Some of the items failed validation checks."),
        ("SomethingNew", "Nobody knows it"),
    ],
)
def test_import_that_failed_says_why(aws: dict[str, Mapping[str, Any]], code: str, message: str) -> None:
    described = {"ImportArn": IMPORT, "ImportStatus": "FAILED", "TableArn": TABLE, "StartTime": BEGAN}
    failed = {"EndTime": ENDED, "FailureCode": code, "FailureMessage": message}
    aws["DescribeImport"] = {"ImportTableDescription": described | failed}
    check(IMPORT, False, f"{code}: {message}", over=True)


BULK_PUTS: dict[str, tuple[bool | None, bool]] = {**IMPORTS, "COMPLETED_WITH_ERRORS": (None, True)}


@pytest.mark.parametrize("status", BULK_PUTS)
def test_bulk_put_in_each_status(aws: dict[str, Mapping[str, Any]], status: str) -> None:
    good, over = BULK_PUTS[status]
    described = {
        "BulkOperationArn": BULK_PUT,
        "BulkOperationStatus": status,
        "StartTime": BEGAN,
        **({"EndTime": ENDED} if over else {}),
    }
    aws["DescribeBulkOperation"] = {"BulkOperationDescription": described}
    check(BULK_PUT, good, status, over=over)


EXPORTS: dict[str, tuple[bool | None, bool]] = {
    "IN_PROGRESS": (None, False),
    "COMPLETED": (None, True),
    "FAILED": (False, True),
}


@pytest.mark.parametrize("status", EXPORTS)
def test_export_in_each_status(aws: dict[str, Mapping[str, Any]], status: str) -> None:
    good, over = EXPORTS[status]
    described = {"ExportArn": EXPORT, "ExportStatus": status, "TableArn": TABLE, "StartTime": BEGAN}
    aws["DescribeExport"] = {"ExportDescription": described | ({"EndTime": ENDED} if over else {})}
    check(EXPORT, good, status, over=over)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("S3NoSuchBucket", "The specified bucket does not exist"),
        ("S3AccessDenied", "Access Denied"),
        ("S3NoSuchKey", ""),
        ("SomethingNew", "Nobody knows it"),
    ],
)
def test_export_that_failed_says_why(aws: dict[str, Mapping[str, Any]], code: str, message: str) -> None:
    described = {"ExportArn": EXPORT, "ExportStatus": "FAILED", "TableArn": TABLE, "StartTime": BEGAN}
    failed = {"EndTime": ENDED, "FailureCode": code, "FailureMessage": message}
    aws["DescribeExport"] = {"ExportDescription": described | failed}
    check(EXPORT, False, f"FAILED: {code}: {message}" if message else f"FAILED: {code}", over=True)


RUNS: dict[str, tuple[bool | None, bool]] = {
    **dict.fromkeys(("STARTING", "RUNNING", "STOPPING", "WAITING"), (None, False)),
    "SUCCEEDED": (None, True),
    **dict.fromkeys(("STOPPED", "FAILED", "TIMEOUT", "ERROR", "EXPIRED"), (False, True)),
}


@pytest.mark.parametrize("state", RUNS)
def test_glue_run_in_each_state(aws: dict[str, Mapping[str, Any]], state: str) -> None:
    good, over = RUNS[state]
    run = {"Id": "jr_1", "JobName": "shop-dev-glue", "JobRunState": state, "StartedOn": BEGAN}
    aws["GetJobRuns"] = {"JobRuns": [run | {"ErrorMessage": "SystemExit: 1"} if good is False else run]}
    check(JOB, good, state, over=over)


TASKS: dict[str, tuple[bool | None, bool]] = {
    **dict.fromkeys(("creating", "starting", "running", "stopping"), (None, False)),
    **dict.fromkeys(("modifying", "moving", "testing"), (None, False)),
    **dict.fromkeys(("ready", "stopped", "failed-move", "deleting"), (None, True)),
    "failed": (False, True),
}


def answer_task(aws: dict[str, Mapping[str, Any]], status: str, reason: str = "", failure: str = "") -> None:
    stats = {"FullLoadProgressPercent": 50, "TablesLoaded": 0, "TablesErrored": 0, "StartDate": BEGAN}
    told = {"LastFailureMessage": failure} if failure else {}
    task = {
        "ReplicationTaskIdentifier": "orders",
        "ReplicationTaskArn": TASK,
        "ReplicationInstanceArn": "arn:aws:dms:eu-west-1:123456789012:rep:I",
        "MigrationType": "full-load",
        "TableMappings": "{}",
        "ReplicationTaskSettings": "{}",
        "Status": status,
        "ReplicationTaskStartDate": BEGAN,
        "ReplicationTaskStats": stats,
        **({"StopReason": f"Stop Reason {reason}"} if reason else {}),
        **told,
    }
    aws["DescribeReplicationTasks"] = {"ReplicationTasks": [task]}
    aws["DescribeReplicationInstances"] = {
        "ReplicationInstances": [{"ReplicationInstanceStatus": "available"}]
    }
    table = {"SchemaName": "shop", "TableName": "orders", "TableState": "Full load", "FullLoadRows": 3}
    aws["DescribeTableStatistics"] = {"ReplicationTaskArn": TASK, "TableStatistics": [table]}


@pytest.mark.parametrize("status", TASKS)
def test_dms_task_in_each_status(aws: dict[str, Mapping[str, Any]], status: str) -> None:
    good, over = TASKS[status]
    answer_task(aws, status)
    check(TASK, good, status if over else "", over=over)


# Those by which DMS ends a load itself, or is told to; with the others it has failed.
REASONS: dict[str, bool | None] = {
    **dict.fromkeys(("NORMAL", "FULL_LOAD_ONLY_FINISHED", "STOPPED_AFTER_FULL_LOAD"), None),
    **dict.fromkeys(("STOPPED_AFTER_CACHED_EVENTS", "STOPPED_AFTER_DDL_APPLY"), None),
    **dict.fromkeys(("STOPPED_AT_SERVER_TIME", "STOPPED_AT_COMMIT_TIME"), None),
    **dict.fromkeys(("RECONFIGURATION_RESTART", "RECYCLE_TASK", "RECOVERABLE_ERROR"), None),
    **dict.fromkeys(("STOPPED_DUE_TO_LOW_MEMORY", "STOPPED_DUE_TO_LOW_DISK"), None),
    "EXPRESS_LICENSE_LIMITS_REACHED": None,
    "FATAL_ERROR": False,
}


@pytest.mark.parametrize("reason", REASONS)
def test_dms_task_that_stopped_for_each_reason(aws: dict[str, Mapping[str, Any]], reason: str) -> None:
    failed = REASONS[reason] is False
    answer_task(aws, "failed" if failed else "stopped", reason, "Last Error" if failed else "")
    check(TASK, REASONS[reason], "Last Error" if failed else f"Stop Reason {reason}", over=True)


def test_each_state_that_aws_has_is_one_of_these() -> None:
    assert values("dynamodb", "ImportStatus") == IMPORTS.keys()
    assert values("dynamodb", "ExportStatus") == EXPORTS.keys()
    assert values("dynamodb", "BulkOperationStatus") == BULK_PUTS.keys()
    assert values("glue", "JobRunState") == RUNS.keys()
    assert quoted("ReplicationTask", "Status") == TASKS.keys()
    assert quoted("ReplicationTask", "StopReason", "Stop Reason ") == REASONS.keys()
    assert quoted("Replication", "StopReason", "Stop Reason ") <= REASONS.keys()


@pytest.mark.parametrize("status", BULK_PUTS)
def test_operation_is_waited_for_until_a_status_that_ends_it(status: str) -> None:
    assert has_ended(status, None) is BULK_PUTS[status][1]
