"""Templates of attribute mappings as polars expressions that write DynamoDB JSON.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.DynamoDB.html
"""

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import polars as pl

from dataset.columns import Column
from dataset.elements import ElementKind, base64, split_list, split_set
from dataset.errors import InputError
from dataset.mappings import PLACEHOLDER, placeholders
from dataset.sizes import NESTING
from dataset.values import BOOLEAN, NUMBER, ValueType, hexadecimal


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """A text made by a template that has to be of a type; known to expressions as `alias`."""

    alias: str
    attribute: str
    type: ValueType
    text: pl.Expr


class Templates:
    """Makes expressions over a table's columns, which hold the text of each value."""

    def __init__(self, columns: Iterable[Column], where: str, *, beyond_dms: bool = False) -> None:
        self._columns: Mapping[str, Column] = {column.name: column for column in columns}
        self._where = where
        self._beyond_dms = beyond_dms
        self.leaves: list[Leaf] = []

    def text(self, template: str, attribute: str) -> pl.Expr:
        """The text: null where the template is one placeholder of a NULL, which is then not written.

        What DMS does with a NULL inside of a longer template is not documented; here it is empty text.
        """
        for name in placeholders(template):
            if name not in self._columns:
                remedy = nearest(name, self._columns)
                raise InputError(
                    f"{self._where}: attribute {attribute}", f"there is no column {name!r}", remedy
                )
        pieces = PLACEHOLDER.split(template)
        if len(pieces) == 3 and not pieces[0] and not pieces[2]:
            return pl.col(pieces[1])
        return pl.concat_str(
            pl.col(piece).fill_null("") if index % 2 else pl.lit(piece) for index, piece in enumerate(pieces)
        )

    def document(self, value: object, attribute: str, depth: int = 1) -> pl.Expr:
        """A value in DynamoDB JSON with templates in its leaves, as JSON text; null if it is not written."""
        where = f"{self._where}: attribute {attribute}"
        if not isinstance(value, dict) or len(cast("dict[str, Any]", value)) != 1:
            raise InputError(
                where, f"{json.dumps(value)[:80]} is not DynamoDB JSON", 'write {"S": "…"} or the like'
            )
        [(kind, content)] = cast("dict[str, Any]", value).items()
        if kind in ("M", "L") and depth > NESTING:
            raise InputError(where, f"nested deeper than {NESTING} levels, which DynamoDB does not store")
        match kind, content:
            case "S", str():
                return string_json(self.text(content, attribute))
            case "N", str():
                return number_json(self._leaf(content, attribute, NUMBER))
            case "BOOL", str():
                return boolean_json(self._leaf(content, attribute, BOOLEAN))
            case "BOOL" | "NULL", bool():
                return pl.lit(json.dumps(value))
            case "M", dict():
                entries = cast("dict[str, object]", content).items()
                return map_json(
                    named(name, self.document(inner, attribute, depth + 1)) for name, inner in entries
                )
            case "L", list():
                inner = [self.document(item, attribute, depth + 1) for item in cast("list[object]", content)]
                return _wrapped('{"L":[', inner, "]}")
            case ("B", str()) | ("SS" | "NS" | "BS" | "L", dict()) if self._beyond_dms:
                return self._beyond(kind, cast("str | dict[str, str]", content), attribute)
            case _:
                raise InputError(
                    where,
                    f"{json.dumps(value)[:80]} cannot be written",
                    "S, N, BOOL, NULL, M and L are documented; their leaves are texts",
                )

    def _beyond(self, kind: str, content: str | dict[str, str], attribute: str) -> pl.Expr:
        if isinstance(content, str):
            return binary_json(self._leaf(content, attribute, hexadecimal()))
        delimiter = content["delimiter"]
        if kind == "L":
            type_ = split_list(cast("ElementKind", content["of"]), delimiter)
        else:
            type_ = split_set(cast("ElementKind", kind[0]), delimiter)
        elements = self._leaf(content["split"], attribute, type_)
        return pl.concat_str(pl.lit(f'{{"{kind}":'), elements, pl.lit("}"))

    def _leaf(self, template: str, attribute: str, type_: ValueType) -> pl.Expr:
        leaf = Leaf(
            alias=f"\0{len(self.leaves)}",
            attribute=attribute,
            type=type_,
            text=self.text(template, attribute),
        )
        self.leaves.append(leaf)
        return pl.col(leaf.alias)


def nearest(name: str, names: Iterable[str]) -> str:
    """What to do about a name that is not among the names."""
    close = difflib.get_close_matches(name, tuple(names), n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"the columns are {', '.join(names)}"


def string_json(text: pl.Expr) -> pl.Expr:
    """`{"S":"…"}`, with whatever JSON escapes escaped."""
    return pl.when(text.is_not_null()).then(pl.struct(S=text).struct.json_encode())


def safe_string_json(text: pl.Expr) -> pl.Expr:
    """`{"S":"…"}` for texts that hold nothing that JSON escapes."""
    return pl.concat_str(pl.lit('{"S":"'), text, pl.lit('"}'))


def number_json(text: pl.Expr) -> pl.Expr:
    """`{"N":"…"}`."""
    return pl.concat_str(pl.lit('{"N":"'), text, pl.lit('"}'))


def boolean_json(text: pl.Expr) -> pl.Expr:
    """`{"BOOL":true}`."""
    return pl.concat_str(pl.lit('{"BOOL":'), text, pl.lit("}"))


def binary_json(text: pl.Expr) -> pl.Expr:
    """`{"B":"…"}` of bytes in hexadecimal."""
    return pl.concat_str(pl.lit('{"B":"'), base64(text), pl.lit('"}'))


def map_json(entries: Iterable[pl.Expr]) -> pl.Expr:
    """`{"M":{…}}` of the entries that are not null."""
    return _wrapped('{"M":{', list(entries), "}}")


def object_json(entries: Iterable[pl.Expr]) -> pl.Expr:
    """`{…}` of the entries that are not null."""
    return _wrapped("{", list(entries), "}")


def named(name: str, value: pl.Expr) -> pl.Expr:
    """`"name":value`, null if the value is null."""
    return pl.concat_str(pl.lit(json.dumps(name, ensure_ascii=False) + ":"), value)


def _wrapped(start: str, inner: list[pl.Expr], end: str) -> pl.Expr:
    if not inner:
        return pl.lit(start + end)
    return pl.concat_str(pl.lit(start), pl.concat_str(inner, separator=",", ignore_nulls=True), pl.lit(end))
