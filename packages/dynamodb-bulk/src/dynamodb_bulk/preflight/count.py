"""Counts the rows of files: those that become items, those that do not, and those with the key of another."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import polars as pl

from dynamodb_bulk.csv.batches import Rejected
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.item_files.canonical import key_hash
from dynamodb_bulk.preflight.check import Subject
from dynamodb_bulk.preflight.checks.keys import key_rows
from dynamodb_bulk.preflight.duplicates import Duplicate, KeyHashes, find_duplicates
from dynamodb_bulk.preflight.portions import Portion, portions
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.text import Unit

Reject = Callable[[Rejected], object]
Report = Callable[[int], object]


@dataclass(frozen=True, kw_only=True)
class RowCount:
    """Rows that were read, those of them that become items, and those that source filters left out.

    `duplicates` of the items have the key of an earlier one; `duplicate_rows` are the first of them. `units`:
    what the numbers of rows count, by file, where that is not lines.
    """

    rows: int = 0
    items: int = 0
    filtered: int = 0
    duplicates: int = 0
    duplicate_rows: tuple[Duplicate, ...] = ()
    units: Mapping[str, Unit] = field(default_factory=dict[str, Unit])

    @property
    def rejected(self) -> int:
        """How many rows do not become items."""
        return self.rows - self.items

    @property
    def good(self) -> bool:
        """Whether every row becomes an item with a key of its own, and there are rows."""
        return bool(self.rows) and not self.rejected and not self.duplicates

    def as_json(self, dataset: str) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "dataset": dataset,
            "good": self.good,
            "rows": self.rows,
            "items": self.items,
            "filtered": self.filtered,
            "rejected": self.rejected,
            "duplicates": self.duplicates,
        }

    @classmethod
    def sum(cls, counts: Sequence[Self], duplicates: tuple[int, Sequence[Duplicate]]) -> Self:
        """Add up what was counted of all parts, with the duplicates among them."""
        units: dict[str, Unit] = {}
        for one in counts:
            units.update(one.units)
        return cls(
            rows=sum(one.rows for one in counts),
            items=sum(one.items for one in counts),
            filtered=sum(one.filtered for one in counts),
            duplicates=duplicates[0],
            duplicate_rows=tuple(duplicates[1]),
            units=units,
        )


def count_rows(
    dataset: Dataset,
    files: Sequence[SourceFile],
    *,
    reject: Reject,
    examples: int = 5,
    report: Report = lambda _: None,
) -> RowCount:
    """Count what all files hold; `reject` gets each row that does not become an item, in their order.

    `report` gets the number of rows so far. Raise InputError where a file cannot be read to its end.
    """
    with tempfile.TemporaryDirectory(prefix="dynamodb-bulk-") as folder:
        subject = counted_subject(dataset, files, Path(folder))
        hashes, counts = KeyHashes(subject.folder), list[RowCount]()
        for portion in subject.portions:
            before = sum(one.rows for one in counts)
            counts.append(
                count_portion(subject, portion, reject, hashes.add, lambda rows, b=before: report(b + rows))
            )
        repeated = hashes.repeated()
        duplicates: tuple[int, list[Duplicate]] = (0, [])
        if repeated is None or len(repeated):
            again = (rows for portion in subject.portions for rows in key_rows(subject, portion))
            duplicates = find_duplicates(again, repeated, subject.folder, examples)
    return RowCount.sum(counts, duplicates)


def counted_subject(dataset: Dataset, files: Sequence[SourceFile], folder: Path) -> Subject:
    """Return all of the files as what is read of a dataset."""
    return Subject(
        dataset=dataset,
        files=files,
        portions=portions(dataset, files, None),
        beside=(),
        folder=folder,
        examples=0,
    )


def count_portion(
    subject: Subject,
    portion: Portion,
    reject: Reject,
    keep: Callable[[pl.Series], object],
    report: Report = lambda _: None,
) -> RowCount:
    """Count one file, or a range of it, without duplicates; `keep` gets the hashes (UInt64) of its keys."""
    items = rejected = filtered = 0
    for batch in subject.batches(portion):
        items += len(batch.keys.lines)
        filtered += batch.rows.filtered if batch.rows else 0
        rejected += len(batch.keys.rejected)
        for row in batch.keys.rejected:
            reject(row)
        if batch.has_keys:
            keep(key_hash(batch.canonical_keys))
        report(items + rejected)
    units: dict[str, Unit] = {file: unit for file, unit in subject.units.items() if unit != "line"}
    return RowCount(rows=items + rejected, items=items, filtered=filtered, units=units)
