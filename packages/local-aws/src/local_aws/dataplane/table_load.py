"""The load of one table: its files in S3, row by row, into its DynamoDB table.

Errors: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.ErrorHandling.html
Files, and what the role has to allow: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dynamodb_bulk.csv.batches import Rejected
from dynamodb_bulk.csv.reader import CsvFormat, read_rows
from dynamodb_bulk.dms.definition import ExternalTable
from dynamodb_bulk.dms.mappings import ObjectMapping
from dynamodb_bulk.dms.selection import SourceFilter
from dynamodb_bulk.items.row_filter import RowFilter
from dynamodb_bulk.items.row_to_item import ItemBatch, RowToItem
from dynamodb_bulk.spec.errors import InputError
from local_aws.dataplane.exceptions_table import ExceptionsTable, reason
from local_aws.dataplane.job import Job, TableLoadError, TaskError
from local_aws.dataplane.keys import require_key_of_object
from local_aws.dataplane.objects import SourceError, SourceObject, folder_objects, source_bucket
from local_aws.dataplane.progress import TableProgress
from local_aws.dataplane.roles import AssumedRole
from local_aws.dataplane.sink import table_sink
from local_aws.dataplane.tables import demands_of
from local_aws.dataplane.targets import default_mapping, prepare
from local_aws.dataplane.written import ConditionError, Sink, Written

Settings = Mapping[str, Any]
# Statistics move and a stop is heard once per block.
_BLOCK_BYTES = 1 << 20


class StoppedError(Exception):
    """The task was stopped while the table was loading."""


class SuspendedTableError(TableLoadError):
    """A table given up because of its rows, which the policy for table errors does not judge again."""


class TableLoad:
    """Loads one table once."""

    def __init__(
        self,
        job: Job,
        table: ExternalTable,
        mapping: ObjectMapping | None,
        filters: Sequence[SourceFilter],
        exceptions: ExceptionsTable,
    ) -> None:
        self._job = job
        self._table = table
        self._mapping = mapping
        self._filters = filters
        self._exceptions = exceptions
        self._errors = _RowErrors(job.section("ErrorBehavior"))

    def run(self, progress: TableProgress, stop: threading.Event) -> None:
        """Load the table; raise StoppedError, DeniedError, SourceError, TableLoadError or TaskError."""
        objects = _objects(self._job.source, self._table, self._job.assume_source(), self._job.region)
        to_item, sink = self._target()
        progress.begin(sum(found.size for found in objects))
        before = 0
        for found in objects:
            self._job.log.add("SOURCE_UNLOAD", "I", f"Reading {found.url} ({found.size} bytes)")
            for batch in self._batches(found, to_item, progress, before):
                if stop.is_set():
                    raise StoppedError
                self._store(batch, sink, progress)
            before += found.size

    def _target(self) -> tuple[RowToItem, Sink]:
        mapping = self._mapping or default_mapping(self._table)
        role = self._job.assume_target()
        target, keys = prepare(
            self._table, mapping, role, self._job.region, self._job.section("FullLoadSettings")
        )
        try:
            index_keys = demands_of(target).index_keys
            to_item = RowToItem(self._table.columns, mapping, keys, index_keys=index_keys)
            return to_item, table_sink(target, mapping.mapping_parameters.condition_expression)
        except (InputError, ConditionError) as error:
            raise TaskError(str(error)) from None

    def _batches(
        self, found: SourceObject, to_item: RowToItem, progress: TableProgress, before: int
    ) -> Iterator[ItemBatch]:
        names = [column.name for column in self._table.columns]
        csv = csv_format(self._job.source)
        try:
            loaded = RowFilter(self._table.columns, self._filters)
        except InputError as error:
            raise TaskError(str(error)) from None
        with found.open() as stream:
            for rows in read_rows(stream, found.url, names, csv, block_bytes=_BLOCK_BYTES):
                progress.bytes_read = before + stream.tell()
                yield to_item(loaded(rows))

    def _store(self, batch: ItemBatch, sink: Sink, progress: TableProgress) -> None:
        items = batch.items.to_list()
        written = sink.put(items)
        rejected = [*batch.rejected, *_failures(batch, items, written)]
        progress.rows += written.stored
        progress.refused += len(written.refused)
        progress.errors += len(rejected)
        progress.touch()
        if self._errors.logged:
            for row in rejected:
                self._job.log.add(
                    "TARGET_LOAD",
                    "E",
                    f"{row.file}, line {row.line}: {reason(row)}; row: {row.row or '(not kept)'}",
                )
            self._exceptions.add(self._table.owner, self._table.name, rejected)
        self._job.log.flush()
        self._errors.count(rejected)


def _objects(settings: Settings, table: ExternalTable, role: AssumedRole, region: str) -> list[SourceObject]:
    """Return the files of a table, each of which the role may read; raise DeniedError or SourceError."""
    bucket = source_bucket(settings, role, region)
    above = (settings.get("BucketFolder") or "").strip("/")
    objects = folder_objects(bucket, f"{above}/{table.path}" if above else table.path)
    actions = ("s3:GetObject", "s3:GetObjectVersion") if bucket.is_versioned else ("s3:GetObject",)
    for found in objects:
        role.require(actions, f"arn:aws:s3:::{bucket.name}/{found.key}")
        require_key_of_object(found.body, bucket, role)
    return objects


def csv_format(settings: Settings) -> CsvFormat:
    """Return how the files are written; raise SourceError for a format that is not supported here."""
    if settings.get("DataFormat", "csv").lower() != "csv":
        raise SourceError(f"local AWS reads csv files only, not {settings['DataFormat']}")
    return CsvFormat(
        delimiter=_plain(settings.get("CsvDelimiter", ",")),
        row_delimiter=_plain(settings.get("CsvRowDelimiter", "\n")),
        quoting="rfc4180" if settings.get("Rfc4180", True) else "none",
        null_value=settings.get("CsvNullValue", ""),
        header_rows=1 if settings.get("IgnoreHeaderRows") else 0,
        literal=True,
    )


def _plain(delimiter: str) -> str:
    for written, meant in ((r"\n", "\n"), (r"\r", "\r"), (r"\t", "\t")):
        delimiter = delimiter.replace(written, meant)
    return delimiter


def _failures(batch: ItemBatch, items: list[str], written: Written) -> Iterator[Rejected]:
    for position, problem in written.failed:
        yield Rejected(file=batch.file, line=batch.lines[position], reason=problem, row=items[position][:200])


class _RowErrors:
    """DataErrorPolicy and its escalation, for one table of one run."""

    def __init__(self, behaviour: Mapping[str, Any]) -> None:
        self._policy = behaviour.get("DataErrorPolicy", "LOG_ERROR")
        self._escalation = behaviour.get("DataErrorEscalationPolicy", "SUSPEND_TABLE")
        self._most = int(behaviour.get("DataErrorEscalationCount", 0))
        self._seen = 0

    @property
    def logged(self) -> bool:
        """Whether rows go to the log and the exceptions table."""
        return self._policy != "IGNORE_RECORD"

    def count(self, rejected: Sequence[Rejected]) -> None:
        """Take note of rows; raise TableLoadError or TaskError if the settings say that it is enough."""
        if not rejected:
            return
        self._seen += len(rejected)
        first = f"{rejected[0].file}, line {rejected[0].line}: {reason(rejected[0])}"
        self._apply(self._policy, f"DataErrorPolicy {self._policy}: {first}")
        if 0 < self._most <= self._seen:
            self._apply(
                self._escalation,
                f"DataErrorEscalationPolicy {self._escalation}: {self._seen} rows could not be loaded, "
                f"the last batch's first: {first}",
            )

    @staticmethod
    def _apply(policy: str, message: str) -> None:
        if policy == "SUSPEND_TABLE":
            raise SuspendedTableError(message)
        if policy == "STOP_TASK":
            raise TaskError(message)
