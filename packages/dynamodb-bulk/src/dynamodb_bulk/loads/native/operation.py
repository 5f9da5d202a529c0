"""One load by ImportTable: runs an import to its end, judges it, and makes the table what the dataset says.

AWS calls an import FAILED over a single bad item, and keeps the others in the table.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Validation.html
"""

from contextlib import suppress

from botocore.exceptions import ClientError
from rich.filesize import decimal

from dynamodb_bulk.aws.polling import poll
from dynamodb_bulk.aws.table_identity import described_table, table_id
from dynamodb_bulk.csv.batches import RowBatch
from dynamodb_bulk.loads.native.errors import first_errors
from dynamodb_bulk.loads.native.load import NativeLoad
from dynamodb_bulk.loads.native.settings import settle_table
from dynamodb_bulk.loads.native.started import StartedImports
from dynamodb_bulk.loads.operation import LoadOperation
from dynamodb_bulk.loads.run_record import Cleared, RunRecord
from dynamodb_bulk.loads.started import OperationState
from dynamodb_bulk.loads.verdict import Counted
from dynamodb_bulk.requests.import_table import import_arguments
from dynamodb_bulk.requests.limits import SourceLimits, import_limits
from dynamodb_bulk.requests.unchanged_csv import row_difference
from dynamodb_bulk.spec.errors import LoadFailed

BAD_ITEMS = "ItemValidationError"
_REMEDIES = {
    "S3NoSuchBucket": "check source.location",
    "S3NoSuchKey": "an object was deleted: run `pulumi up` again when nothing changes the files",
    "ObjectModifiedInS3DuringImport": "run `pulumi up` again when nothing writes to the files",
    "S3AccessDenied": "allow s3:GetObject and s3:ListBucket on the files",
}
# One import of 10 GB is known to have taken two hours; AWS promises nothing.
# https://github.com/hashicorp/terraform-provider-aws/issues/27250
SECONDS_PER_GB = 720
# Of a few rows, as the test suites of the provider and of ScyllaDB and blogs report.
SMALL_SECONDS = (240, 600)
_TABLE_SECONDS = 600
CHANGED = (
    "set `reload: recreate` to delete this table and import it again, `reload: replace` to import into a new "
    "table that replaces it, or `method: bulk_put` to put the items into this one"
)


class ImportOperation(LoadOperation[NativeLoad]):
    """An import into a new table."""

    started_type = StartedImports
    remedies = _REMEDIES
    _difference = ""

    @property
    def table_generation(self) -> int:
        """As the load has it."""
        return self.load.table_generation

    def watch(self, rows: RowBatch) -> None:
        """Note the first rows that ImportTable would read differently than they were counted."""
        if not self._difference:
            self._difference = row_difference(rows, [column.name for column in self.dataset.columns]) or ""

    def check_files(self, counted: Counted) -> None:
        """Refuse CSV files that ImportTable reads itself and reads differently."""
        if self.load.files.converted or self.dataset.source.format != "csv":
            return
        found = self._difference or (counted.examples[0] if counted.rejected and counted.examples else "")
        if found:
            raise LoadFailed(
                f"load {self.load.name}: ImportTable would read the files differently: {found}; "
                "set `convert_to: dynamodb_json` for the load, and they are converted first"
            )

    def check_the_way(self, last: RunRecord | None) -> Cleared | None:
        """Name the table that this load's failed import left, or that it may recreate; refuse any other."""
        load = self.load
        found = described_table(load.table, self.aws)
        if found is None:
            return None
        ours = self._to_go(last, found.get("TableId", ""))
        if ours is None:
            raise LoadFailed(
                f"load {load.name}: the table {load.table} exists already, and an import makes a new one; "
                "for a table that exists set `method: bulk_put`, or give the dataset a different `table.name`"
            )
        if ours.loaded:
            if not load.recreate:
                raise LoadFailed(
                    f"load {load.name}: its files, keys or format changed, and the table {load.table} holds "
                    f"the earlier import, which is kept unchanged; {CHANGED}"
                )
            if found.get("DeletionProtectionEnabled"):
                raise LoadFailed(
                    f"load {load.name}: the table {load.table} is protected against deletion, so that it "
                    "cannot be imported again; take the protection off, or set `reload: replace`"
                )
        return ours

    def _to_go(self, last: RunRecord | None, there: str) -> Cleared | None:
        """Return the table if the last run filled it, or did not live to delete it."""
        if last is None or last.table != self.load.table:
            return None
        if last.clears and last.clears.table_id == there:
            return last.clears
        if last.outcome is None or last.table_id != there:
            return None
        loaded = last.outcome.accepted
        left = f"which the failed import left with {last.outcome.written:,} items"
        return Cleared(table_id=there, loaded=loaded, why="whose data is imported again" if loaded else left)

    def clear_the_way(self, cleared: Cleared) -> None:
        """Delete the table unless another process has done so, and even made the new one."""
        table, going = self.load.table, cleared.table_id
        if table_id(table, self.aws) != going:
            return
        self.report(f"deleting {table}, {cleared.why}")
        with suppress(self.aws.dynamodb.exceptions.ResourceNotFoundException):
            self.aws.dynamodb.delete_table(TableName=table)
        poll(
            lambda: table_id(table, self.aws),
            lambda there: there != going,
            limit_seconds=_TABLE_SECONDS,
            what=f"the deletion of {table}",
            report=self.report,
        )

    @property
    def limits(self) -> SourceLimits:
        """Those of the Region."""
        return import_limits(self.aws.region)

    def begin(self, token: str) -> str:
        """Call ImportTable."""
        load = self.load
        arguments = import_arguments(
            self.dataset,
            table=load.table,
            bucket=load.files.bucket,
            prefix=load.files.prefix,
            converted=load.files.converted,
            convert_to=load.files.format,
            kms_key=load.kms_key,
            settings=load.recorded,
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
        size = sum(self.stored_sizes)
        gigabytes = size / 1024**3
        longest = (
            f"; at the rate of the one published import about {gigabytes * SECONDS_PER_GB / 60:,.0f} minutes"
            if gigabytes >= 1
            else f"; small imports take {SMALL_SECONDS[0] // 60} to {SMALL_SECONDS[1] // 60} minutes"
        )
        return (
            f"importing {rows}{decimal(size)}: {state.seconds:,.0f} s so far, "
            f"AWS counts only at the end{longest}"
        )

    @classmethod
    def permanent(cls, state: OperationState) -> bool:
        """Bad items stay bad."""
        return state.status == "FAILED" and state.failure_code == BAD_ITEMS

    def error_examples(self, operation: str) -> tuple[str, ...]:
        """The first entries of the error log."""
        return first_errors(operation, self.load.files.prefix, self.aws)

    def complete(self) -> None:
        """Set what ImportTable does not take."""
        settle_table(self.load, self.load.recorded or self.dataset.table, self.aws, self.report)
