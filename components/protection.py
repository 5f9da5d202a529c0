"""Stop a plain `pulumi destroy` of a production stack, and say how to release the tables.

The engine's own protection would delete all else before it comes to the tables, and its advice for them
(`pulumi state unprotect`) leaves DynamoDB's deletion protection in place.
"""

from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi import dynamic

from components.reporting import reported
from dynamodb_bulk.spec.errors import InputError

RELEASE = (
    "this stack is in production, and its tables are protected. To close it and keep "
    "them: set bulk:window to closed and run `pulumi up`. To destroy them too: set bulk:window to closed and "
    "bulk:environment to staging, run `pulumi up`, then `pulumi destroy`. See docs/teardown.md"
)


class ProtectionProvider(dynamic.ResourceProvider):
    """Refuses the deletion while it is on."""

    serialize_as_secret_always = False  # the state names this class, and holds nothing of it

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        """Keep whether it is on."""
        return dynamic.CreateResult(id_="protection", outs=props)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.DiffResult:
        """Never replaced: that would delete it."""
        return dynamic.DiffResult(changes=_olds != _news)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.UpdateResult:
        """Keep whether it is on."""
        return dynamic.UpdateResult(outs=_news)

    @reported
    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Say how it is taken off, or let go."""
        if _props["on"]:
            raise InputError("nothing was destroyed", RELEASE)


class Protection(dynamic.Resource, module="bulk", name="Protection"):
    """Goes before all that it stands `before`."""

    def __init__(self, name: str, *, on: bool, before: Sequence[pulumi.Resource]) -> None:
        super().__init__(
            ProtectionProvider(), name, {"on": on}, pulumi.ResourceOptions(depends_on=list(before))
        )
