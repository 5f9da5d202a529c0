"""What the values of each column look like: NULLs, smallest and largest, lengths, how many different ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import polars as pl

from dynamodb_bulk.csv.batches import RowBatch, frame_name
from dynamodb_bulk.spec.columns import Column

KEPT_HASHES = 2048
SAMPLE = 20_000
SAMPLED_PER_BATCH = 500


@dataclass(kw_only=True)
class ColumnProfile:
    """One column; `smallest` and `largest` are numbers for a column of numbers, else texts.

    `distinct` is exact up to KEPT_HASHES values and within about 5 % above.
    """

    name: str
    type: str
    is_number: bool
    rows: int = 0
    nulls: int = 0
    shortest: int | None = None
    longest: int | None = None
    smallest: Any = None
    largest: Any = None
    sample: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.String))
    _hashes: pl.Series = field(default_factory=lambda: pl.Series("hash", [], dtype=pl.UInt64))

    def add(self, texts: pl.Series) -> None:
        """Take the values of a batch, null for NULL."""
        self.rows += len(texts)
        self.nulls += texts.null_count()
        lengths = texts.str.len_chars()
        self.shortest = _least(self.shortest, lengths.min())
        self.longest = _most(self.longest, lengths.max())
        values = texts.cast(pl.Float64, strict=False) if self.is_number else texts
        self.smallest = _least(self.smallest, values.min())
        self.largest = _most(self.largest, values.max())
        if len(self.sample) < SAMPLE:
            step = max(1, len(texts) // SAMPLED_PER_BATCH)
            self.sample = pl.concat([self.sample, texts.gather_every(step).drop_nulls().alias("")])
        self._add_hashes(texts)

    @property
    def distinct_is_exact(self) -> bool:
        """Whether all of them were counted."""
        return len(self._hashes) < KEPT_HASHES

    @property
    def distinct(self) -> int:
        """How many different values there are."""
        if self.distinct_is_exact:
            return len(self._hashes)
        return round((KEPT_HASHES - 1) / (int(self._hashes[-1]) / 2**64))

    def _add_hashes(self, texts: pl.Series) -> None:
        # The smallest of evenly spread hashes tell how many there are.
        hashes = texts.drop_nulls().hash(3).alias("hash")
        if len(self._hashes) == KEPT_HASHES:
            hashes = hashes.filter(hashes < self._hashes[-1])
        if len(hashes):
            self._hashes = pl.concat([self._hashes, hashes]).unique().sort().head(KEPT_HASHES)


class Profile:
    """The profiles of a dataset's columns; give `add` to a check as its watch."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = [
            ColumnProfile(name=column.name, type=column.type, is_number=column.column_type.is_number)
            for column in columns
        ]
        self._as_items = [
            pl.coalesce(rewrite(pl.col(name := frame_name(column.name))), name).alias(name)
            for column in columns
            if column.own_form and (rewrite := column.column_type.values(column).rewrite)
        ]

    def add(self, batch: RowBatch) -> None:
        """Take a batch of rows; values in a column's own form are profiled as they are in items."""
        frame = batch.frame.with_columns(self._as_items)
        for column in self.columns:
            column.add(frame[frame_name(column.name)])


def _least(one: Any, other: object) -> Any:
    return other if one is None else one if other is None else min(one, cast("Any", other))


def _most(one: Any, other: object) -> Any:
    return other if one is None else one if other is None else max(one, cast("Any", other))
