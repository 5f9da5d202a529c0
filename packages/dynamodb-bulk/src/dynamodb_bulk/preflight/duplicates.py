"""Rows with the same key, found exactly in bounded memory.

First all keys as hashes of 64 bits, on disk where they are many. Then, only if some hash occurs twice, a
second look at the rows with such a hash, at the keys themselves.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from dynamodb_bulk.item_files.canonical import key_hash
from dynamodb_bulk.spilled_table import SpilledTable

PARTS = 64
HASHES_IN_MEMORY = 8_000_000
REPEATED_IN_MEMORY = 4_000_000
ROWS_IN_MEMORY = 1_000_000
_PART_BITS = 58  # 64 less the bits of the part's number


@dataclass(frozen=True, kw_only=True)
class KeyRows:
    """Canonical keys of some rows of a file, and the lines they start on."""

    file: str
    lines: pl.Series
    keys: pl.DataFrame


@dataclass(frozen=True, kw_only=True)
class Duplicate:
    """A row whose key an earlier row has."""

    key: tuple[str, ...]
    file: str
    line: int
    first_file: str
    first_line: int


class KeyHashes:
    """The hashes of all keys; `folder` takes those for which memory has no room."""

    def __init__(self, folder: Path, in_memory: int = HASHES_IN_MEMORY) -> None:
        self._table = _by_hash(folder, "hash", in_memory)

    def add(self, hashes: pl.Series) -> None:
        """Take the hashes of some keys."""
        self._table.add(hashes.alias("hash").to_frame())

    def repeated(self) -> pl.Series | None:
        """The hashes that occur more than once, sorted; None when they are too many to hold."""
        found = pl.Series(dtype=pl.UInt64)
        for part in self._table.parts():
            found = found.append(_repeated(part["hash"]))
            if len(found) > REPEATED_IN_MEMORY:
                return None
        return found


def find_duplicates(
    rows: Iterable[KeyRows], repeated: pl.Series | None, folder: Path, most: int
) -> tuple[int, list[Duplicate]]:
    """Return how many rows have the key of an earlier row, and the first `most` of them.

    Of the rows only those with a `repeated` hash are kept; all are where that is None.
    """
    table, seen = _by_hash(folder, "rows", ROWS_IN_MEMORY), 0
    for batch in rows:
        frame = batch.keys.with_columns(
            key_hash(batch.keys), pl.lit(batch.file).alias("file"), batch.lines.alias("line")
        )
        if repeated is not None:
            frame = frame.filter(frame["hash"].is_in(repeated.implode()))
        if frame.height:
            table.add(frame.with_row_index("place", offset=seen))
            seen += frame.height
    count, found = 0, list[tuple[int, Duplicate]]()
    for frame in table.parts():
        keys = [role for role in ("partition", "sort") if role in frame.columns]
        marked = frame.sort("place").with_columns(
            pl.col("file").first().over(keys).alias("first_file"),
            pl.col("line").first().over(keys).alias("first_line"),
            pl.col("place").first().over(keys).alias("first"),
        )
        later = marked.filter(pl.col("place") > pl.col("first"))
        count += later.height
        for row in later.head(most).iter_rows(named=True):
            duplicate = Duplicate(
                key=tuple(row[role] for role in keys),
                file=row["file"],
                line=row["line"],
                first_file=row["first_file"],
                first_line=row["first_line"],
            )
            found.append((row["place"], duplicate))
        found = sorted(found, key=lambda one: one[0])[:most]
    return count, [duplicate for _, duplicate in found]


def _by_hash(folder: Path, name: str, rows_in_memory: int) -> SpilledTable:
    """In parts by the first bits, so that the parts in their order are the hashes in theirs."""
    return SpilledTable(
        folder,
        name,
        part_of=lambda frame: (frame["hash"] // (1 << _PART_BITS)).cast(pl.UInt8),
        parts=PARTS,
        rows_in_memory=rows_in_memory,
    )


def _repeated(hashes: pl.Series) -> pl.Series:
    ordered = hashes.sort()
    return ordered.filter(ordered == ordered.shift()).unique(maintain_order=True)
