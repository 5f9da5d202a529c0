"""`bulk status` and `bulk logs`: show the loads of a stack, and what AWS logged of them."""

import json
from dataclasses import asdict
from time import sleep
from typing import Annotated

from cyclopts import Parameter

from dynamodb_bulk.cli.console import Console
from dynamodb_bulk.cli.load_tables import export_table, print_loads
from dynamodb_bulk.cli.parameters import Json, LoadName, Stack
from dynamodb_bulk.cli.watch import named_loads, verified_status
from dynamodb_bulk.export.record import export_status
from dynamodb_bulk.export.schedule_status import schedule_status
from dynamodb_bulk.loads.log import LogReader
from dynamodb_bulk.loads.registry import load_status, loader_of
from dynamodb_bulk.loads.scheduled_runs import runs_status
from dynamodb_bulk.loads.stack_loads import read_stack_loads

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
    of it. Exit code 1: something is not good.
    """
    if loads:
        rows = [one.look() for one in named_loads(loads, stack)]
        if as_json:
            Console().print_json(json.dumps([row.as_json() for row in rows]))
        else:
            print_loads(rows)
        return 0 if all(row.good is not False for row in rows) else 1
    found = read_stack_loads(stack)
    rows = [verified_status(load, found.aws) for load in found.loads]
    exports = [export_status(export, found.aws) for export in found.exports]
    scheduled = [row for one in found.schedules for row in schedule_status(one, found.exports, found.aws)]
    exports += scheduled
    runs = [runs_status(one, found.aws) for one in found.scheduled]
    if as_json:
        told = [*(row.as_json() for row in rows), *map(asdict, (*exports, *runs))]
        Console().print_json(json.dumps(told))
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
