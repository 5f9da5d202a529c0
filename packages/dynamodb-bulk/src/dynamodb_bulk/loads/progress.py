"""How far a load at work has come, how fast, and how long it still takes, and how that is known."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.filesize import decimal

from dynamodb_bulk.spec.text import duration


@dataclass(frozen=True, kw_only=True)
class TableProgress:
    """A table of a load: AWS's word for its state, and the rows that are done."""

    table: str
    state: str
    rows: int
    rejected: int = 0


@dataclass(frozen=True, kw_only=True)
class Progress:
    """A load at work, by AWS's own counts; `state` is AWS's word.

    `rows` are done, of `total_rows` if they were counted; likewise `bytes`, of what is read. None: AWS
    reports none. `seconds` since it began. `log` is the last message that AWS logged.
    """

    state: str
    seconds: float = 0.0
    rows: int | None = None
    total_rows: int | None = None
    bytes: int | None = None
    total_bytes: int | None = None
    tables: tuple[TableProgress, ...] = ()
    log: str = ""

    def rows_per_second(self, before: "Progress | None" = None) -> float | None:
        """Return the rate since an earlier look, or overall; None where it is not known."""
        since_rows, since = (before.rows or 0, before.seconds) if before else (0, 0.0)
        took = self.seconds - since
        return (self.rows - since_rows) / took if self.rows is not None and took >= 1 else None

    @property
    def done(self) -> tuple[float, str] | None:
        """The part that is done, from 0 to 1, and what tells so; None where nothing does."""
        for done, total, told in (
            (self.bytes, self.total_bytes, "bytes"),
            (self.rows, self.total_rows, "rows"),
        ):
            if done is not None and total:
                return min(done / total, 1.0), told
        return None

    @property
    def seconds_left(self) -> float | None:
        """The time left, if it goes on as it did so far."""
        if self.done is None or not self.done[0] or self.seconds < 1:
            return None
        return self.seconds * (1 - self.done[0]) / self.done[0]

    @property
    def left(self) -> str:
        """The time left, and how it is known, for users."""
        if self.seconds_left is None or self.done is None:
            return "time left unknown"
        return f"about {duration(max(self.seconds_left, 1))} left, by the {self.done[1]}"

    @property
    def amount(self) -> str:
        """What is done, of what, for users."""
        if self.rows is not None:
            of = "" if self.total_rows is None else f" of {self.total_rows:,}"
            return f"{self.rows:,}{of} rows"
        if self.bytes:
            of = f" of {decimal(self.total_bytes)}" if self.total_bytes else ""
            return f"{decimal(self.bytes)}{of}"
        return (
            "AWS counts at the end" if self.total_rows is None else f"{self.total_rows:,} rows in the files"
        )

    def as_json(self, before: "Progress | None" = None) -> dict[str, Any]:
        """Return plain values, with rates and the time left in seconds."""
        return {
            **asdict(self),
            "rows_per_second": self.rows_per_second(),
            "rows_per_second_now": self.rows_per_second(before) if before else None,
            "seconds_left": self.seconds_left,
            "left_by": self.done[1] if self.done and self.seconds_left is not None else None,
        }

    def line(self, before: "Progress | None" = None) -> str:
        """Return one line for users; `before`: an earlier look."""
        percent = f" {self.done[0]:.0%}" if self.done else ""
        now, overall = (self.rows_per_second(before) if before else None), self.rows_per_second()
        rates = [f"{now:,.0f} rows/s now"] if now is not None else []
        rates += [f"{overall:,.0f} overall" if rates else f"{overall:,.0f} rows/s"] if overall else []
        parts = [f"{self.state}{percent}: {self.amount}", *rates, duration(self.seconds)]
        return ", ".join([*parts, self.left])


def table_lines(tables: Sequence[TableProgress]) -> list[str]:
    """Return a line for each table, where there are several."""
    if len(tables) < 2:
        return []
    return [
        f"{one.table}: {one.state}, {one.rows:,} rows{f', {one.rejected:,} rejected' if one.rejected else ''}"
        for one in tables
    ]
