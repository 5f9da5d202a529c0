"""Which columns, or pairs of them, are different in every row: exactly, over all rows, in bounded memory."""

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import polars as pl

from dynamodb_bulk.preflight.duplicates import KeyHashes

SORT_BYTES = 1024  # what both keys may have: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
_MOST = 12
_KEPT = 6  # sets whose hashes are kept at once
_SECOND = 0x9E3779B97F4A7C15
_ID = re.compile(
    r"(^|[_\W])(id|key|uuid|guid|sku|isbn|ean|iban|email|code|nr|no|number|nummer)$|[a-z]I[dD]$|^pk$",
    re.IGNORECASE,
)
_AWAY = re.compile(
    r"name|title|note|comment|descr|text|price|amount|total|value|date|time|created|updated", re.IGNORECASE
)


def likely(name: str, place: int) -> tuple[int, int]:
    """Return how likely a column is the key by its name and place: smaller is better."""
    exact = name.lower() in ("id", "pk", "_id", "uuid")
    return (0 if exact else 1 if _ID.search(name) else 3 if _AWAY.search(name) else 2), place


class KeySearch:
    """Takes hashes of the values of rows, and knows afterwards which sets of columns are unique.

    A set is given up at the first batch that holds a value twice, or a NULL; of those that are left, the
    hashes of all rows are kept, on disk in `folder` where they are many.
    """

    def __init__(
        self, sets: Sequence[tuple[str, ...]], folder: Path, rows_in_memory: int = 2_000_000
    ) -> None:
        self._order = {
            name: place for place, name in enumerate(dict.fromkeys(one for names in sets for one in names))
        }
        self._hashes = {
            names: KeyHashes(_made(folder / str(number)), rows_in_memory) for number, names in enumerate(sets)
        }

    @property
    def left(self) -> tuple[tuple[str, ...], ...]:
        """The sets that may still be unique."""
        return tuple(self._hashes)

    def add(self, frame: pl.DataFrame) -> None:
        """Take the rows of a batch; columns as named in the sets."""
        hashes: dict[str, pl.Series] = {}
        for names in self.left:
            for name in names:
                if name not in hashes and name in frame.columns:
                    hashes[name] = frame[name].hash(3)
            if any(name not in hashes or frame[name].null_count() for name in names):
                del self._hashes[names]
                continue
            mixed = hashes[names[0]]
            for name in names[1:]:
                mixed = pl.select((pl.lit(mixed).hash(5)) ^ pl.lit(hashes[name]).hash(7)).to_series()
            if mixed.n_unique() < len(mixed):
                del self._hashes[names]
            else:
                self._hashes[names].add(mixed)

        if len(self._hashes) > _KEPT:
            likeliest = sorted(
                self.left, key=lambda names: [likely(name, self._order[name]) for name in names]
            )
            self._hashes = {names: self._hashes[names] for names in likeliest[:_KEPT]}

    def unique_so_far(self, fit: Collection[str]) -> list[tuple[str, ...]]:
        """Return the sets among the `fit` columns of which no batch showed that they are not."""
        return [names for names in self.left if set(names) <= set(fit)]

    def unique(self, fit: Collection[str]) -> list[tuple[str, ...]]:
        """Return the sets of columns among the `fit` ones in which no two rows are the same."""
        found: list[tuple[str, ...]] = []
        for names, kept in self._hashes.items():
            if not set(names) <= set(fit):
                continue
            repeated = kept.repeated()
            if repeated is not None and not len(repeated):
                found.append(names)
        return found


def pairs_of(frame: pl.DataFrame, places: Mapping[str, int]) -> list[tuple[str, str]]:
    """Return the pairs of columns that are worth a look, the likeliest first; `frame` holds some rows."""
    names = sorted(places, key=lambda name: likely(name, places[name]))[:_MOST]
    found = [
        (one, other) if places[one] < places[other] else (other, one)
        for one, other in combinations(names, 2)
        if frame.select(pl.struct(one, other).n_unique()).item() == frame.height
    ]
    found.sort(key=lambda pair: [likely(name, places[name]) for name in pair])
    return found[:_MOST]


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder
