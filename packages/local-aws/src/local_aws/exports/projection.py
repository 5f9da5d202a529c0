"""A projection expression: which attributes, and which parts of documents, are kept of an item.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html
"""

import re
from collections.abc import Mapping
from typing import Any

Step = str | int
"""A name in a map, or a place in a list."""
_STEP = re.compile(r"\s*(?:\.?\s*(#?[A-Za-z0-9_-]+)|\[(\d+)\])\s*")


class Projection:
    """The paths of an expression; raise ValueError if it has none, or one is part of another."""

    def __init__(self, text: str, names: Mapping[str, str]) -> None:
        paths = [_path(part, names) for part in text.split(",")]
        for place, path in enumerate(paths):
            for other in paths[:place]:
                shorter = min(len(path), len(other))
                if path[:shorter] == other[:shorter]:
                    raise ValueError(f"Two document paths overlap with each other: {text.strip()}")
        self._tree: dict[Step, Any] = {}
        for path in paths:
            inside = self._tree
            for step in path:
                inside = inside.setdefault(step, {})

    def of(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is kept of an item in DynamoDB JSON."""
        return _members(item, self._tree)


def _path(text: str, names: Mapping[str, str]) -> list[Step]:
    steps: list[Step] = []
    end = 0
    while found := _STEP.match(text, end):
        name, place = found.groups()
        steps.append(int(place) if name is None else names.get(name, name))
        end = found.end()
    if end != len(text) or not steps or isinstance(steps[0], int):
        raise ValueError(f"Syntax error; token: {text[end:].strip() or text.strip() or '<EOF>'}")
    return steps


def _members(members: Mapping[str, Any], tree: Mapping[Step, Any]) -> dict[str, Any]:
    named = {str(name): inside for name, inside in tree.items()}
    found = {name: _kept(members[name], inside) for name, inside in named.items() if name in members}
    return {name: value for name, value in found.items() if value is not None}


def _kept(value: dict[str, Any], tree: Mapping[Step, Any]) -> dict[str, Any] | None:
    """Return what is kept of a value; None if nothing of it is named."""
    if not tree:
        return value
    [(kind, content)] = value.items()
    if kind == "M" and (inner := _members(content, tree)):
        return {"M": inner}
    if kind == "L":
        places = sorted(step for step in tree if isinstance(step, int) and step < len(content))
        kept = [each for place in places if (each := _kept(content[place], tree[place])) is not None]
        return {"L": kept} if kept else None
    return None
