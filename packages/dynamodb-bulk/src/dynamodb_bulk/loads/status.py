"""The status of the loads of a stack, as a table."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from rich.table import Table

from dynamodb_bulk.cli.console import as_text
from dynamodb_bulk.loads.run_record import Outcome


@dataclass(frozen=True, kw_only=True)
class LoadStatus:
    """One row of the table; `good` is None while there is no verdict yet.

    `rows_in_files` is None if the files were not counted here.
    """

    load: str
    method: str
    table: str
    rows_in_files: int | None = 0
    items_written: int = 0
    condition_failed: int = 0
    rejected: int = 0
    seconds: float = 0.0
    good: bool | None = None
    verdict: str = "not started"

    def as_json(self) -> dict[str, Any]:
        """Return the row with its field names."""
        return asdict(self)


def recorded(row: LoadStatus, rows_in_files: int | None, outcome: Outcome) -> LoadStatus:
    """Return the row with how the load ended."""
    return replace(
        row,
        rows_in_files=rows_in_files,
        items_written=outcome.written,
        condition_failed=outcome.refused,
        rejected=outcome.rejected,
        seconds=round(outcome.seconds, 1),
        good=outcome.good,
        verdict=outcome.verdict,
    )


def status_table(rows: list[LoadStatus]) -> Table:
    """Return the rows as users read them."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("load", "method"):
        table.add_column(heading, no_wrap=True)
    for heading in ("rows", "written", "refused", "rejected", "seconds"):
        table.add_column(heading, justify="right")
    table.add_column("verdict", overflow="fold")
    for row in rows:
        colour = {True: "green", False: "red", None: "yellow"}[row.good]
        table.add_row(
            row.load,
            row.method.replace("_", " "),
            "-" if row.rows_in_files is None else f"{row.rows_in_files:,}",
            f"{row.items_written:,}",
            f"{row.condition_failed:,}",
            f"{row.rejected:,}",
            f"{row.seconds:,.1f}",
            as_text(row.verdict, colour),
        )
    return table
