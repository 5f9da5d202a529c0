"""Compare what files hold with what a table holds, key by key, in bounded memory.

Both are spread over files by the hash of the key once memory is full, and are then compared part by part.
Keys themselves are compared; items are compared by a 64-bit digest of their canonical text. Two different
items of one key have the same digest with a probability of 1 in 18 quintillion.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from dynamodb_bulk.item_files.canonical import key_hash
from dynamodb_bulk.spilled_table import SpilledTable
from dynamodb_bulk.verify.comparable import Comparable
from dynamodb_bulk.verify.verification import Kind

PARTS = 128
ROWS_IN_MEMORY = 1_000_000
_SEED = 7
_DIGEST, _LOAD = "digest", "load"


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One part: the number of keys on each side and of equal items, and the keys of the others, by kind.

    `missing` are only in the files, `extra` only in the table, `different` in both; for the last two, the
    column `digest` is of the table's item. By the number of a load, `named` is how many keys are in its files
    and `held` how many items of the table are its own. `repeated`: rows whose key occurs earlier in the load.
    """

    expected: int
    found: int
    same: int
    named: dict[int, int]
    held: dict[int, int]
    repeated: int
    keys: dict[Kind, pl.DataFrame]


class Sides:
    """The two sides; threads may add to both at once. What memory cannot hold goes to `folder`."""

    def __init__(self, folder: Path) -> None:
        self._expected, self._found = (
            SpilledTable(
                folder,
                name,
                part_of=lambda frame: key_hash(frame) % PARTS,
                parts=PARTS,
                rows_in_memory=ROWS_IN_MEMORY,
            )
            for name in ("files", "table")
        )

    def expect(self, items: Comparable, load: int) -> None:
        """Items of a load's files."""
        self._expected.add(_digested(items).with_columns(pl.lit(load, dtype=pl.UInt16).alias(_LOAD)))

    def find(self, items: Comparable) -> None:
        """Items of the table."""
        self._found.add(_digested(items))

    def compared(self) -> Iterator[Compared]:
        """Compare, once everything was added."""
        spilled = self._expected.spilled or self._found.spilled
        for part in range(PARTS) if spilled else (None,):
            expected, found = self._expected.part(part), self._found.part(part)
            if expected is not None or found is not None:
                yield _compare(expected, found)


def digests(items: Comparable) -> pl.Series:
    """Return the digests (UInt64) by which items are compared."""
    return items.items.hash(_SEED)


def _digested(items: Comparable) -> pl.DataFrame:
    return items.keys.with_columns(digests(items).alias(_DIGEST))


def _compare(expected: pl.DataFrame | None, found: pl.DataFrame | None) -> Compared:
    if expected is None or found is None:
        some = found if expected is None else expected
        if some is None:
            raise TypeError("neither side has items")
        nothing = some.clear().drop(_LOAD, strict=False)
        nothing_expected = nothing.with_columns(pl.lit(0, dtype=pl.UInt16).alias(_LOAD))
        expected = nothing_expected if expected is None else expected
        found = nothing if found is None else found
    keys = [name for name in ("partition", "sort") if name in expected.columns]
    equal = found.join(expected, on=[*keys, _DIGEST], how="inner")
    held = equal.unique([*keys, _LOAD]).group_by(_LOAD).len()
    named = expected.unique([*keys, _LOAD])
    unlike = found.join(equal, on=keys, how="anti")
    known = expected.select(keys).unique()
    return Compared(
        expected=known.height,
        found=found.height,
        same=found.height - unlike.height,
        named=dict(named.group_by(_LOAD).len().iter_rows()),
        held=dict(held.iter_rows()),
        repeated=expected.height - named.height,
        keys={
            "missing": known.join(found, on=keys, how="anti"),
            "different": unlike.join(known, on=keys, how="semi"),
            "extra": unlike.join(known, on=keys, how="anti"),
        },
    )
