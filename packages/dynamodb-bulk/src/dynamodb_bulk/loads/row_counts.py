"""Count what a dataset's files hold, by its own rules, before AWS reads them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import get_args

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.csv.batches import RejectionKind
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.machine import on_a_core
from dynamodb_bulk.preflight.registry import checks
from dynamodb_bulk.preflight.report import CheckReport
from dynamodb_bulk.preflight.run import check_dataset
from dynamodb_bulk.sources.locating import source_files
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.text import located

EXAMPLES = 5
# Files in S3 come to this machine to be counted; more than this is not counted.
MOST_BYTES_FROM_S3 = 1024**3
_UNREAD = ("wrong-compression", "unreadable")
_ROW_KINDS = frozenset((*get_args(RejectionKind), "duplicate-key"))

Refuse = Callable[[CheckReport], None]


def refuse_nothing(_: CheckReport, /) -> None:
    """Take the files as they are: the verdict judges the load."""


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Rows in the files and how many of them fit; `duplicates` have the key of an earlier row.

    `rows` is None if the files were not read. `examples` are lines for people.
    """

    rows: int | None
    rejected: int = 0
    duplicates: int = 0
    examples: tuple[str, ...] = ()


def count_dataset(
    dataset: Dataset, aws: Aws, report: Report, *, always: bool = False, refuse: Refuse = refuse_nothing
) -> Counted:
    """Read every row, streaming, or none where the files are in S3 and `too_large_to_count`.

    `always`: count those too. `refuse` may raise for what the files hold. Raise InputError if a file cannot
    be read to its end.
    """
    files = source_files(dataset, aws)
    if not always and _too_large(dataset, files):
        return Counted(rows=None)
    with on_a_core(report):
        found = check_dataset(
            dataset,
            files,
            examples=EXAMPLES,
            progress=lambda rows, _: report(f"counting the rows of the files: {rows:,}"),
        )
    refuse(found)
    for kind in _UNREAD:
        for example in found.findings[kind].examples:
            raise InputError(example.file, example.what)
    told = (one for kind, one in found.findings if kind in _ROW_KINDS or checks()[kind].explains)
    examples = [example for one in told for example in one.examples]
    return Counted(
        rows=found.rows,
        rejected=found.rows - found.items,
        duplicates=found.findings["duplicate-key"].count,
        examples=tuple(
            located(example.what, example.file, example.line, example.column)
            for example in examples[:EXAMPLES]
        ),
    )


def too_large_to_count(dataset: Dataset, aws: Aws) -> bool:
    """Return whether the files are in S3 and larger than what is read from there only to count it."""
    return dataset.location is not None and _too_large(dataset, source_files(dataset, aws))


def _too_large(dataset: Dataset, files: Sequence[SourceFile]) -> bool:
    return dataset.location is not None and sum(file.size for file in files) > MOST_BYTES_FROM_S3
