"""The load of one table: its files in S3, row by row, into its DynamoDB table.

Errors: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.ErrorHandling.html
Files, and what the role has to allow: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html
"""

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from moto.s3.models import FakeBucket

from dynamodb_bulk.csv.batches import RowBatch
from dynamodb_bulk.csv.reader import CsvFormat, read_rows
from dynamodb_bulk.dms.definition import ExternalTable
from dynamodb_bulk.dms.mappings import ObjectMapping
from dynamodb_bulk.dms.selection import SourceFilter
from dynamodb_bulk.items.row_to_item import ItemBatch
from dynamodb_bulk.records.fields import fields_of
from dynamodb_bulk.records.parquet_reader import Slice, read_parquet_rows
from dynamodb_bulk.spec.errors import InputError
from local_aws.dataplane.exceptions_table import ExceptionsTable
from local_aws.dataplane.job import Job, StoppedError
from local_aws.dataplane.keys import require_key_of_object
from local_aws.dataplane.objects import SourceError, SourceObject, folder_objects, source_bucket
from local_aws.dataplane.progress import TableProgress
from local_aws.dataplane.roles import AssumedRole
from local_aws.dataplane.row_errors import RowErrors, failures
from local_aws.dataplane.table_target import TableTarget, open_target

Settings = Mapping[str, Any]
# https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html#CHAP_Source.S3.Parquet
_PARQUET_NAME = re.compile(r"(^|/)LOAD[0-9A-Fa-f]+\.parquet$")
# Statistics move and a stop is heard once per block.
BLOCK_BYTES = 1 << 20


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
        self._errors = RowErrors(job, table, exceptions, "TARGET_LOAD")

    def run(self, progress: TableProgress, stopped: Callable[[], bool]) -> None:
        """Load the table, unless it is `stopped`.

        Raise StoppedError, DeniedError, SourceError, TableLoadError or TaskError.
        """
        role = self._job.assume_source()
        bucket, objects = source_files(self._job.source, self._table.path, role, self._job.region)
        for found in objects:
            require_readable(found, bucket, role)
        target = open_target(self._job, self._table, self._mapping, self._filters)
        progress.begin(sum(found.size for found in objects))
        before = 0
        for found in objects:
            self._job.log.add("SOURCE_UNLOAD", "I", f"Reading {found.url} ({found.size} bytes)")
            for batch in self._batches(found, target, progress, before):
                if stopped():
                    raise StoppedError
                self._store(batch, target, progress)
            before += found.size

    def _batches(
        self, found: SourceObject, target: TableTarget, progress: TableProgress, before: int
    ) -> Iterator[ItemBatch]:
        if is_parquet(self._job.source):
            for rows in _parquet_rows(found, self._table):
                progress.bytes_read = before + found.size
                yield target.to_item(target.loaded(rows))
            return
        names = [column.name for column in self._table.columns]
        csv = csv_format(self._job.source)
        with found.open() as stream:
            for rows in read_rows(stream, found.url, names, csv, block_bytes=BLOCK_BYTES):
                progress.bytes_read = before + stream.tell()
                yield target.to_item(target.loaded(rows))

    def _store(self, batch: ItemBatch, target: TableTarget, progress: TableProgress) -> None:
        items = batch.items.to_list()
        written = target.sink.put(items)
        rejected = [*batch.rejected, *failures(batch, items, written)]
        progress.rows += written.stored
        progress.refused += len(written.refused)
        progress.errors += len(rejected)
        progress.touch()
        self._errors.take(rejected)


def source_files(
    settings: Settings, folder: str, role: AssumedRole, region: str
) -> tuple[FakeBucket, list[SourceObject]]:
    """Return the bucket, and its files in a folder below BucketFolder; raise DeniedError or SourceError."""
    bucket = source_bucket(settings, role, region)
    above = (settings.get("BucketFolder") or "").strip("/")
    objects = folder_objects(bucket, f"{above}/{folder}" if above else folder)
    if is_parquet(settings):
        objects = [found for found in objects if _PARQUET_NAME.search(found.key)]
    return bucket, objects


def require_readable(found: SourceObject, bucket: FakeBucket, role: AssumedRole) -> None:
    """Raise DeniedError if the role may not read a file."""
    actions = ("s3:GetObject", "s3:GetObjectVersion") if bucket.is_versioned else ("s3:GetObject",)
    role.require(actions, f"arn:aws:s3:::{bucket.name}/{found.key}")
    require_key_of_object(found.body, bucket, role)


def is_parquet(settings: Settings) -> bool:
    """Return whether the files are read as Parquet; AWS's guide writes the word with a capital."""
    return settings.get("DataFormat", "csv").lower() == "parquet"


def _parquet_rows(found: SourceObject, table: ExternalTable) -> Iterator[RowBatch]:
    """Yield the rows; raise SourceError for a file that is none, or has not the columns."""
    with found.open() as stream, tempfile.NamedTemporaryFile(suffix=".parquet") as copy:
        shutil.copyfileobj(stream, copy)
        copy.flush()
        path = Path(copy.name)
        try:
            rows = pl.scan_parquet(path, glob=False).select(pl.len()).collect().item()
            whole = Slice(path=path, start=0, rows=rows)
            yield from read_parquet_rows([whole], found.url, fields_of(table.columns, None))
        except InputError as error:
            raise SourceError(str(error)) from None
        except pl.exceptions.PolarsError as error:
            raise SourceError(f"{found.url}: {error}") from None


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
