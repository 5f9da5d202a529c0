"""Count what a dataset's files hold, by its own rules, before AWS reads them."""

import time
from collections.abc import Callable, Sequence
from typing import get_args

from rich.filesize import decimal

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.csv.batches import RejectionKind
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.glue.place import GlueJob
from dynamodb_bulk.loads.verdict import EXAMPLES, Counted
from dynamodb_bulk.machine import on_a_core
from dynamodb_bulk.preflight.registry import checks
from dynamodb_bulk.preflight.report import CheckReport
from dynamodb_bulk.preflight.run import Watch, check_dataset
from dynamodb_bulk.sources.ahead import opened_ahead
from dynamodb_bulk.sources.locating import source_files
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.text import duration, located, place

# Bytes of text per second on 2 cores, the slowest that was measured; of other formats 5 MB.
CSV_RATE = 50e6
_RATES = {"csv": CSV_RATE, "parquet": 50e6}
_GROWTH = {"none": 1, "gzip": 5, "zstd": 5}  # bytes of text per stored byte, about
WORTH_SAYING = 100 * 1024**2  # bytes whose count takes some time
_COUNTING = "counting the rows of the files"
_OTHER_ORDER = "header-order"
_UNREAD = ("wrong-compression", "unreadable")
_ROW_KINDS = frozenset((*get_args(RejectionKind), "duplicate-key"))

Refuse = Callable[[CheckReport], None]


def refuse_nothing(_: CheckReport, /) -> None:
    """Take the files as they are: the verdict judges the load."""


def count_dataset(
    dataset: Dataset,
    aws: Aws,
    report: Report,
    *,
    method: str,
    up_to: int | None = None,
    watch: Watch | None = None,
    refuse: Refuse = refuse_nothing,
    by: GlueJob | None = None,
) -> Counted:
    """Read every row, streaming, or none where the files are in S3 and have more bytes than `up_to`.

    `watch` sees every batch of rows, unless a Glue job reads them: `by`. `refuse` may raise for what files
    hold. Raise InputError if a file cannot be read to its end, or if the method would change a value of it.
    """
    report(_COUNTING)
    files = source_files(dataset, aws)
    if _too_large(dataset, files, up_to):
        return Counted(rows=None)
    size, started = sum(file.size for file in files), time.monotonic()
    if size >= WORTH_SAYING and not by:
        report(f"{_COUNTING}, {counting_time(dataset, files)}")

    def progress(rows: int, done: int) -> None:
        took = time.monotonic() - started
        known = 0 < done < size and took > 1
        left = f", about {duration(took * (size - done) / done)} left" if known else ""
        report(f"{_COUNTING}: {rows:,}{left}")

    if by:
        from dynamodb_bulk.glue.engine import GlueEngine  # few loads need it

        found = GlueEngine(dataset, by, aws, report).check(files, (), EXAMPLES, method)
    else:
        with on_a_core(report), opened_ahead(files if dataset.location else ()) as ahead:
            found = check_dataset(dataset, ahead or files, examples=EXAMPLES, progress=progress, watch=watch)
    refuse(found)
    for kind in _UNREAD:
        for example in found.findings[kind].examples:
            raise InputError(example.file, example.what)
    fatal = dict(found.findings.fatal_for(method))
    # Rows are read by position: by any method values would change their columns.
    for kind in (*fatal, *([_OTHER_ORDER] if found.findings[_OTHER_ORDER].examples else ())):
        where = found.findings[kind].examples[0]
        raise InputError(
            place(where.file, where.line, where.unit),
            f"{checks()[kind].sentence}: {where.what}",
            checks()[kind].remedy,
        )
    told = (one for kind, one in found.findings if kind in _ROW_KINDS or checks()[kind].explains)
    examples = [example for one in told for example in one.examples]
    return Counted(
        rows=found.rows,
        rejected=found.rows - found.items,
        duplicates=found.findings["duplicate-key"].count,
        examples=tuple(
            located(example.what, example.file, example.line, example.column, example.unit)
            for example in examples[:EXAMPLES]
        ),
    )


def counting_time(dataset: Dataset, files: Sequence[SourceFile]) -> str:
    """Return how many bytes are read to count the rows, and about how long that takes on 2 cores."""
    size = sum(file.size for file in files)
    return f"{decimal(size)}, about {duration(max(counting_seconds(dataset, files), 1))}"


def counting_seconds(dataset: Dataset, files: Sequence[SourceFile]) -> float:
    """Return about how long 2 cores take to count the rows."""
    size = sum(file.size for file in files)
    return size * _GROWTH[dataset.source.compression] / _RATES.get(dataset.source.format, 5e6)


def too_large_to_count(dataset: Dataset, aws: Aws, up_to: int | None) -> bool:
    """Return whether the files are in S3 and have more bytes than may be read only to count them."""
    return dataset.location is not None and _too_large(dataset, source_files(dataset, aws), up_to)


def _too_large(dataset: Dataset, files: Sequence[SourceFile], up_to: int | None) -> bool:
    if dataset.location is None or up_to is None:
        return False
    return sum(file.size for file in files) > up_to
