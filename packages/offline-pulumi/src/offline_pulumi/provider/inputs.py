"""Checks the inputs of a resource against the table, and fills in generated names."""

import random
import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from offline_pulumi.provider.model import Argument, Kind, Props, ResourceType, snake
from offline_pulumi.provider.properties import UNKNOWN, Asset

TYPES: Mapping[Kind, tuple[type, ...]] = {
    "string": (str, int, float, bool),
    "number": (int, float, str),
    "boolean": (bool, str),
    "list": (list,),
    "map": (dict,),
    "object": (dict,),
    "objects": (list,),
    "asset": (Asset,),
}
NAME_HEX = 7
"""Digits that Pulumi adds to a generated name. Source: pulumi-terraform-bridge, AutoName."""


def failures(entry: ResourceType, inputs: Props) -> dict[str, str]:
    """Return what is wrong with the inputs of a resource, by property."""
    known = (*entry.arguments, *((REGION,) if entry.regional else ()), *((TAGS,) if entry.tagging else ()))
    found = dict(_failures(entry.type, known, inputs, ""))
    return found or dict(entry.check(inputs))


REGION = Argument(name="region", replaces=True, computed=True)
TAGS = Argument(name="tags", kind="map")


def _failures(token: str, known: Iterable[Argument], props: Props, path: str) -> Iterable[tuple[str, str]]:
    by_name = {each.name: each for each in known}
    for each in by_name.values():
        if each.required and props.get(each.name) is None:
            yield path + each.name, f"Missing required argument {snake(each.name)!r} of {token}"
    for name, value in props.items():
        each = by_name.get(name)
        if each is None:
            yield (
                path + name,
                f"{token} has no argument {snake(name)!r} in the local replacement for pulumi-resource-aws; "
                f"it knows {', '.join(sorted(map(snake, by_name)))}",
            )
        elif value != UNKNOWN and (
            (isinstance(value, bool) and each.kind == "number") or not isinstance(value, TYPES[each.kind])
        ):
            yield (
                path + name,
                f"{snake(name)!r} of {token} must be of type {each.kind}, not {type(value).__name__}",
            )
        elif each.kind == "object" and value != UNKNOWN:
            yield from _failures(token, each.fields, cast("Props", value), f"{path}{name}.")
        elif each.kind == "objects" and value != UNKNOWN:
            for place, one in enumerate(cast("list[Any]", value)):
                if isinstance(one, dict):
                    yield from _failures(token, each.fields, cast("Props", one), f"{path}{name}[{place}].")


def named(entry: ResourceType, inputs: Props, old: Props, name: str, seed: bytes) -> Props:
    """The inputs with the resource's physical name: given, kept, or generated as `<name>-<7 hex digits>`."""
    if not entry.autoname or inputs.get(entry.autoname) is not None:
        return inputs
    stem = f"{name[: entry.name_limit - NAME_HEX - 1]}-"
    kept = old.get(entry.autoname)
    if isinstance(kept, str) and re.fullmatch(re.escape(stem) + f"[0-9a-f]{{{NAME_HEX}}}", kept):
        return inputs | {entry.autoname: kept}
    digits = "".join(random.Random(seed or None).choices("0123456789abcdef", k=NAME_HEX))  # noqa: S311
    return inputs | {entry.autoname: stem + digits}


def generated(physical: Any, name: str) -> bool:
    """Return whether a physical name looks like one generated for the resource called `name`."""
    found = re.fullmatch(f"(.+)-[0-9a-f]{{{NAME_HEX}}}", str(physical))
    return found is not None and name.startswith(found[1])


def normalised(entry: ResourceType, inputs: Props) -> Props:
    """Return the inputs with numbers and booleans that were given as texts in their own types."""
    return {name: _typed(entry.named(name), value) for name, value in inputs.items()}


def _typed(each: Argument | None, value: Any) -> Any:
    if each is None or value == UNKNOWN:
        return value
    if each.kind == "boolean" and isinstance(value, str):
        return value.lower() == "true"
    if each.kind == "number" and isinstance(value, str):
        return int(value) if value.lstrip("-").isdecimal() else value
    if each.kind == "string" and isinstance(value, bool):
        return str(value).lower()
    if each.kind == "string" and isinstance(value, int | float):
        return str(value)
    return value
