"""Work to do when something leaves a stack: the counterpart of a step, which does its work when it comes.

A resource with a delete of its own, since plain `pulumi destroy` refuses a stack with delete hooks.
https://www.pulumi.com/docs/iac/concepts/resources/dynamic-providers/
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi import dynamic

from components.reporting import reported

if TYPE_CHECKING:  # each preview starts a process that imports this file, and has no use for the AWS SDKs
    from components.stack import Stack
    from dynamodb_bulk.cleanup.removals import Kind


@dataclass(frozen=True, kw_only=True)
class OnDestroyArgs:
    """`kind` names the work, which gets the resolved `arguments`; other ones are other work.

    It gets what it says `also`, too, which may change without the work being done.
    """

    stack: "Stack"
    kind: "Kind"
    arguments: Mapping[str, pulumi.Input[Any]]
    also: Mapping[str, Any] = field(default_factory=dict[str, Any])


class RemovalProvider(dynamic.ResourceProvider):
    """Creates nothing; with other arguments, the old ones' work is done before anything else."""

    serialize_as_secret_always = False  # the state names this class, and holds nothing of it

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        """Keep the arguments for the day."""
        return dynamic.CreateResult(id_=props["kind"], outs=props)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.DiffResult:
        """Other work replaces; anything else, a new version of this class too, is only noted."""
        replaces = [name for name in ("kind", "arguments") if _olds.get(name) != _news.get(name)]
        return dynamic.DiffResult(changes=_olds != _news, replaces=replaces, delete_before_replace=True)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.UpdateResult:
        """Keep what is newest."""
        return dynamic.UpdateResult(outs=_news)

    @reported
    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Do the work."""
        from dynamodb_bulk.cleanup.removals import remove  # a preview starts this provider too

        remove(_props["kind"], {**_props["arguments"], **_props["also"]}, _props["account"])


class OnDestroy(dynamic.Resource, module="bulk", name="Removal"):
    """Does its work when it is deleted: after what depends on it, before what it depends on."""

    def __init__(self, name: str, args: OnDestroyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        account = {**args.stack.client.recorded, "local": args.stack.local}
        properties = {
            "kind": args.kind,
            "arguments": dict(args.arguments),
            "also": dict(args.also),
            "account": account,
        }
        super().__init__(RemovalProvider(), name, properties, opts)
