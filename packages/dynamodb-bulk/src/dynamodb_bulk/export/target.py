"""Resolve the name given to `bulk export`: a load or an export of the stack, or a table."""

from dataclasses import dataclass
from pathlib import Path

from dynamodb_bulk.aws import NO_REGION, Aws, aws_in
from dynamodb_bulk.export.export_chain import Chain
from dynamodb_bulk.export.scheduled import newest_chain, scheduled_places
from dynamodb_bulk.loads.stack_loads import StackLoads, read_stack_loads
from dynamodb_bulk.spec.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Target:
    """The named table, and what the stack knows about it."""

    table: str
    aws: Aws
    bucket: str | None = None
    prefix: str = ""
    dataset: Path | None = None


def target_of(
    name: str, stack: str | None, region: str | None, bucket: str | None, *, needs_bucket: bool = True
) -> Target:
    """Return the table; raise InputError if neither the stack nor the options identify it.

    Not `needs_bucket`: a table that belongs to no stack is enough.
    """
    try:
        known: StackLoads | None = read_stack_loads(stack)
    except InputError:
        if stack or (needs_bucket and not bucket):
            raise
        known = None
    if known and (found := _of_stack(name, known)):
        return found
    aws = aws_in(region) or (known.aws if known else None)
    if aws is None:
        raise NO_REGION
    if needs_bucket and bucket is None:
        names = ", ".join(load.name for load in known.loads) if known else ""
        raise InputError(
            f"table {name}", f"no load of the stack, which has {names or 'none'}", "name a --bucket as well"
        )
    return Target(table=name, aws=aws, prefix=f"exports/{name}/")


def scheduled_chain(name: str, stack: str | None) -> tuple[Target, Chain]:
    """Return the exports of a schedule that form a complete chain; raise InputError."""
    known = read_stack_loads(stack)
    table = next((load.table for load in known.loads if load.name == name), name)
    found = [one for one in known.schedules if one.name == name] or [
        one for one in known.schedules if one.table == table
    ]
    if len(found) != 1:
        names = ", ".join(one.name for one in known.schedules) or "none"
        what = f"{len(found)} schedules of its table" if found else "no schedule exports it"
        raise InputError(f"export {name}", what, f"the stack's exports with a schedule: {names}")
    (schedule,) = found
    dataset = next((load.dataset for load in known.loads if load.table == schedule.table), None)
    target = Target(table=schedule.table, aws=known.aws, dataset=dataset)
    places = scheduled_places(schedule, known.exports, known.aws)
    command = f"bulk export {schedule.name} --prefix {schedule.prefix}"
    return target, newest_chain(places, schedule.place, command)


def _of_stack(name: str, known: StackLoads) -> Target | None:
    for load in known.loads:
        if name in (load.name, load.table):
            return Target(
                table=load.table,
                aws=known.aws,
                bucket=load.records_bucket,
                prefix=f"exports/{load.name}/",
                dataset=load.dataset,
            )
    for export in known.exports:
        if name in (export.name, export.order.table):
            return Target(
                table=export.order.table,
                aws=known.aws,
                bucket=export.records_bucket,
                prefix=f"exports/{export.name}/",
            )
    return None
