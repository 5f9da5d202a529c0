"""The resources that a load of a stack has, or depends on, as a tree."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dynamodb_bulk.loads.stack_loads import StackResource

MOST_SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class Branch:
    """A resource at its place: `depth` from 0, `above` the row of its parent, from 0."""

    resource: StackResource
    depth: int
    above: int | None
    own: bool


def load_tree(resources: Sequence[StackResource], load: str) -> tuple[Branch, ...]:
    """Return what is below the component of the load, `own`, and what all that depends on, in their parents.

    Nothing for a state that has no such component. Providers are left out.
    """
    by_urn = {one.urn: one for one in resources if one.urn and not one.type.startswith("pulumi:providers")}
    own = {one.urn for one in by_urn.values() if one.load == load}
    grown = True
    while grown:
        below = {urn for urn, one in by_urn.items() if one.parent in own} - own
        own |= below
        grown = bool(below)
    needed = {urn for one in own for urn in by_urn[one].depends_on if urn in by_urn}
    shown = {above for urn in own | needed for above in _up(urn, by_urn)}
    return tuple(_branches([one for urn, one in by_urn.items() if urn in shown], own))[:MOST_SHOWN]


def _up(urn: str, by_urn: dict[str, StackResource]) -> Iterator[str]:
    while urn in by_urn:
        yield urn
        urn = by_urn[urn].parent


def _branches(resources: Sequence[StackResource], own: set[str]) -> Iterator[Branch]:
    """Yield each resource below its parent, in the order of their names."""
    urns = {one.urn for one in resources}
    below: dict[str, list[StackResource]] = {}
    for one in sorted(resources, key=lambda one: (one.type, one.name)):
        below.setdefault(one.parent if one.parent in urns else "", []).append(one)
    row = 0
    waiting = [(one, 0, None) for one in reversed(below.get("", []))]
    stack: list[tuple[StackResource, int, int | None]] = list(waiting)
    while stack:
        one, depth, above = stack.pop()
        yield Branch(resource=one, depth=depth, above=above, own=one.urn in own)
        stack += [(each, depth + 1, row) for each in reversed(below.get(one.urn, []))]
        row += 1
