"""Resources as rules see them: known values, values that a preview does not know, dependencies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, Protocol, cast

from pulumi_policy import PolicyResource, PolicyResourceOptions, proxy
from pulumi_policy.proxy import UnknownValueError

from policies.tokens import STACK


class _Unknown:
    def __repr__(self) -> str:
        return "not known before `pulumi up`"


UNKNOWN: Final = _Unknown()
"""A value that is computed from what does not exist yet."""
# What stands for it where the SDK does not raise: in what a remediation is given.
_NOT_KNOWN = frozenset(value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_"))


class Given(Protocol):
    """The common part of the SDK's arguments of resource and stack policies."""

    resource_type: str
    props: Mapping[str, Any]
    urn: str
    name: str
    opts: PolicyResourceOptions


class Resource:
    """One resource of a stack; `unread` collects the properties that a rule asked for and could not know."""

    def __init__(self, given: Given) -> None:
        self.type = given.resource_type
        self.name = given.name
        self.urn = given.urn
        self.options = given.opts
        self.unread: list[str] = []
        self._props = given.props

    def __getitem__(self, path: str) -> Any:
        """Return the value at a dotted path: None if there is none, UNKNOWN if a preview does not know it."""
        value = self.peek(path)
        if value is UNKNOWN:
            self.unread.append(path)
        return value

    def whole(self, path: str) -> Any:
        """Return the value at a path, of which a rule needs to know every part."""
        value = self.peek(path)
        if _has_unknown(value):
            self.unread.append(path)
        return value

    def peek(self, path: str) -> Any:
        """Return the value at a path, for a rule that knows how to decide without it."""
        value: Any = self._props
        for step in path.split("."):
            if value is UNKNOWN or value is None:
                return value
            value = _read(value, int(step) if step.isdecimal() else step)
        return _plain(value)

    @property
    def properties(self) -> Iterable[str]:
        """The names of its properties."""
        return tuple(self._props)

    @cached_property
    def stack(self) -> str:
        """The stack that it belongs to."""
        return self.urn.split(":")[2]

    @cached_property
    def project(self) -> str:
        """The project that it belongs to."""
        return self.urn.split(":")[4]


class Stack:
    """All resources of a stack, and what each of them comes after."""

    def __init__(self, given: Sequence[PolicyResource]) -> None:
        self.resources = {each.urn: Resource(cast("Given", each)) for each in given}
        self._given = {each.urn: each for each in given}
        self._by_type: dict[str, list[Resource]] = defaultdict(list)
        for each in self.resources.values():
            self._by_type[each.type].append(each)
        self._before: dict[str, frozenset[Resource]] = {}

    def of(self, *types: str) -> Iterator[Resource]:
        """Return the resources of these types."""
        return (each for kind in types for each in self._by_type.get(kind, ()))

    def before(self, resource: Resource) -> frozenset[Resource]:
        """Return what is created before a resource, directly or indirectly.

        A component's dependencies are its children's too: they are registered after it.
        """
        if resource.urn not in self._before:
            found: set[str] = set()
            walked, waiting = {resource.urn}, [resource.urn]
            while waiting:
                given = self._given[waiting.pop()]
                direct = {each.urn for each in given.dependencies}
                found |= direct
                onward = (direct | {given.parent.urn} if given.parent else direct) - walked
                walked |= onward
                waiting += onward
            self._before[resource.urn] = frozenset(self.resources[urn] for urn in found)
        return self._before[resource.urn]

    def source(self, resource: Resource, name: str) -> list[Resource]:
        """Return the resources that a property takes its value from."""
        found = self._given[resource.urn].property_dependencies.get(name, [])
        return [self.resources[each.urn] for each in found]

    def parent(self, resource: Resource) -> Resource | None:
        """Return the component that it is part of."""
        parent = self._given[resource.urn].parent
        return self.resources[parent.urn] if parent else None

    def output(self, name: str) -> Any:
        """Return an output of the stack; None if there is none."""
        return next((each.peek(name) for each in self.of(STACK)), None)

    def belongs(self, resource: Resource, bucket: Resource, name: str = "bucket") -> bool:
        """Return whether a property names a bucket: by the bucket's own name, or taken from it."""
        named = resource.peek(name)
        return (named not in (None, UNKNOWN) and named == bucket.peek("bucket")) or bucket in self.source(
            resource, name
        )


def _read(values: Any, place: Any) -> Any:
    try:
        value = values[place]
    except UnknownValueError:
        return UNKNOWN
    except (KeyError, IndexError, TypeError):
        return None
    return UNKNOWN if isinstance(value, str) and value in _NOT_KNOWN else value


def _has_unknown(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_unknown, cast("dict[str, Any]", value).values()))
    if isinstance(value, list):
        return any(map(_has_unknown, cast("list[Any]", value)))
    return value is UNKNOWN


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value)
        return {name: _plain(_read(fields, name)) for name in fields}
    if isinstance(value, Sequence) and not isinstance(value, str):
        items = cast("Sequence[Any]", value)
        return [_plain(_read(items, place)) for place in range(len(items))]
    return value
