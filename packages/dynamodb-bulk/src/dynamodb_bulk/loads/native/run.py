"""Runs one native import to its end, and makes the table what the dataset says."""

from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import poll
from dynamodb_bulk.loads.base import Method
from dynamodb_bulk.loads.load import LoadFailed, NativeLoad, Report
from dynamodb_bulk.loads.native.errors import first_errors
from dynamodb_bulk.loads.native.settings import settle_table
from dynamodb_bulk.loads.native.started import StartedImports
from dynamodb_bulk.loads.native.verdict import BAD_ITEMS, judge
from dynamodb_bulk.loads.operation_runner import run_operation
from dynamodb_bulk.loads.operation_state import OperationState
from dynamodb_bulk.loads.row_counts import Counted
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.loads.source_check import SourceCheck
from dynamodb_bulk.loads.verdict import Verdict
from dynamodb_bulk.requests.import_table import conversion_reasons, import_arguments

# One import of 10 GB is known to have taken two hours; AWS promises nothing.
# https://github.com/hashicorp/terraform-provider-aws/issues/27250
_SECONDS_PER_GB = 720
_TABLE_SECONDS = 600


def run_native_import(
    load: NativeLoad, digest: str, aws: Aws, report: Report, *, check: SourceCheck | None = None
) -> str:
    """Make the table from the files; raise LoadFailed unless every row is in it or tolerated."""
    return run_operation(NativeImport(load, aws, report, check), digest)


class NativeImport(Method):
    """ImportTable as a method of loading."""

    noun = "import"
    cancels = False
    load: NativeLoad

    def __init__(self, load: NativeLoad, aws: Aws, report: Report, check: SourceCheck | None = None) -> None:
        super().__init__(load, aws, report, check)
        self.started = StartedImports(aws, bucket=load.records_bucket, load=load.name)
        self._dataset = self.check.dataset
        self._bytes = _stored_bytes(load, aws)

    def check_files(self) -> None:
        """Check the header lines, which also decide whether files are converted."""
        if bool(conversion_reasons(self._dataset)) != self.load.files.converted:
            raise LoadFailed(f"the files of {self.load.name} changed while `pulumi up` ran; run it again")

    def clear_the_way(self, last: RunRecord | None) -> None:
        """Delete the table that this load's failed import left; refuse any other table of the name."""
        load = self.load
        found = _table_id(load, self.aws)
        if found is None:
            return
        if last is None or (last.table, last.table_id) != (load.table, found) or last.outcome is None:
            raise LoadFailed(
                f"load {load.name}: the table {load.table} exists already, and an import makes a new one; "
                "for a table that exists set `method: bulk_put`, or give the dataset a different `table.name`"
            )
        if last.outcome.accepted:
            raise LoadFailed(
                f"load {load.name}: its files, keys or format changed, and the table {load.table} holds the "
                "earlier import, which is kept unchanged; set `reload: replace` to import into a new table "
                "that replaces it, or `method: bulk_put` to put the items into this one"
            )
        self.report(
            f"deleting {load.table}, which the failed import left with {last.outcome.written:,} items"
        )
        self.aws.dynamodb.delete_table(TableName=load.table)
        poll(
            lambda: _table_id(load, self.aws),
            lambda there: there is None,
            limit_seconds=_TABLE_SECONDS,
            what=f"the deletion of {load.table}",
            report=self.report,
        )

    def begin(self, token: str) -> str:
        """Call ImportTable."""
        load = self.load
        arguments = import_arguments(
            self._dataset,
            table=load.table,
            bucket=load.files.bucket,
            prefix=load.files.prefix,
            converted=load.files.converted,
        )
        if load.files.owner:
            arguments["S3BucketSource"]["S3BucketOwner"] = load.files.owner
        try:
            answer = self.aws.dynamodb.import_table(ClientToken=token, **arguments)
        except ClientError as error:
            raise LoadFailed(f"load {load.name}: AWS refused the import: {error}") from None
        return answer["ImportTableDescription"].get("ImportArn", "")

    def progress(self, state: OperationState, counted: Counted) -> str:
        """AWS counts nothing before the end: what is known is the size and the time."""
        rows = "" if counted.rows is None else f"{counted.rows:,} rows, "
        gigabytes = self._bytes / 1024**3
        longest = (
            f"; at the rate of the one published import about {gigabytes * _SECONDS_PER_GB / 60:,.0f} minutes"
            if gigabytes >= 1
            else ""
        )
        return (
            f"importing {rows}{self._bytes / 1e6:,.1f} MB: {state.seconds:,.0f} s so far, "
            f"AWS counts only at the end{longest}"
        )

    def judge(self, state: OperationState, counted: Counted) -> Verdict:
        """See `dynamodb_bulk.loads.native.verdict`."""
        return judge(self.load, state, counted)

    def final(self, state: OperationState) -> bool:
        """Bad items stay bad."""
        return state.failure_code == BAD_ITEMS

    def said(self, operation: str) -> tuple[str, ...]:
        """Return the first entries of the error log."""
        return first_errors(operation, self.load.files.prefix, self.aws)

    def complete(self) -> None:
        """Set what ImportTable does not take."""
        settle_table(self.load, self._dataset.table, self.aws, self.report)


def _table_id(load: NativeLoad, aws: Aws) -> str | None:
    """Return the id of the table of the load's name; None if there is none."""
    try:
        return aws.dynamodb.describe_table(TableName=load.table)["Table"].get("TableId", "")
    except aws.dynamodb.exceptions.ResourceNotFoundException:
        return None


def _stored_bytes(load: NativeLoad, aws: Aws) -> int:
    pages = aws.s3.get_paginator("list_objects_v2").paginate(
        Bucket=load.files.bucket, Prefix=load.files.prefix
    )
    try:
        return sum(entry.get("Size", 0) for page in pages for entry in page.get("Contents", []))
    except ClientError:
        return 0  # the import itself says what is wrong with the bucket
