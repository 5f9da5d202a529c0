"""`bulk leftovers`: list and delete what AWS keeps in the account and Region after a destroy."""

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from botocore.exceptions import BotoCoreError, ClientError
from cyclopts import Parameter
from rich.markup import escape

from dynamodb_bulk.aws import NO_REGION, Aws, aws_in, is_denied
from dynamodb_bulk.aws.refusals import is_gone
from dynamodb_bulk.cleanup.buckets import abandoned_uploads, untagged_buckets
from dynamodb_bulk.cleanup.conversions import conversion_leftovers
from dynamodb_bulk.cleanup.dms import account_roles, dms_leftovers
from dynamodb_bulk.cleanup.imports import import_leftovers
from dynamodb_bulk.cleanup.leftover import Leftover
from dynamodb_bulk.cleanup.stacks import Stacks, read_stacks
from dynamodb_bulk.cleanup.tagged import TaggedResources, tagged_leftovers
from dynamodb_bulk.cli.console import Console
from dynamodb_bulk.spec.errors import InputError, LoadFailed


def leftovers(
    *,
    region: Annotated[str | None, Parameter(help="The Region; default: AWS_REGION.")] = None,
    delete: Annotated[
        bool, Parameter(negative="", help="Delete what nothing uses any more, after a prompt.")
    ] = False,
    yes: Annotated[bool, Parameter(negative="", help="Delete without a prompt.")] = False,
    stack: Annotated[
        tuple[str, ...],
        Parameter(help="Include the leftovers of this stack, which the backend does not know."),
    ] = (),
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")] = False,
) -> int:
    """List what AWS keeps after a destroy, and delete what nothing uses any more.

    Exit code 0: nothing is left that could be deleted; 1: something is; 2: some kinds could not be listed.
    """
    aws = aws_in(region)
    if aws is None:
        raise NO_REGION
    stacks = read_stacks()
    found, denied = find_leftovers(aws, stacks, stack)
    removable = [one for one in found if one.removable]
    outcome: dict[int, str] = {}
    freed: list[Leftover] = []
    if not as_json:
        _print(found, delete=delete, whole=not denied)
    _warn(denied, judged=stacks is not None)
    if delete and removable:
        if not yes:
            _ask(len(removable))
        for one in removable:
            outcome[id(one)] = remove(one)
            if not as_json:
                error = outcome[id(one)]
                result = f"[red]not deleted[/]: {escape(error)}" if error else "deleted"
                Console(soft_wrap=True, markup=True).print(f"  {_named(one)}: {result}", highlight=False)
        named = {(one.kind, one.name) for one in removable}
        again, _ = find_leftovers(aws, stacks, stack)
        freed = [one for one in again if one.removable and (one.kind, one.name) not in named]
    if as_json:
        Console().print_json(json.dumps([_json(one, outcome) for one in (*found, *freed)]))
    left = [one for one in removable if outcome.get(id(one), "not asked for")]
    if delete and left and not as_json:
        Console().print("Run `bulk leftovers --delete` again to delete the rest.")
    if freed and not as_json:
        _print(freed, delete=False, whole=True)
    return 1 if left or freed else 2 if denied else 0


def find_leftovers(
    aws: Aws, stacks: Stacks | None, named: Sequence[str] = ()
) -> tuple[list[Leftover], list[str]]:
    """Return the leftovers in the order in which they can be deleted, and AWS's refusals to list some.

    Raise InputError if a named stack has resources.
    """
    for stack in named:
        if stacks is None:
            raise InputError(
                f"--stack {stack}", "needs a folder with a Pulumi.yaml, and pulumi on PATH and logged in"
            )
        if stacks.fate(stack) == "lives":
            raise InputError(
                f"--stack {stack}",
                "this stack has resources",
                f"run `pulumi destroy --stack {stack}` first",
            )
    ours: list[Iterator[Leftover]] = []
    if stacks:
        resources = TaggedResources(aws, stacks.project)
        ours = [
            abandoned_uploads(resources),
            *tagged_leftovers(resources, stacks, named),
            untagged_buckets(aws, stacks, named),
            conversion_leftovers(aws, stacks, named),
        ]
    found: list[Leftover] = []
    denied: list[str] = []
    for places in (account_roles(aws), *ours, dms_leftovers(aws), import_leftovers(aws)):
        try:
            found.extend(places)
        except ClientError as error:
            if not is_denied(error):
                raise
            denied.append(str(error))
    return found, denied


def _ask(count: int) -> None:
    if not sys.stdin.isatty():
        raise InputError("--delete", "cannot prompt without a terminal", "pass --yes")
    try:
        answer = Console().input(f"Delete {count:,} of them? [y/N] ")
    except EOFError:
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        raise InputError("--delete", "nothing was deleted", "answer y, or pass --yes")


def remove(one: Leftover) -> str:
    """Delete it, and return the error, or an empty text."""
    try:
        if one.delete:
            one.delete()
    except ClientError as error:
        return "" if is_gone(error) else str(error)
    except (BotoCoreError, LoadFailed) as error:
        return str(error)
    return ""


def _json(one: Leftover, outcome: dict[int, str]) -> dict[str, Any]:
    if id(one) not in outcome:
        return one.as_json()
    return one.as_json() | {"deleted": not outcome[id(one)], "error": outcome[id(one)] or None}


def _named(one: Leftover) -> str:
    return f"{one.kind} [bold]{escape(one.name)}[/]"


def _print(found: Sequence[Leftover], *, delete: bool, whole: bool) -> None:
    console = Console(highlight=False, soft_wrap=True)
    listed = [one for one in found if not one.of_account]
    if listed:
        console.print("Still there:")
    else:
        console.print("Nothing is left." if whole else "Nothing was found among what could be listed.")
    for one in listed:
        console.print(f"  {_named(one)}: {escape(one.line())}", markup=True)
    if roles := [one.name for one in found if one.of_account]:
        console.print(f"The account keeps {' and '.join(roles)}, which every DMS user needs.")
    removable = sum(one.removable for one in found)
    if removable and not delete:
        console.print(f"`bulk leftovers --delete` deletes {removable:,} of them.")


def _warn(denied: Sequence[str], *, judged: bool) -> None:
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    if not judged:
        console.print(
            "Stacks were not read: run this in the folder of Pulumi.yaml, with pulumi on PATH and logged in.",
            style="yellow",
        )
    for refusal in dict.fromkeys(denied):
        console.print(f"Not listed: {refusal}", style="yellow")
