"""How far a task is: of each table in the words of DMS's statistics, and in its files of changes."""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

TableName = tuple[str, str]
_CHECKPOINT = "checkpoint:V1#"
TableState = Literal[
    "Table does not exist", "Before load", "Full load", "Table completed", "Table cancelled", "Table error"
]


@dataclass(kw_only=True)
class TableProgress:
    """Counts the rows of a table, stored, refused or in error; times are seconds of the epoch.

    `changes` are those that were read for the table, `applied` those of them that it took, by `Operation`.
    """

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
    changes: Counter[str] = field(default_factory=Counter[str])
    applied: Counter[str] = field(default_factory=Counter[str])

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
        if self.ended is not None or self.state == "Table completed":
            return 1.0
        return self.bytes_read / self.bytes_total if self.bytes_total else 0.0


@dataclass(kw_only=True)
class Position:
    """Where a task is in its files of changes, by their keys in the bucket.

    All up to `file` are over, and of the next one each table up to a line. Files written before `since`
    (seconds of the epoch) are left out. `known` are all that were read, or reported as skipped.
    """

    file: str = ""
    since: float = 0.0
    lines: dict[TableName, int] = field(default_factory=dict[TableName, int])
    known: set[str] = field(default_factory=set[str])

    @property
    def checkpoint(self) -> str:
        """What DMS calls RecoveryCheckpoint; its form for an S3 source is not documented."""
        return f"{_CHECKPOINT}{self.file}"

    @classmethod
    def of_checkpoint(cls, text: str) -> "Position | None":
        """Return the position that a checkpoint names, if it is one."""
        return cls(file=text.removeprefix(_CHECKPOINT)) if text.startswith(_CHECKPOINT) else None
