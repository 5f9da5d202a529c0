"""What became of the rows of a run: its journal has those of all windows before the first unfinished."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from dynamodb_bulk.loads.writes.journal import MOST_NAMED, Journal, RefusedItem
from dynamodb_bulk.loads.writes.puts import Put
from dynamodb_bulk.loads.writes.sender import Fate
from dynamodb_bulk.loads.writes.windows import Window
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.keys import TableKeys


@dataclass(kw_only=True)
class OpenWindow:
    """A window with `left` puts whose fate is not known."""

    window: Window
    left: int
    fate: Fate = field(default_factory=Fate)


class Tally:
    """Counts for one process that writes, which goes on from a journal; safe to use in several threads."""

    def __init__(
        self,
        journal: Journal,
        files: tuple[SourceFile, ...],
        keys: TableKeys,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._journal, self._files, self._keys = journal, files, keys
        self._clock, self._began = clock, clock()
        self._before = journal
        self._lock = threading.Lock()
        self._open: deque[OpenWindow] = deque()
        self._sent = 0  # puts of open windows

    @property
    def seconds(self) -> float:
        """For how long this process has written."""
        return self._clock() - self._began

    @property
    def done(self) -> int:
        """The rows whose fate is known, those of open windows included."""
        return self._journal.rows + self._sent

    @property
    def rows_per_second(self) -> float:
        """The rate of this process, 0 in its first second."""
        seconds = self.seconds
        return (self.done - self._before.rows) / seconds if seconds >= 1 else 0.0

    def open(self, window: Window) -> OpenWindow:
        """Take the next window of the files."""
        opened = OpenWindow(window=window, left=len(window.puts))
        with self._lock:
            self._open.append(opened)
            self._settle()
        return opened

    def add(self, opened: OpenWindow, count: int, fate: Fate) -> None:
        """Take what became of some puts of a window."""
        with self._lock:
            opened.fate.add(fate)
            opened.left -= count
            self._sent += count
            self._settle()

    def journal(self, **more: Any) -> Journal:
        """Return the journal as it is now, with more of its members."""
        with self._lock:
            seconds = self._before.seconds + self.seconds
            update = {"seconds": seconds, "rows_per_second": self.rows_per_second, **more}
            self._journal = self._journal.model_copy(update=update)
            return self._journal

    def _settle(self) -> None:
        while self._open and not self._open[0].left:
            done = self._open.popleft()
            fate, window, before = done.fate, done.window, self._journal
            refused = [self._refused(put, why) for put, why in fate.rejected]
            self._sent -= len(window.puts)
            self._journal = before.model_copy(
                update={
                    **asdict(window.mark),
                    "written": before.written + fate.written,
                    "condition_failed": before.condition_failed + fate.condition_failed,
                    "rejected": before.rejected + len(window.rejected) + len(refused),
                    "refused": (*before.refused, *refused)[:MOST_NAMED],
                    "units": before.units + fate.units,
                }
            )

    def _refused(self, put: Put, why: str) -> RefusedItem:
        item = orjson.loads(put.item)
        key = {one.name: item[one.name] for one in self._keys.by_role.values()}
        return RefusedItem(file=self._files[put.source].name, line=put.line, key=key, reason=why)
