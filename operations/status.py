"""How the loads of a stack stand."""

from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from operations.aws import Aws
from operations.dms_run import progress
from operations.dms_task import SETTLING, describe_task
from operations.load import DmsLoad, TaskState
from operations.run_record import RunRecord, read_record
from operations.verdict import judge


@dataclass(frozen=True, kw_only=True)
class LoadStatus:
    """One row of the table; `good` is None while there is no verdict yet."""

    load: str
    method: str
    table: str
    rows_in_files: int
    items_written: int
    condition_failed: int
    rejected: int
    seconds: float
    good: bool | None
    verdict: str

    def as_json(self) -> dict[str, Any]:
        """The row with its field names."""
        return asdict(self)


def load_status(load: DmsLoad, aws: Aws) -> LoadStatus:
    """The load now: its last run's rows, what DMS counted, and the verdict."""
    task, record = describe_task(load, aws), read_record(load, aws)
    good, verdict = _verdict(task, record)
    return LoadStatus(
        load=load.name,
        method="dms",
        table=load.table,
        rows_in_files=record.rows_in_files if record else 0,
        items_written=task.loaded,
        condition_failed=task.condition_failed,
        rejected=task.errors,
        seconds=round(task.seconds, 1),
        good=good,
        verdict=verdict,
    )


def _verdict(task: TaskState, record: RunRecord | None) -> tuple[bool | None, str]:
    if record is None or not task.has_run:
        return None, "not started"
    if task.status in (*SETTLING, "running"):
        return None, progress(task, record.rows_in_files)
    verdict = judge(task, record.rows_in_files)
    return verdict.good, "good" if verdict.good else "; ".join(verdict.reasons)


def status_table(rows: list[LoadStatus]) -> Table:
    """The rows as people read them."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("load", "method"):
        table.add_column(heading)
    for heading in ("rows in files", "items written", "refused", "rejected", "seconds"):
        table.add_column(heading, justify="right")
    table.add_column("verdict", overflow="fold")
    for row in rows:
        colour = {True: "green", False: "red", None: "yellow"}[row.good]
        table.add_row(
            row.load,
            row.method,
            f"{row.rows_in_files:,}",
            f"{row.items_written:,}",
            f"{row.condition_failed:,}",
            f"{row.rejected:,}",
            f"{row.seconds:,.1f}",
            f"[{colour}]{row.verdict}[/]",
        )
    return table
