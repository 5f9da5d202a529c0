"""A table that goes to disk once memory has no room for it, and comes back part by part."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl


class SpilledTable:
    """Rows that threads add, split into `parts` by `part_of`, which gives each row of a frame its part.

    At most `rows_in_memory` and one frame more are held; what is beyond goes to `folder`, under `name`. With
    the same `part_of` and `parts`, the same part of two tables has all rows that belong together.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        *,
        part_of: Callable[[pl.DataFrame], pl.Series],
        parts: int,
        rows_in_memory: int,
    ) -> None:
        self._folder, self._name = folder, name
        self._part_of, self._parts, self._most = part_of, parts, rows_in_memory
        self._pending: list[pl.DataFrame] = []
        self._height = self._spills = 0
        self._lock = threading.Lock()

    @property
    def spilled(self) -> bool:
        """Whether anything is on disk."""
        return self._spills > 0

    def add(self, frame: pl.DataFrame) -> None:
        """Take rows, all with the same columns."""
        with self._lock:
            self._pending.append(frame)
            self._height += frame.height
            if self._height >= self._most:
                self._spill()

    def parts(self) -> Iterator[pl.DataFrame]:
        """Yield every part with rows, each once: all rows as one where none is on disk."""
        for number in range(self._parts) if self.spilled else (None,):
            if (frame := self.part(number)) is not None:
                yield frame

    def part(self, number: int | None) -> pl.DataFrame | None:
        """Take one part off the disk, in the order of adding, or for None all rows; None when it has none."""
        if number is None:
            pending, self._pending, self._height = self._pending, [], 0
            return pl.concat(pending) if pending else None
        self._spill()
        files = sorted(self._folder.glob(f"{self._name}-{number}-*"))
        if not files:
            return None
        frame = pl.concat(pl.read_ipc(file) for file in files)
        for file in files:
            file.unlink()
        return frame

    def _spill(self) -> None:
        if not self._height:
            return
        frame = pl.concat(self._pending)
        self._pending, self._height = [], 0
        part = self._part_of(frame).alias("__part__")
        parted = frame.with_columns(part).partition_by("__part__", as_dict=True, include_key=False)
        for (number,), piece in parted.items():
            piece.write_ipc(self._folder / f"{self._name}-{number}-{self._spills:06}")
        self._spills += 1
