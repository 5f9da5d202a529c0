"""`bulk status`, `watch` and `logs`: show and follow the loads of a stack."""

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, replace
from time import sleep
from typing import Annotated, TypeVar

from cyclopts import Parameter
from rich.table import Table

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.cli.console import Console, as_text
from dynamodb_bulk.export.record import ExportStatus, export_status
from dynamodb_bulk.export.schedule_status import schedule_status
from dynamodb_bulk.loads.end_event import announced_end
from dynamodb_bulk.loads.load import DescribedLoad
from dynamodb_bulk.loads.log import LogReader
from dynamodb_bulk.loads.registry import load_status, loader_of
from dynamodb_bulk.loads.scheduled_runs import runs_status
from dynamodb_bulk.loads.stack_loads import read_stack_loads
from dynamodb_bulk.loads.status import LoadStatus
from dynamodb_bulk.spec.errors import LoadFailed
from dynamodb_bulk.spec.text import duration, number_of
from dynamodb_bulk.verify.step import VerifyRecord

Stack = Annotated[str | None, Parameter(help="The stack; default: the selected one.")]
LoadName = Annotated[str, Parameter(help="A load of the stack, by the name of its dataset.")]
_LOOK_SECONDS = 3
Row = TypeVar("Row", LoadStatus, ExportStatus)
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]


def status(*, stack: Stack = None, as_json: Json = False) -> int:
    """Show every load and export of a stack: rows, items, rejected rows, verdict."""
    found = read_stack_loads(stack)
    rows = [_verified(load_status(load, found.aws), load, found.aws) for load in found.loads]
    exports = [export_status(export, found.aws) for export in found.exports]
    scheduled = [row for one in found.schedules for row in schedule_status(one, found.exports, found.aws)]
    exports += scheduled
    runs = [runs_status(one, found.aws) for one in found.scheduled]
    if as_json:
        Console().print_json(json.dumps([asdict(row) for row in (*rows, *exports, *runs)]))
    else:
        print_loads(rows)
        if exports:
            Console().print()
            Console().print(export_table(exports))
            lines = [f"{row.export}: {row.place or 'nowhere yet'}" for row in exports]
            lines += [f"{row.export}, {row.type}: {row.detail}" for row in scheduled]
            for line in dict.fromkeys(lines):
                Console(highlight=False, soft_wrap=True).print(f"  {line}")
        for run in runs:
            Console().print()
            line = f"scheduled runs ({run.runs}): {run.verdict}: {run.detail}"
            Console(highlight=False, soft_wrap=True).print(line)
    return 0 if all(row.good is not False for row in (*rows, *exports, *runs)) else 1


def _verified(row: LoadStatus, load: DescribedLoad, aws: Aws) -> LoadStatus:
    """Return the row with the result of the verification, if the load is good."""
    record = VerifyRecord.read(load.records_bucket, load.name, aws)
    if record is None or not row.good:
        return row
    verdict = "good, verified" if record.verdict == "good" else f"verified: {record.verdict}"
    return replace(row, good=record.good, verdict=verdict)


def watch(load: LoadName, /, *, stack: Stack = None, as_json: Json = False) -> int:
    """Follow a load to its end, then show its verdict."""
    found = read_stack_loads(stack)
    watched = found.named(load)
    end = announced(watched, found.aws)
    with Console(stderr=True).status(f"load {load}") as line, suppress(LoadFailed), end:  # the row says why
        loader_of(watched).resume(watched, found.aws, line.update)
    row = load_status(watched, found.aws)
    if as_json:
        Console().print_json(json.dumps(asdict(row)))
    else:
        print_loads([row])
    return 0 if row.good else 1


def announced(load: DescribedLoad, aws: Aws) -> AbstractContextManager[None]:
    """Return the context in which a command runs or follows a load: a verdict that it gives is announced."""

    def warn(text: str) -> None:
        Console(stderr=True, highlight=False, soft_wrap=True).print(text, style="yellow")

    return announced_end(load.name, load.announced_as, load.records_bucket, aws, warn, follows=True)


def logs(
    load: LoadName,
    /,
    *,
    follow: Annotated[bool, Parameter(negative="", help="Go on until the load has a verdict.")] = False,
    stack: Stack = None,
    as_json: Json = False,
) -> int:
    """Print what AWS logged of a load: of a DMS task its log, of an import its errors, of a put its report.

    --json prints an object per line of the log. Exit code 0, however the load stands.
    """
    found = read_stack_loads(stack)
    logged = found.named(load)
    loader = loader_of(logged)
    log = LogReader(lambda since: loader.log(logged, found.aws, since))
    console = Console(highlight=False, soft_wrap=True)
    empty = True
    while True:
        ended = not follow or load_status(logged, found.aws).good is not None
        for line in log.new():
            empty = False
            time = line.time and line.time.isoformat()
            console.print(json.dumps({"time": time, "text": line.text}) if as_json else line.shown)
        if ended:
            break
        sleep(_LOOK_SECONDS)
    if empty and not as_json:
        Console(stderr=True).print(f"load {load}: AWS logged nothing")
    return 0


def print_loads(rows: Sequence[LoadStatus]) -> None:
    """Print the table of the rows, and below it verdicts that are too long for it, and tolerated rows."""
    Console().print(status_table(rows))
    below = Console(highlight=False, soft_wrap=True)
    for row in rows:
        if row.verdict != _brief(row):
            below.print(f"  {row.load}: {row.verdict}")
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
    return "not good" if row.good is False else row.verdict.partition(": ")[0]
