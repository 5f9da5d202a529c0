"""Loads and exports as tables and lines, for all commands that show them."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from rich.table import Table

from dynamodb_bulk.cli.console import Console, as_text
from dynamodb_bulk.export.record import ExportStatus
from dynamodb_bulk.loads.progress import Progress, table_lines
from dynamodb_bulk.loads.status import LoadStatus
from dynamodb_bulk.spec.text import duration, number_of

Row = TypeVar("Row", LoadStatus, ExportStatus)


def progress_lines(row: LoadStatus, progress: Progress, before: Progress | None = None) -> list[str]:
    """Return lines on a load at work: how far it is, its tables, the last message that AWS logged."""
    log = [f"log: {progress.log}"] if progress.log else []
    return [f"{row.load}: {one}" for one in (progress.line(before), *table_lines(progress.tables), *log)]


def print_loads(rows: Sequence[LoadStatus]) -> None:
    """Print the table of the rows, and below it verdicts that are too long for it, and tolerated rows."""
    Console().print(status_table(rows))
    below = Console(highlight=False, soft_wrap=True)
    for row in rows:
        if row.progress:
            for line in progress_lines(row, row.progress):
                below.print(f"  {line}")
        if more := _more(row):
            below.print(f"  {row.load}: {more}")
        if row.good and row.rejected:
            count = number_of(row.rejected, "row")
            below.print(f"  {row.load}: {count} rejected and tolerated; list them: bulk rejected {row.load}")


def status_table(rows: Sequence[LoadStatus]) -> Table:
    """Return the rows as people read them, without the reasons of a verdict."""
    return _table(
        ("load", "method"),
        ("rows", "written", "condition\nfailed", "rejected", "time"),
        rows,
        lambda row: (
            row.load,
            row.method.replace("_", " "),
            "-" if row.rows_in_files is None else f"{row.rows_in_files:,}",
            f"{row.items_written:,}",
            f"{row.condition_failed:,}",
            f"{row.rejected:,}",
            _time(row),
            _brief(row),
        ),
    )


def export_table(rows: Sequence[ExportStatus]) -> Table:
    """Return the rows as users read them, without their places, which are too long for it."""
    return _table(
        ("export", "type", "format"),
        ("items", "time"),
        rows,
        lambda row: (
            row.export,
            row.type,
            row.format.replace("_", " "),
            f"{row.items:,}",
            _time(row),
            row.verdict,
        ),
    )


def _table(
    names: Sequence[str], numbers: Sequence[str], rows: Sequence[Row], cells: Callable[[Row], Sequence[str]]
) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in names:
        table.add_column(heading, no_wrap=True)
    for heading in numbers:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict", overflow="fold")
    for row in rows:
        colour = {True: "green", False: "red", None: "yellow"}[row.good]
        *others, verdict = cells(row)
        table.add_row(*others, as_text(verdict, colour))
    return table


def _time(row: LoadStatus | ExportStatus) -> str:
    return "-" if row.good is None and not row.seconds else duration(row.seconds)


def _brief(row: LoadStatus) -> str:
    if row.progress:
        return "at work"  # AWS's word for it is in the lines below the table
    return "not good" if row.good is False else row.verdict.partition(": ")[0]


def _more(row: LoadStatus) -> str:
    """Return what the table and the lines on the progress do not say of the verdict."""
    if row.progress:
        return row.verdict.partition("; ")[2]
    return "" if row.verdict == _brief(row) else row.verdict
