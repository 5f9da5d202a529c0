"""The bulk puts of a load at AWS."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report, poll
from dynamodb_bulk.loads.run_record import RunRecord, reports_prefix
from dynamodb_bulk.loads.started import OperationState, Started, has_ended
from dynamodb_bulk.spec.errors import LoadFailed

_PAGE = 25  # the most that ListBulkOperations returns at once


class StartedBulkPuts(Started):
    """The bulk puts that a load started."""

    noun = "bulk put"
    arn_kind = ":bulk"
    cancels = True
    actions = "dynamodb:ListBulkOperations and dynamodb:DescribeBulkOperation"

    def find(self, record: RunRecord) -> str:
        """Look for the token among all operations."""
        for arn, _ in self._listed():
            found = _described(arn, self.aws)
            if found is not None and found.get("ClientToken") == record.token:
                return arn
        return ""

    def running(self, record: RunRecord | None) -> list[str]:
        """Recorded ones, and those that report to where this load's bulk puts report."""
        recorded = record.operations if record else ()
        return [
            arn
            for arn, found in self._listed()
            if not has_ended(found["BulkOperationStatus"], found.get("EndTime"))
            and (arn in recorded or self._reports_here(_described(arn, self.aws) or {}))
        ]

    def describe(self, operation: str) -> OperationState | None:
        """Call DescribeBulkOperation."""
        found = _described(operation, self.aws)
        if found is None:
            return None
        status = found.get("BulkOperationStatus", "")
        processed, failed = found.get("ProcessedItemCount", 0), found.get("FailedItemCount", 0)
        output = found.get("OutputS3Configuration", {})
        return OperationState(
            status=status,
            ended=has_ended(status, found.get("EndTime")),
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

    def end(self, operation: str, report: Report, *, limit_seconds: float) -> OperationState | None:
        """Cancel and wait for the end; items already written are kept."""
        state = self.describe(operation)
        if state is None or state.ended:
            return state
        report("cancelling the bulk put")
        self._cancel(operation)
        return poll(
            lambda: self.describe(operation),
            lambda seen: seen is None or seen.ended,
            limit_seconds=limit_seconds,
            what=f"the cancelled bulk put of load {self.load}",
        )

    def _cancel(self, operation: str) -> None:
        try:
            self.aws.bulk.cancel_bulk_operation(BulkOperationArn=operation)
        except ClientError as error:
            # What AWS answers for one that is being cancelled, or has just ended, is not documented.
            state = self.describe(operation)
            if state is not None and not state.ended and state.status != "CANCELLING":
                raise LoadFailed(
                    f"load {self.load}: cannot cancel the bulk put {operation}: {error}; cancel it, or run "
                    "`pulumi up` again when it has ended"
                ) from None

    def _listed(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        pages = self.aws.bulk.get_paginator("list_bulk_operations").paginate(
            PaginationConfig={"PageSize": _PAGE}
        )
        for page in pages:
            for found in page["BulkOperationsSummaryList"]:
                yield found["BulkOperationArn"], found

    def _reports_here(self, found: Mapping[str, Any]) -> bool:
        output = found.get("OutputS3Configuration", {})
        prefix = reports_prefix(self.load)
        return output.get("S3Bucket") == self.bucket and output.get("S3KeyPrefix", "").startswith(prefix)


def _described(operation: str, aws: Aws) -> dict[str, Any] | None:
    try:
        return aws.bulk.describe_bulk_operation(BulkOperationArn=operation)["BulkOperationDescription"]
    except aws.dynamodb.exceptions.ResourceNotFoundException:
        return None
