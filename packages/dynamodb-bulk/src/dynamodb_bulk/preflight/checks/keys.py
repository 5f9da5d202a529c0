"""Keys that more than one row has, and rows that follow each other to the same place in the table.

AWS: "don't import sorted data"; one partition takes 1,000 write units a second.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.BestPractices.html
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from dynamodb_bulk.item_files.canonical import key_hash
from dynamodb_bulk.preflight.check import Check, Detector, Example, Fault, Subject
from dynamodb_bulk.preflight.duplicates import Duplicate, KeyHashes, KeyRows, find_duplicates
from dynamodb_bulk.preflight.portions import Portion
from dynamodb_bulk.preflight.rows import CheckedBatch
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path
from dynamodb_bulk.spec.text import Unit

FEWEST_ROWS = 1000
_SAME_SHARE = 0.5
_SORTED_SHARE = 0.999


@dataclass(kw_only=True)
class _KeyOrder:
    """Counts how partition keys follow each other, over all files."""

    is_number: bool
    pairs: int = 0
    same: int = 0
    rising: int = 0
    falling: int = 0
    first: str | None = None
    last: str | None = None

    def add(self, keys: pl.Series) -> None:
        """Take the next canonical partition keys, in the order of the file."""
        if not len(keys):
            return
        if self.last is None:
            self.first = keys[0]
        else:
            keys = pl.concat([pl.Series([self.last]), keys.alias("")], rechunk=True)
        here = keys.cast(pl.Float64) if self.is_number else keys
        pairs = len(keys) - 1
        same = int((keys[1:] == keys[:-1]).sum())
        rising = int((here[1:] > here[:-1]).sum())
        self.pairs += pairs
        self.same += same
        self.rising += rising
        # Different numbers may be the same as a float.
        self.falling += int((here[1:] < here[:-1]).sum()) if self.is_number else pairs - same - rising
        self.last = keys[-1]

    def join(self, after: "_KeyOrder") -> None:
        """Take the keys of rows that follow."""
        if after.first is None:
            return
        self.add(pl.Series([after.first]))
        self.pairs += after.pairs
        self.same += after.same
        self.rising += after.rising
        self.falling += after.falling
        self.last = after.last

    def finding(self) -> str | None:
        """What is wrong with the order, if anything."""
        if self.pairs + 1 < FEWEST_ROWS:
            return None
        if self.same > _SAME_SHARE * self.pairs:
            return f"{self.same / self.pairs:.0%} of the rows have the partition key of the row before"
        for count, how in ((self.rising, "ascending"), (self.falling, "descending")):
            if count + self.same >= _SORTED_SHARE * self.pairs:
                return f"the partition keys are in {how} order"
        return None


class _SortedData(Detector):
    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        self._order = _KeyOrder(is_number=self.dataset.keys.partition.type == "N")

    def batch(self, batch: CheckedBatch) -> Iterator[Fault]:
        if batch.has_keys:
            self._order.add(batch.canonical_keys["partition"])
        yield from ()

    def state(self) -> dict[str, Any]:
        return asdict(self._order)

    def join(self, state: dict[str, Any]) -> None:
        self._order.join(_KeyOrder(**state))

    def after(self) -> Iterator[Fault]:
        if what := self._order.finding():
            yield Fault("sorted-data", Example(file=display_path(self.dataset.path), what=what))


class DuplicateKeys(Detector):
    """Rows whose key an earlier row has."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        self._hashes = KeyHashes(subject.folder)

    def batch(self, batch: CheckedBatch) -> Iterator[Fault]:
        """Keep the hashes of the keys."""
        if batch.has_keys:
            self._hashes.add(key_hash(batch.canonical_keys))
        yield from ()

    def after(self) -> Iterator[Fault]:
        """Look a second time at the rows with repeated hashes."""
        repeated = self._hashes.repeated()
        if repeated is not None and not len(repeated):
            return
        most, folder = self.subject.examples, self.subject.folder
        count, found = find_duplicates(self._key_rows(), repeated, folder, most)
        yield from duplicate_faults(count, found, self.subject.units)

    def _key_rows(self) -> Iterator[KeyRows]:
        for portion in self.subject.portions:
            yield from key_rows(self.subject, portion)


def key_rows(subject: Subject, portion: Portion) -> Iterator[KeyRows]:
    """Yield the keys of a file up to where it cannot be read, which a first look has reported."""
    with suppress(InputError):
        for batch in subject.batches(portion):
            if batch.has_keys:
                yield KeyRows(file=batch.keys.file, lines=batch.keys.lines, keys=batch.canonical_keys)


def duplicate_faults(count: int, found: Iterable[Duplicate], units: Mapping[str, Unit]) -> Iterator[Fault]:
    """Yield the faults of so many rows with the key of an earlier row, some of which were `found`."""
    for one in found:
        unit = units.get(one.first_file, "line")
        what = f"the same key as {unit} {one.first_line} of {one.first_file}"
        example = Example(file=one.file, line=one.line, what=what, value=", ".join(one.key)[:200])
        yield Fault("duplicate-key", example, count=0)
    if count:
        yield Fault("duplicate-key", count=count)


CHECKS = (
    Check(
        DuplicateKeys,
        "keys",
        "error",
        "duplicate-key",
        "Rows have the same key: one of them overwrites the other, and which one is not defined",
        "remove the wrong rows, or add a column to the key that distinguishes them",
    ),
    Check(
        _SortedData,
        "keys",
        "warning",
        "sorted-data",
        "Rows that follow each other go to the same place in the table: a hot partition slows the load down",
        "shuffle the rows: bulk convert does",
    ),
)
