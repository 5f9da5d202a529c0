"""Runs one bulk put to its end. A put replaces a whole item; items that no file names stay as they are."""

from collections import Counter
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from dataset.bulk_put import ASSUMED_LINE
from dataset.dataset import Dataset, open_dataset
from operations.aws import Aws
from operations.bulk_put.preconditions import check_preconditions
from operations.bulk_put.report import ASSUMED_REPORT, reported_items
from operations.bulk_put.verdict import judge
from operations.counting import EXAMPLES, Counted
from operations.fast_run import run_operation
from operations.fast_state import OperationState
from operations.load import BulkPutLoad, LoadFailed, Report
from operations.method import Method
from operations.polling import poll
from operations.run_record import RunRecord
from operations.verdict import Verdict

_AT_WORK = ("IN_PROGRESS", "CANCELLING")
OUTPUTS = ("ERROR", "CONDITION_CHECK_FAILURE")


def run_bulk_put(load: BulkPutLoad, digest: str, aws: Aws, report: Report, *, wait: bool = True) -> str:
    """Put the files' items; raises LoadFailed unless each is written, refused or tolerated."""
    return run_operation(BulkPut(load, aws, report), digest, wait=wait)


def cancel_bulk_put(load: str, operation: str, aws: Aws, report: Report) -> OperationState | None:
    """Cancel and wait until it is over; what was written stays."""
    report("cancelling the bulk put")
    aws.bulk.cancel_bulk_operation(BulkOperationArn=operation)
    return poll(
        lambda: describe_bulk_put(operation, aws),
        lambda state: state is None or state.ended,
        limit_seconds=1800,
        what=f"the end of the bulk put of load {load}",
        report=report,
    )


def describe_bulk_put(operation: str, aws: Aws) -> OperationState | None:
    """Call DescribeBulkOperation; None when AWS does not know it."""
    try:
        found: dict[str, Any] = aws.bulk.describe_bulk_operation(BulkOperationArn=operation)[
            "BulkOperationDescription"
        ]
    except aws.dynamodb.exceptions.ResourceNotFoundException:
        return None
    status = found.get("BulkOperationStatus", "")
    processed, failed = found.get("ProcessedItemCount", 0), found.get("FailedItemCount", 0)
    output = found.get("OutputS3Configuration", {})
    return OperationState(
        status=status,
        ended=status not in _AT_WORK,
        processed=processed,
        written=processed - failed,
        errors=failed,
        read_bytes=found.get("ProcessedInputBytes", 0),
        total_bytes=found.get("TotalInputBytes"),
        failure_code=found.get("FailureCode", ""),
        failure_message=found.get("FailureMessage", ""),
        start=found.get("StartTime"),
        end=found.get("EndTime"),
        report=(output.get("S3Bucket", ""), output.get("S3KeyPrefix", "")),
    )


class BulkPut(Method):
    """StartBulkPutItems as a method of loading."""

    noun = "bulk put"
    load: BulkPutLoad

    def __init__(self, load: BulkPutLoad, aws: Aws, report: Report) -> None:
        super().__init__(load, aws, report)
        self._dataset = open_dataset(load.dataset)
        self._said: tuple[str, ...] = ()

    def clear_the_way(self, last: RunRecord | None) -> None:  # noqa: ARG002 - a put needs no clean table
        """See `operations.bulk_put.preconditions`."""
        check_preconditions(self.load, self.aws, self.report)

    def begin(self, token: str) -> str:
        """Call StartBulkPutItems; both reports are always asked for."""
        if self._dataset.condition:
            self.report(ASSUMED_LINE)
        try:
            answer: dict[str, Any] = self.aws.bulk.start_bulk_put_items(
                **_request(self.load, self._dataset, token)
            )
        except ClientError as error:
            raise LoadFailed(f"load {self.load.name}: AWS takes no bulk put: {error}") from None
        return answer["BulkOperationDescription"].get("BulkOperationArn", "")

    def describe(self, operation: str) -> OperationState | None:
        """See `describe_bulk_put`."""
        return describe_bulk_put(operation, self.aws)

    def supersede(self, operation: str) -> OperationState | None:
        """Cancel the bulk put of older data."""
        state = self.describe(operation)
        if state is None or state.ended:
            return state
        return cancel_bulk_put(self.load.name, operation, self.aws, self.report)

    def progress(self, state: OperationState, counted: Counted) -> str:
        """By the bytes that AWS has read, once it has sized the input."""
        of = "" if counted.rows is None else f" of {counted.rows:,}"
        rate = f", {state.processed / state.seconds:,.0f} items/s" if state.seconds >= 1 else ""
        failed = f", {state.errors:,} rejected" if state.errors else ""
        if not state.total_bytes:
            return f"bulk put: {state.processed:,}{of} items; AWS is still sizing the files"
        percent = 100 * state.read_bytes // state.total_bytes
        return f"bulk put {percent} %: {state.processed:,}{of} items{rate}{failed}"

    def judge(self, state: OperationState, counted: Counted) -> Verdict:
        """See `operations.bulk_put.verdict`."""
        return judge(self.load, state, counted)

    def final(self, state: OperationState) -> bool:
        """An item that AWS could not write for its own sake fails again."""
        return state.status == "COMPLETED_WITH_ERRORS"

    def said(self, operation: str) -> tuple[str, ...]:  # noqa: ARG002 - the report was read to count
        """The first errors of the report."""
        return self._said

    def finish(self, state: OperationState) -> OperationState:
        """Count the items that their condition refused: only the report tells."""
        self.report(f"reading the report; {ASSUMED_REPORT}")
        fates: Counter[str] = Counter()
        said: list[str] = []
        for item in reported_items(*state.report, self.aws):
            fates[item.fate] += 1
            if item.fate == "rejected" and len(said) < EXAMPLES:
                said.append(item.line)
        self._said = tuple(said)
        return replace(state, refused=fates["refused"], written=state.written - fates["refused"])


def _request(load: BulkPutLoad, dataset: Dataset, token: str) -> dict[str, Any]:
    converted = load.files.converted
    source: dict[str, Any] = {
        "S3Bucket": load.files.bucket,
        "S3KeyPrefix": load.files.prefix,
        "InputFormat": "DYNAMODB_JSON" if converted else dataset.source.format.upper(),
        "InputCompressionType": "ZSTD" if converted else dataset.source.compression.upper(),
    }
    if load.files.owner:
        source["S3BucketOwner"] = load.files.owner
    request: dict[str, Any] = {
        "ClientToken": token,
        "TableName": load.table,
        "InputS3Configuration": source,
        "OutputS3Configuration": {
            "OutputType": list(OUTPUTS),
            "S3Bucket": load.records_bucket,
            "S3KeyPrefix": f"{load.reports_prefix}{token}/",
            "S3SseAlgorithm": "AES256",
        },
    }
    if load.max_write_request_units:
        request["MaxWriteRequestUnits"] = load.max_write_request_units
    if load.performance_tier:
        request["PerformanceTier"] = load.performance_tier
    return request
