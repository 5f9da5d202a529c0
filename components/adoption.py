"""Adopts what an `up` made that was killed before it could record it.

The engine records a resource when the provider's call has returned. A kill during that call leaves the thing
in AWS and in no state, and AWS refuses to make it a second time: every later `up` would fail. So before a
resource is registered whose name the state does not have, the program looks whether AWS has that name. If it
is this stack's, it is imported (`import_`); the engine ignores that for what is in the state already.

An import fails where the program says other than what the provider reads, and some arguments no provider
reads. So all arguments but the names and keys are taken as they are found (`ignore_changes`), this once; what
differs is an ordinary change of the next `up`. What exports and expiry need of a table is set before.

The engine tells what is in the state, from its own backend and in one call: a stack that was deployed asks
AWS nothing, and one that was not asks once for each kind of thing.
https://www.pulumi.com/docs/iac/concepts/resources/options/import/
"""

import re
from collections.abc import Mapping
from typing import Any

import pulumi

from components.recorded_state import Recorded
from components.reporting import paced
from components.stack import Stack
from dynamodb_bulk.adoption.decision import Orphan, Orphans
from dynamodb_bulk.adoption.kinds import KINDS, Kind
from dynamodb_bulk.aws.account_roles import ACCOUNT_ROLES
from dynamodb_bulk.spec.errors import InputError

_KEYS = ("hash_key", "range_key")  # another one of these would replace the table
_BY_COMPONENT = {role.name for role in ACCOUNT_ROLES}  # DmsRoles knows whose they are


def adopt_orphans(stack: Stack, recorded: Recorded) -> None:
    """From here on, for every resource of the program that is not `recorded`.

    Raise InputError, when one is registered, if AWS has its name for something that is not this stack's.
    """
    orphans = Orphans(stack.client, (stack.project, stack.stack))

    def adopt(
        args: pulumi.ResourceTransformationArgs,
    ) -> pulumi.ResourceTransformationResult | None:
        kind = KINDS.get(args.type_)
        if kind is None or args.opts.import_ or args.opts.id is not None:
            return None
        name = _physical(kind, args.props)
        if name is None or name in _BY_COMPONENT:
            return None
        if name == _recorded(kind, recorded.get((args.type_, args.name), {})):
            return None
        orphan = orphans.find(kind, name)
        if orphan is None:
            return None
        if orphan.fate == "another's":
            raise _refusal(kind, name, orphan, args)
        return _adopted(kind, name, orphan, args, stack)

    pulumi.runtime.register_stack_transformation(adopt)


def _adopted(
    kind: Kind, name: str, orphan: Orphan, args: pulumi.ResourceTransformationArgs, stack: Stack
) -> pulumi.ResourceTransformationResult | None:
    preview = pulumi.runtime.is_dry_run()
    found = f"{kind.title} {name} is this stack's, but not in its state: "
    pulumi.log.info(found + ("would be " if preview else "") + orphan.fate)
    if orphan.fate == "recreated":
        if not preview:
            kind.delete(stack.client, name)
        return None
    if not preview:
        report = paced(lambda text: pulumi.log.info(f"{kind.title} {name}: {text}", ephemeral=True))
        kind.ready(stack.client, name, args.props, report)
    taken = [
        argument
        for argument, value in args.props.items()
        if value is not None and argument not in (*kind.named, *_KEYS)
    ]
    options = pulumi.ResourceOptions(import_=orphan.id, ignore_changes=taken)
    return pulumi.ResourceTransformationResult(
        props=args.props, opts=pulumi.ResourceOptions.merge(args.opts, options)
    )


def _refusal(kind: Kind, name: str, orphan: Orphan, args: pulumi.ResourceTransformationArgs) -> InputError:
    return InputError(
        f"{kind.title} {name}",
        f"exists, and {orphan.whose}, so this stack does not adopt it",
        f"delete it, or make it the stack's with `pulumi import {args.type_} {args.name} {orphan.id}`",
    )


def _physical(kind: Kind, props: Mapping[str, Any]) -> str | None:
    """Return what AWS is to call it; None if only AWS will know."""
    parts = [part for argument in kind.named if isinstance(part := props.get(argument), str)]
    return "/".join(parts) if len(parts) == len(kind.named) else None


def _recorded(kind: Kind, outputs: Mapping[str, Any]) -> str:
    return "/".join(str(outputs.get(_camel(argument), "")) for argument in kind.named)


def _camel(argument: str) -> str:
    return re.sub(r"_(.)", lambda letter: letter[1].upper(), argument)
