"""How far each table of a load is, in the words of DMS's table statistics."""

import time
from dataclasses import dataclass
from typing import Literal

TableState = Literal[
    "Table does not exist", "Before load", "Full load", "Table completed", "Table cancelled", "Table error"
]


@dataclass(kw_only=True)
class TableProgress:
    """Counts the rows of a table, stored, refused or in error; times are seconds of the epoch."""

    schema: str
    table: str
    reloaded: bool = False
    state: TableState = "Before load"
    rows: int = 0
    refused: int = 0
    errors: int = 0
    bytes_read: int = 0
    bytes_total: int = 0
    started: float | None = None
    ended: float | None = None
    updated: float | None = None

    def begin(self, bytes_total: int) -> None:
        """The first file is about to be read."""
        self.bytes_total = bytes_total
        self.started = self.updated = time.time()
        self.state = "Full load"

    def end(self, state: TableState) -> None:
        """No more rows will come."""
        self.state = state
        self.ended = self.updated = time.time()
        if self.started is None:
            self.started = self.ended

    def touch(self) -> None:
        """The counts have changed."""
        self.updated = time.time()

    @property
    def fraction(self) -> float:
        """How much of the table's files is done, 0 to 1."""
        if self.ended is not None:
            return 1.0
        return self.bytes_read / self.bytes_total if self.bytes_total else 0.0
