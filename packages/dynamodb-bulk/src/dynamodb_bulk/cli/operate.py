"""`bulk start`, `stop`, `resume` and `reload`: do to a load what `pulumi up` does, or end it."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.cli.console import Console, warn
from dynamodb_bulk.cli.load_tables import print_loads
from dynamodb_bulk.cli.parameters import LoadName, Stack
from dynamodb_bulk.cli.watch import announced
from dynamodb_bulk.loads.load import DescribedLoad, Doubtful
from dynamodb_bulk.loads.raised_capacity import put_back
from dynamodb_bulk.loads.registry import load_status, loader_of
from dynamodb_bulk.loads.stack_loads import StackLoads, read_stack_loads
from dynamodb_bulk.rejected.reload import reload_fixed
from dynamodb_bulk.spec.errors import InputError, LoadFailed

Wait = Annotated[bool, Parameter(help="Follow the load to its end; it is judged either way.")]


def start(load: LoadName, /, *, stack: Stack = None, wait: Wait = True) -> int:
    """Start a load, or follow its run that is under way, as `pulumi up` does.

    The dataset and its files must be those of the last `pulumi up`. What was loaded well is not loaded again.
    Exit code 0: the load is good, or has begun and is not waited for; 1: it is not good.
    """
    found = read_stack_loads(stack)
    named = found.named(load)
    run = found.run_of(named)
    return _followed(named, lambda report: run.start(named, found.aws, report, warn=warn, wait=wait))


def resume(load: LoadName, /, *, stack: Stack = None) -> int:
    """Continue the last run of a load where it stopped, follow it to its end, and judge it.

    What was loaded well is not loaded again. Exit code 0: the load is good; 1: it is not.
    """
    found = read_stack_loads(stack)
    named = found.named(load)
    run = found.run_of(named)
    return _followed(named, lambda report: run.resume(named, found.aws, report, warn=warn))


def stop(load: LoadName, /, *, stack: Stack = None) -> int:
    """Stop a load; items already written are kept."""
    found = read_stack_loads(stack)
    named = found.named(load)
    with announced(named, found.aws):
        return _followed(named, lambda report: _stopped(named, found.aws, report))


def reload(
    load: LoadName,
    /,
    *,
    only_rejected: Annotated[
        Path | None, Parameter(help="Load only the fixed rows, as `bulk rejected --out FILE` wrote them.")
    ] = None,
    whole_task: Annotated[
        bool, Parameter(help="Load all loads again that share its DMS task.", negative=())
    ] = False,
    stack: Stack = None,
    wait: Wait = True,
) -> int:
    """Load the same data again, or only the fixed rows of a load.

    With --only-rejected the fixed rows go into the table by writes, and all other items stay. Where nothing
    was loaded, since too many rows do not become items, the other rows are loaded first. A copy of the file
    is kept in the stack's bucket: `bulk verify` compares the table with it, too. DMS loads no single load of
    a task again: one that shares its task takes --whole-task. Exit code 0: the load is good; 1: it is not, or
    rows are still missing.
    """
    found = read_stack_loads(stack)
    named = found.named(load)
    if only_rejected is None:
        if others := loader_of(named).loaded_with(named):
            if not whole_task:
                what = f"DMS loads a task as a whole, and it shares one with {', '.join(others)}"
                remedy = (
                    "add --whole-task to load all of them again, or --only-rejected FILE to load fixed rows"
                )
                raise InputError(f"load {load}", what, remedy)
            return _reloaded_together([named, *map(found.named, others)], found, wait=wait)
        run = found.run_of(named)
        return _followed(named, lambda report: run.repeat(named, found.aws, report, warn=warn, wait=wait))
    end = announced(named, found.aws)
    with Console(stderr=True).status(f"load {load}") as line, end:
        outcome = reload_fixed(named, found, only_rejected, line.update)
    print_loads([load_status(named, found.aws)])
    return 0 if outcome.good else 1


def _reloaded_together(loads: Sequence[DescribedLoad], found: StackLoads, *, wait: bool) -> int:
    """Load them again by one start; one that is not good does not keep the others from being judged.

    The files of all are opened and counted once.
    """
    runs = {load.name: found.run_of(load) for load in loads}
    together = runs[loads[0].name].check(loads[0], found.aws).together
    checks = together.checks if together else {}
    for load in loads:
        runs[load.name].forget(load, found.aws, lambda _: None)
    codes, failures = list[int](), list[str]()
    for load in loads:
        begin = partial(
            runs[load.name].start, load, found.aws, warn=warn, wait=wait, check=checks.get(load.name)
        )
        try:
            codes.append(_followed(load, begin))
        except LoadFailed as error:
            failures.append(str(error))
    if failures:
        raise LoadFailed("\n".join(failures))
    return max(codes)


def _stopped(load: DescribedLoad, aws: Aws, report: Report) -> str:
    done = loader_of(load).stop(load, aws, report)
    capacity = put_back(load.name, load.records_bucket, aws, report)
    return f"{done}; {capacity}" if capacity else done


def _followed(load: DescribedLoad, work: Callable[[Report], str]) -> int:
    """Show the progress of the work, then what became of the load; what is not good is raised."""
    with Console(stderr=True).status(f"load {load.name}") as line:
        done = work(line.update)
    Console(highlight=False, soft_wrap=True).print(f"load {load.name}: {done}")
    return 1 if isinstance(done, Doubtful) else 0
