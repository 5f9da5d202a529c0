"""The changes of one table, in the order of their times, each with what the item was before it.

This is enough to tell what the table was at any time since: what it is now, less the changes since then.
An item that was not there before costs its key alone, so that loads into empty tables stay quick.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from local_aws import clock

_AT_ONCE = 500
MICROS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Change:
    """Tells what became of an item in a window of time: `old` is what it was before, None if it was not.

    `replaced` tells that it was changed after the window too; then `new` is what it was in between.
    """

    key: str
    micros: int
    old: str | None
    replaced: bool
    new: str | None


class ChangeLog:
    """Keeps keys and former items, in DynamoDB JSON, on disk where they are many; they end with the log.

    No two changes of a table have the same time. Whoever writes to the table holds `writing`, adds the
    change first, and takes it back when the write is refused.
    """

    def __init__(self) -> None:
        self.writing = threading.RLock()
        self._lock = threading.Lock()
        self._last = 0
        # A database without a name is a temporary file, which is gone with its process, however that ends.
        self._database = sqlite3.connect("", check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("CREATE TABLE changes (micros INTEGER PRIMARY KEY, key TEXT, old TEXT)")
        self._database.execute("CREATE INDEX by_key ON changes (key, micros)")

    def __deepcopy__(self, _memo: object) -> "ChangeLog":
        return self

    def add(self, former: Sequence[tuple[str, str | None]]) -> range:
        """Record that items are being changed, by their keys and what they were; the times of the changes."""
        with self._lock:
            first = max(self._last + 1, int(clock.now() * MICROS))
            times = range(first, first + len(former))
            self._last = max(self._last, times.stop - 1)
            self._database.executemany(
                "INSERT INTO changes VALUES (?, ?, ?)",
                ((micros, *entry) for micros, entry in zip(times, former, strict=True)),
            )
        return times

    def take_back(self, times: Iterable[int]) -> None:
        """Forget changes that did not come about."""
        with self._lock:
            self._database.executemany("DELETE FROM changes WHERE micros = ?", ((time,) for time in times))

    @property
    def next(self) -> int:
        """A time behind every change so far."""
        return self._last + 1

    def since(self, micros: int) -> bool:
        """Return whether there are changes at a time or later."""
        return self._last >= micros

    def former(self, start: int, stop: int) -> Iterator[tuple[str, str | None]]:
        """Return the items that were changed from `start` to before `stop`, as they were at `start`."""
        rows = self._rows(
            "SELECT key, old FROM changes WHERE micros IN "
            "(SELECT min(micros) FROM changes WHERE micros >= ? AND micros < ? GROUP BY key)",
            (start, stop),
        )
        return ((key, old) for key, old in rows)

    def changed(self, keys: Iterable[str], micros: int) -> dict[str, str | None]:
        """Return those keys that were changed at a time or later, with what they were before."""
        found: dict[str, str | None] = {}
        if not self.since(micros):
            return found
        with self._lock:
            for key in keys:
                row: tuple[str | None] | None = self._database.execute(
                    "SELECT old FROM changes WHERE key = ? AND micros >= ? ORDER BY micros LIMIT 1",
                    (key, micros),
                ).fetchone()
                if row is not None:
                    found[key] = row[0]
        return found

    def window(self, start: int, stop: int) -> Iterator[Change]:
        """Yield what was changed from `start` to before `stop`, an entry for each item."""
        rows = self._rows(
            "WITH inside AS (SELECT key, min(micros) AS first, max(micros) AS last FROM changes "
            "WHERE micros >= ? AND micros < ? GROUP BY key), "
            "later AS (SELECT key, min(micros) AS first FROM changes WHERE micros >= ? GROUP BY key) "
            "SELECT inside.key, inside.last, before.old, after.micros IS NOT NULL, after.old "
            "FROM inside JOIN changes AS before ON before.micros = inside.first "
            "LEFT JOIN later ON later.key = inside.key "
            "LEFT JOIN changes AS after ON after.micros = later.first",
            (start, stop, stop),
        )
        for key, micros, old, replaced, new in rows:
            yield Change(key=key, micros=micros, old=old, replaced=bool(replaced), new=new)

    def _rows(self, query: str, values: Sequence[int]) -> Iterator[tuple[Any, ...]]:
        with self._lock:
            cursor = self._database.execute(query, values)
            rows = cursor.fetchmany(_AT_ONCE)
        while rows:
            yield from rows
            with self._lock:
                rows = cursor.fetchmany(_AT_ONCE)
