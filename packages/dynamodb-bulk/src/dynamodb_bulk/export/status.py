"""The status of the exports of a stack, as a table."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from rich.table import Table

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.cli.console import as_text
from dynamodb_bulk.export.record import StackExport, read_export_record
from dynamodb_bulk.spec.text import duration


@dataclass(frozen=True, kw_only=True)
class ExportStatus:
    """One row of the table; `good` is None as long as there is no verdict."""

    export: str
    table: str
    type: str
    format: str
    items: int = 0
    seconds: float = 0.0
    at: str = ""
    place: str = ""
    good: bool | None = None
    verdict: str = "not started"

    def as_json(self) -> dict[str, Any]:
        """Return the row with its field names."""
        return asdict(self)


def export_status(export: StackExport, aws: Aws) -> ExportStatus:
    """Return the export now."""
    order = export.order
    row = ExportStatus(export=export.name, table=order.table, type=order.type, format=order.format)
    record = read_export_record(export.records_bucket, export.name, aws)
    if record is None:
        return row
    return replace(
        row,
        items=record.items,
        seconds=record.seconds,
        at=record.at,
        place=record.url,
        good=record.good,
        verdict=record.verdict,
    )


def export_table(rows: list[ExportStatus]) -> Table:
    """Return the rows as users read them, without their places, which are too long for it."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("export", "type", "format"):
        table.add_column(heading, no_wrap=True)
    for heading in ("items", "time"):
        table.add_column(heading, justify="right")
    table.add_column("verdict", overflow="fold")
    for row in rows:
        colour = {True: "green", False: "red", None: "yellow"}[row.good]
        table.add_row(
            row.export,
            row.type,
            row.format.replace("_", " "),
            f"{row.items:,}",
            "-" if row.good is None and not row.seconds else duration(row.seconds),
            as_text(row.verdict, colour),
        )
    return table
