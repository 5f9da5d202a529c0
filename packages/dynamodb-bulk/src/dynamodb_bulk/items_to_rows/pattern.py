"""A pattern of all items that have the same attributes in the same order, learnt from one of them.

It covers a line from its first character to its last, so that a match leaves nothing out.
Texts with escapes do not match, nor do binary elements; such items are read one by one.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

import polars as pl

from dynamodb_bulk.item_files.typed import ENVELOPE
from dynamodb_bulk.items_to_rows.template_tree import Array, Leaf, Map, Node

_TEXT = r'[^"\\\x00-\x1f]*'
_CONTENT = {"S": _TEXT, "N": r"[-+.0-9eE]+", "B": r"[A-Za-z0-9+/=]*"}


class NoPattern(Exception):
    """The item has not the shape, or holds what no pattern covers."""


@dataclass(frozen=True, kw_only=True)
class _Group:
    """A group of the pattern: the leaf, and, of several elements, what stands between two of them."""

    leaf: Leaf
    between: str | None = None


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """The pattern of a line, and what its groups are; `empty` are leaves whose text is empty."""

    text: str
    groups: tuple[_Group, ...]
    empty: tuple[str, ...]

    def read(self, lines: pl.Series) -> pl.DataFrame:
        """Return a column per leaf; for lines that do not match, all are null."""
        found = lines.str.extract_groups(self.text).struct.unnest()
        frame = pl.DataFrame(
            [series.alias(group.leaf.alias) for series, group in zip(found, self.groups, strict=True)]
        )
        cut = [self._elements(group) for group in self.groups if group.between is not None]
        matched = pl.col(self.groups[0].leaf.alias).is_not_null()
        empty = [pl.when(matched).then(pl.lit("")).alias(alias) for alias in self.empty]
        return frame.with_columns(*cut, *empty) if cut or empty else frame

    @staticmethod
    def _elements(group: _Group) -> pl.Expr:
        """Return the elements with the delimiter between them, or null where one of them holds it."""
        delimiter = group.leaf.delimiter or ""
        elements = pl.col(group.leaf.alias).str.split(group.between or "")
        joined = elements.list.join(delimiter)
        cut = joined.str.split(delimiter)
        same = (cut == elements) & ((joined != "") | (elements.list.len() > 1))
        return pl.when(same).then(joined).alias(group.leaf.alias)


def learn(shape: Map, item: dict[str, Any]) -> Pattern:
    """Return the pattern of an item's line; raise NoPattern."""
    learner = _Learner()
    text = learner.members(shape, item)
    whole = rf'\A{re.escape(chr(123))}"{ENVELOPE}":{text}{re.escape(chr(125))}\z'
    if not learner.groups or learner.groups[0].between is not None:
        raise NoPattern
    return Pattern(text=whole, groups=tuple(learner.groups), empty=tuple(learner.empty))


class _Learner:
    def __init__(self) -> None:
        self.groups: list[_Group] = []
        self.empty: list[str] = []

    def members(self, node: Map, members: dict[str, Any]) -> str:
        texts: list[str] = []
        for name, value in members.items():
            if name not in node.members:
                raise NoPattern
            texts.append(
                re.escape(json.dumps(name, ensure_ascii=False)) + ":" + self._value(node.members[name], value)
            )
        return r"\{" + ",".join(texts) + r"\}"

    def _value(self, node: Node, value: dict[str, Any]) -> str:
        [(kind, content)] = value.items()
        wanted = node.kind if isinstance(node, Leaf) else "M" if isinstance(node, Map) else "L"
        if kind != wanted:
            raise NoPattern
        match node:
            case Map():
                inner = self.members(node, content)
            case Array():
                if len(content) != len(node.elements):
                    raise NoPattern
                inner = ",".join(map(self._value, node.elements, content))
                inner = rf"\[{inner}\]"
            case Leaf():
                inner = self._leaf(node, content)
        return rf'\{{"{kind}":{inner}\}}'

    def _leaf(self, leaf: Leaf, content: Any) -> str:
        if leaf.delimiter is not None:
            return self._elements(leaf, content)
        self.groups.append(_Group(leaf=leaf))
        if leaf.kind in ("BOOL", "NULL"):
            return "(true|false)"
        return f'"({_CONTENT[leaf.kind]})"'

    def _elements(self, leaf: Leaf, content: list[Any]) -> str:
        if leaf.of == "B":
            raise NoPattern
        if not content:
            self.empty.append(leaf.alias)
            return r"\[\]"
        before, after = (f'{{"{leaf.of}":"', '"}') if leaf.kind == "L" else ('"', '"')
        between = f"{after},{before}"
        self.groups.append(_Group(leaf=leaf, between=between))
        one = _CONTENT[leaf.of]
        return rf"\[{re.escape(before)}({one}(?:{re.escape(between)}{one})*){re.escape(after)}\]"
