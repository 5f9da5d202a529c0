"""The imports of a load at AWS, which lists those of the last 90 days in the account and Region."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dynamodb_bulk.aws import Aws, pages_of
from dynamodb_bulk.aws.polling import Report, poll
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.loads.started import OperationState, Started, has_ended

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import ImportSummaryTypeDef


class StartedImports(Started):
    """The imports that a load started. No call cancels one."""

    noun = "import"
    arn_kind = "/import/"
    cancels = False
    actions = "dynamodb:ListImports and dynamodb:DescribeImport"

    def find(self, record: RunRecord) -> str:
        """Look for the token among the imports into the record's table."""
        for found in listed_imports(self.aws):
            arn = found.get("ImportArn", "")
            if table_of(found) == record.table and self._token(arn) == record.token:
                return arn
        return ""

    def running(self, record: RunRecord | None) -> list[str]:
        """Only recorded ones: an import into a table of this name could be someone else's."""
        if record is None or not record.operations:
            return []
        return [
            arn
            for found in listed_imports(self.aws)
            if (arn := found.get("ImportArn", "")) in record.operations
            and not has_ended(found.get("ImportStatus", ""), found.get("EndTime"))
        ]

    def describe(self, operation: str) -> OperationState | None:
        """See `describe_import`."""
        return describe_import(operation, self.aws)

    def end(self, operation: str, report: Report, *, limit_seconds: float) -> OperationState | None:
        """Wait for the end."""

        def look() -> OperationState | None:
            state = self.describe(operation)
            if state is not None and not state.ended:
                report("waiting for an earlier import to end: AWS has no call to cancel one")
            return state

        return poll(
            look,
            lambda state: state is None or state.ended,
            limit_seconds=limit_seconds,
            what=f"the earlier import of load {self.load}",
        )

    def _token(self, arn: str) -> str:
        try:
            found = self.aws.dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]
        except self.aws.dynamodb.exceptions.ImportNotFoundException:
            return ""  # it was listed on its last day
        return found.get("ClientToken", "")


def describe_import(operation: str, aws: Aws) -> OperationState | None:
    """Call DescribeImport; None when AWS does not know it."""
    try:
        found = aws.dynamodb.describe_import(ImportArn=operation)["ImportTableDescription"]
    except aws.dynamodb.exceptions.ImportNotFoundException:
        return None
    status = found.get("ImportStatus", "")
    return OperationState(
        status=status,
        ended=has_ended(status, found.get("EndTime")),
        processed=found.get("ProcessedItemCount", 0),
        written=found.get("ImportedItemCount", 0),
        errors=found.get("ErrorCount", 0),
        read_bytes=found.get("ProcessedSizeBytes", 0),
        failure_code=found.get("FailureCode", ""),
        failure_message=found.get("FailureMessage", ""),
        start=found.get("StartTime"),
        end=found.get("EndTime"),
        table_id=found.get("TableId", ""),
    )


def listed_imports(aws: Aws) -> "Iterator[ImportSummaryTypeDef]":
    """Yield those of the account and Region."""
    return pages_of(aws.dynamodb.list_imports, "ImportSummaryList")


def table_of(found: "ImportSummaryTypeDef") -> str:
    """The name of the table that the import makes."""
    return found.get("TableArn", "").rpartition("/")[2]
