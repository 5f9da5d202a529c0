"""Rows with the same key, found exactly in bounded memory.

First all keys as hashes of 64 bits, on disk where they are many. Then, only if some hash occurs twice, a
second look at the rows with such a hash, at the keys themselves.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from dynamodb_bulk.item_files.canonical import key_hash

PARTS = 64
HASHES_IN_MEMORY = 16_000_000
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
        self._folder = folder
        self._in_memory = in_memory
        self._pending: list[pl.Series] = []
        self._count = 0
        self._spills = 0

    def add(self, hashes: pl.Series) -> None:
        """Take the hashes of some keys."""
        self._pending.append(hashes)
        self._count += len(hashes)
        if self._count >= self._in_memory:
            self._spill()

    def repeated(self) -> pl.Series | None:
        """Return the hashes that occur more than once, sorted; None if they are too many to hold."""
        if not self._spills:
            found = _repeated(pl.concat(self._pending)) if self._pending else pl.Series(dtype=pl.UInt64)
            self._pending = []
            return found if len(found) <= REPEATED_IN_MEMORY else None
        self._spill()
        parts: list[pl.Series] = []
        for part in range(PARTS):
            files = sorted(self._folder.glob(f"hash-{part}-*"))
            if files:
                parts.append(_repeated(pl.concat(_read(file)["hash"] for file in files)))
            if sum(map(len, parts)) > REPEATED_IN_MEMORY:
                return None
        return pl.concat(parts)

    def _spill(self) -> None:
        if not self._count:
            return
        hashes = pl.concat(self._pending).rename("hash").sort()
        self._pending, self._count = [], 0
        starts = [hashes.search_sorted(part << _PART_BITS) for part in range(PARTS)] + [len(hashes)]
        for part in range(PARTS):
            piece = hashes.slice(starts[part], starts[part + 1] - starts[part])
            if len(piece):
                piece.to_frame().write_ipc(self._folder / f"hash-{part}-{self._spills}")
        self._spills += 1


def find_duplicates(
    rows: Iterable[KeyRows], repeated: pl.Series | None, folder: Path, most: int
) -> tuple[int, list[Duplicate]]:
    """Return how many rows have the key of an earlier row, and the first `most` of them.

    Of the rows only those with a `repeated` hash are kept; all are where that is None.
    """
    look = _SecondLook(folder, most)
    for batch in rows:
        frame = batch.keys.with_columns(
            key_hash(batch.keys), pl.lit(batch.file).alias("file"), batch.lines.alias("line")
        )
        if repeated is not None:
            frame = frame.filter(frame["hash"].is_in(repeated.implode()))
        look.add(frame)
    return look.finish()


class _SecondLook:
    def __init__(self, folder: Path, most: int) -> None:
        self._folder = folder
        self._most = most
        self._pending: list[pl.DataFrame] = []
        self._height = 0
        self._seen = 0
        self._spills = 0

    def add(self, frame: pl.DataFrame) -> None:
        if not frame.height:
            return
        self._pending.append(frame.with_row_index("place", offset=self._seen))
        self._seen += frame.height
        self._height += frame.height
        if self._height >= ROWS_IN_MEMORY:
            self._spill()

    def finish(self) -> tuple[int, list[Duplicate]]:
        count, found = 0, list[tuple[int, Duplicate]]()
        for frame in self._parts():
            keys = [role for role in ("partition", "sort") if role in frame.columns]
            marked = frame.sort("place").with_columns(
                pl.col("file").first().over(keys).alias("first_file"),
                pl.col("line").first().over(keys).alias("first_line"),
                pl.col("place").first().over(keys).alias("first"),
            )
            later = marked.filter(pl.col("place") > pl.col("first"))
            count += later.height
            for row in later.head(self._most).iter_rows(named=True):
                duplicate = Duplicate(
                    key=tuple(row[role] for role in keys),
                    file=row["file"],
                    line=row["line"],
                    first_file=row["first_file"],
                    first_line=row["first_line"],
                )
                found.append((row["place"], duplicate))
            found = sorted(found, key=lambda one: one[0])[: self._most]
        return count, [duplicate for _, duplicate in found]

    def _parts(self) -> Iterator[pl.DataFrame]:
        if not self._spills:
            if self._pending:
                yield pl.concat(self._pending)
            return
        self._spill()
        for part in range(PARTS):
            files = sorted(self._folder.glob(f"rows-{part}-*"))
            if files:
                yield pl.concat(_read(file) for file in files)

    def _spill(self) -> None:
        if not self._height:
            return
        frame = pl.concat(self._pending)
        self._pending, self._height = [], 0
        parted = frame.with_columns((pl.col("hash") // (1 << _PART_BITS)).cast(pl.UInt8).alias("part"))
        for (part,), piece in parted.partition_by("part", as_dict=True, include_key=False).items():
            piece.write_ipc(self._folder / f"rows-{part}-{self._spills}")
        self._spills += 1


def _read(file: Path) -> pl.DataFrame:
    return pl.read_ipc(file)


def _repeated(hashes: pl.Series) -> pl.Series:
    ordered = hashes.sort()
    return ordered.filter(ordered == ordered.shift()).unique(maintain_order=True)
