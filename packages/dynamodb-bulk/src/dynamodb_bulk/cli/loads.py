"""`bulk status` and `bulk logs`: show the loads of a stack, and what AWS logged of them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from time import sleep
from typing import Annotated

from cyclopts import Parameter

from dynamodb_bulk.cli.console import Console
from dynamodb_bulk.cli.load_tables import export_table, print_loads
from dynamodb_bulk.cli.looks import Looks
from dynamodb_bulk.cli.parameters import Json, Stack
from dynamodb_bulk.cli.watch import named_loads, verified_status
from dynamodb_bulk.export.record import ExportStatus, export_status
from dynamodb_bulk.export.schedule_status import ScheduledStatus, schedule_status
from dynamodb_bulk.loads.by_arn import kind_of
from dynamodb_bulk.loads.log import LogLine, LogReader
from dynamodb_bulk.loads.registry import load_status, loader_of
from dynamodb_bulk.loads.scheduled_runs import RunStatus, runs_status
from dynamodb_bulk.loads.stack_loads import StackLoads, read_stack_loads
from dynamodb_bulk.loads.status import LoadStatus

_LOOK_SECONDS = 3


def status(
    *loads: Annotated[
        str, Parameter(help="Only these: loads, exports, the Glue job, or ARNs, which need no stack.")
    ],
    stack: Stack = None,
    as_json: Json = False,
) -> int:
    """Show every load and export of a stack: rows, items, rejected rows, verdict.

    Of a load at work also its rate, the time left and how that is known, its tables and the last message
    that AWS logged. The ARN of an import, a bulk put, a DMS task, an export or a Glue job shows what AWS says
    of it. One that cannot be asked about does not hide the others. Exit code 1: something is not good, or not
    known.
    """
    looks = Looks()
    if loads:
        rows = looks.at(
            named_loads(loads, stack),
            lambda one: [one.look()],
            lambda one: LoadStatus(load=one.name, method="-", table="", rows_in_files=None),
        )
        looks.insist()
        if as_json:
            Console().print_json(json.dumps([row.as_json() for row in rows]))
        else:
            print_loads(rows)
        return looks.code(rows)
    found = read_stack_loads(stack)
    rows = looks.at(
        found.loads,
        lambda load: [verified_status(load, found.aws)],
        lambda load: LoadStatus(load=load.name, method=load.method, table=load.table, rows_in_files=None),
    )
    exports = looks.at(
        found.exports,
        lambda one: [export_status(one, found.aws)],
        lambda one: ExportStatus(
            export=one.name, table=one.order.table, type=one.order.type, format=one.order.format
        ),
    )
    scheduled = looks.at(
        found.schedules,
        lambda one: schedule_status(one, found.exports, found.aws),
        lambda one: ScheduledStatus(
            export=one.name, table=one.table, type="scheduled", format="-", place=one.place
        ),
    )
    exports += scheduled
    runs = looks.at(
        found.scheduled,
        lambda one: [runs_status(one, found.aws)],
        lambda one: RunStatus(runs=one.project, verdict="", detail="", good=None),
    )
    looks.insist()
    if as_json:
        every = [*(row.as_json() for row in rows), *map(asdict, (*exports, *runs))]
        Console().print_json(json.dumps(every))
    else:
        print_loads(rows)
        if exports:
            Console().print()
            Console().print(export_table(exports))
            lines = [f"{row.export}: {row.place or 'nowhere yet'}" for row in exports]
            lines += [f"{row.export}, {row.type}: {row.detail}" for row in scheduled if row.detail]
            for line in dict.fromkeys(lines):
                Console(highlight=False, soft_wrap=True).print(f"  {line}")
        for run in runs:
            Console().print()
            told = f"{run.verdict}: {run.detail}" if run.detail else run.verdict
            line = f"scheduled runs ({run.runs}): {told}"
            Console(highlight=False, soft_wrap=True).print(line)
    return looks.code((*rows, *exports, *runs))


def logs(
    load: Annotated[str, Parameter(help="A load, the Glue job of the stack, or glue/LOAD.")],
    /,
    *,
    follow: Annotated[bool, Parameter(negative="", help="Go on until the load has a verdict.")] = False,
    stack: Stack = None,
    as_json: Json = False,
) -> int:
    """Print what AWS logged of a load: of a DMS task its log, of an import its errors, of a put its report.

    glue/LOAD is the last run of the Glue job for the load, and the job's name its last run for any. --json
    prints an object per line of the log. Exit code 0, however the load stands.
    """
    read, over = _logged(load, read_stack_loads(stack))
    log = LogReader(read)
    console = Console(highlight=False, soft_wrap=True)
    empty = True
    while True:
        ended = not follow or over()
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


def _logged(
    name: str, stack: StackLoads
) -> tuple[Callable[[datetime | None], Iterator[LogLine]], Callable[[], bool]]:
    """Return what reads the log of the one of that name from a time on, and what says that no more comes."""
    if found := kind_of(name, stack):
        kind, known_as = found
        look = kind.look(known_as, stack)
        return lambda since: kind.log(known_as, stack, since), lambda: look().progress is None
    load, aws = stack.named(name), stack.aws
    loader = loader_of(load)
    return lambda since: loader.log(load, aws, since), lambda: load_status(load, aws).good is not None
