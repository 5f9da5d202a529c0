"""What a name or an ARN stands for: a load of a stack, or one of the kinds that are followed beside loads."""

from functools import cache

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.loads.kind import Kind, Look
from dynamodb_bulk.loads.registry import LOADERS
from dynamodb_bulk.loads.stack_loads import StackLoads
from dynamodb_bulk.loads.status import LoadStatus
from dynamodb_bulk.spec.errors import InputError

_WHICH = "give the ARN of an import, a bulk put, a DMS task, an export or a Glue job"


@cache
def kinds() -> tuple[Kind, ...]:
    """Return the kinds, in the order in which a name is looked for; few commands need them."""
    from dynamodb_bulk.export.kind import Exports
    from dynamodb_bulk.glue.kind import GlueRuns

    return (Exports(), GlueRuns())


def is_arn(text: str) -> bool:
    """Return whether the text is meant as an ARN, which no load can be called."""
    return text.startswith("arn:")


def aws_of_arn(arn: str) -> Aws:
    """Return clients of the Region in the ARN; raise InputError where it has none."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or not parts[3]:
        raise InputError(arn, "is not the ARN of a load", _WHICH)
    return Aws(region=parts[3])


def arn_status(arn: str, aws: Aws) -> LoadStatus:
    """Return what AWS says of what the ARN names; raise InputError where there is nothing like it.

    Nothing is called good, since the files are not known.
    """
    for kind in (*LOADERS.values(), *kinds()):
        if row := kind.arn_status(arn, aws):
            return row
    raise InputError(arn, "is not the ARN of a load", _WHICH)


def look_of(name: str, stack: StackLoads) -> Look | None:
    """Return what looks at the one of that name, `orders` or `export/orders`; None if it is a load.

    Raise InputError with the names there are.
    """
    found = kind_of(name, stack)
    return found and found[0].look(found[1], stack)


def kind_of(name: str, stack: StackLoads) -> tuple[Kind, str] | None:
    """Return the kind of the one of that name, and what the kind calls it; None if it is a load.

    Raise InputError with the names there are.
    """
    if any(load.name == name for load in stack.loads):
        return None
    prefix, slash, rest = name.partition("/")
    for kind in kinds():
        if not slash and name in kind.names(stack):
            return kind, name
        if prefix == kind.name and rest in kind.names(stack):
            return kind, rest
    loads = {load.name for load in stack.loads}
    others = (
        f"{kind.name}/{each}" if each in loads else each for kind in kinds() for each in kind.names(stack)
    )
    there = ", ".join((*sorted(loads), *others)) or "none"
    raise InputError(f"load {name}", "the stack does not have it", f"it has {there}")
