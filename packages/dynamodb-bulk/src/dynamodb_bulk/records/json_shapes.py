"""Lines of JSON with the same fields in the same order: a pattern learnt from one of them splits them all.

A pattern covers a line from its first character to its last, so that a match is one whole record and has each
name once. Its groups are the tokens of scalars and lists, as they are written.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, cast

import polars as pl

_PLAIN = r'"[^"\\\x00-\x1f]*"'
_ESCAPE = (
    r'\\["\\/bfnrt]|\\u(?:[0-9a-cA-CefEF][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2}'
    r"|[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)
_ESCAPED = rf'"(?:[^"\\\x00-\x1f]|{_ESCAPE})*"'
NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_MOST_TOKENS = 100


class NoShape(Exception):
    """No pattern covers the record."""


@dataclass(frozen=True)
class Token:
    """A scalar, or a list, in a line: the column of a frame that holds its text."""

    column: str
    is_list: bool


Node = Token | dict[str, "Node"]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The members of records, the tokens of their lines, and two patterns: texts without escapes, and any."""

    members: dict[str, Node]
    columns: tuple[str, ...]
    patterns: tuple[str, str]

    def tokens(self, lines: pl.Series, pattern: str) -> pl.DataFrame:
        """Return the tokens of some lines; of one that does not match, all are null."""
        found = lines.str.extract_groups(pattern).struct.unnest()
        found.columns = list(self.columns)
        return found


def learn(record: dict[str, Any]) -> Shape:
    """Return the shape of a record as it was parsed; raise NoShape."""
    columns: list[str] = []
    node, text = _learn(record, columns)
    if not columns or len(columns) > _MOST_TOKENS:
        raise NoShape
    plain, escaped = (rf"\A{text.replace('<text>', one)}[ \t\r]*\z" for one in (_PLAIN, _ESCAPED))
    return Shape(members=cast("dict[str, Node]", node), columns=tuple(columns), patterns=(plain, escaped))


def _learn(value: object, columns: list[str]) -> tuple[Node, str]:
    """Return the node of a value, and the pattern of its text."""
    if isinstance(value, dict):
        nodes: dict[str, Node] = {}
        texts: list[str] = []
        for name, inner in cast("dict[str, object]", value).items():
            nodes[name], text = _learn(inner, columns)
            # `<` is none of a pattern's signs, so that no name is taken for a place of a text.
            quoted = re.escape(json.dumps(name, ensure_ascii=False)).replace("<", r"\x3c")
            texts.append(f"{quoted}: ?{text}")
        return nodes, rf"\{{{', ?'.join(texts)}\}}"
    column = str(len(columns))
    columns.append(column)
    if isinstance(value, list):
        return Token(column, is_list=True), rf"(\[{_elements(3)}\])"
    return Token(column, is_list=False), rf"(<text>|{NUMBER}|true|false|null)"


def _elements(depth: int) -> str:
    """Return the pattern of what is in a list: read by a parser afterwards, so that its ends are enough."""
    inner = rf"|[\[{{]{_elements(depth - 1)}[\]}}]" if depth else ""
    return rf'(?:<text>|[^"\\\[\]{{}}\x00-\x1f]{inner})*'
