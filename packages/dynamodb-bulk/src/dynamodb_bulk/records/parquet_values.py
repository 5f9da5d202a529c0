"""Values of typed columns as texts and as DynamoDB JSON: exact, and a whole column at a time."""

import json
from collections.abc import Sequence
from typing import Any, cast

import polars as pl

from dynamodb_bulk.csv.batches import frame_name
from dynamodb_bulk.items.sizes import NESTING
from dynamodb_bulk.items.templates import Json, escape_text

_NULL = '{"NULL":true}'
_DAY = "%Y-%m-%d"
_CLOCK = "%H:%M:%S%.f"


class NoText(ValueError):
    """A type whose values have no text; or none that DynamoDB stores."""


def text_of(value: pl.Expr, kind: pl.DataType) -> pl.Expr:
    """Return the texts of a column of scalars: dates in ISO, bytes in hexadecimal; raise NoText."""
    match kind:
        case pl.String():
            return value
        case pl.Boolean() | pl.Decimal() | pl.Categorical() | pl.Enum() | pl.Null():
            return value.cast(pl.String)
        case pl.Binary():
            return value.bin.encode("hex")
        case pl.Date():
            return value.dt.to_string(_DAY)
        case pl.Time():
            return value.dt.to_string(_CLOCK)
        case pl.Datetime(time_zone=None):
            return value.dt.to_string(f"{_DAY}T{_CLOCK}")
        case pl.Datetime():
            return value.dt.convert_time_zone("UTC").dt.to_string(f"{_DAY}T{_CLOCK}Z")
        case pl.Duration():
            return value.dt.to_string("iso")
        case _ if kind.is_numeric():
            return value.cast(pl.String)
        case _:
            raise NoText(words_for(kind))


def type_of(kind: pl.DataType) -> str:
    """Return the type of a value in DynamoDB: S, N, BOOL, B, M, L or NULL; raise NoText."""
    match kind:
        case pl.Boolean():
            return "BOOL"
        case pl.Binary():
            return "B"
        case pl.Null():
            return "NULL"
        case pl.Struct() | pl.Map():
            return "M"
        case pl.List() | pl.Array():
            return "L"
        case _ if kind.is_numeric():
            return "N"
        case pl.Object() | pl.Unknown():
            raise NoText(words_for(kind))
        case _:
            return "S"


def fragment_of(value: pl.Expr, kind: pl.DataType, depth: int = 1, *, escaped: bool = False) -> Json:
    """Return each value in DynamoDB JSON, null where it is null; raise NoText.

    `escaped`: where it is a text, `escape` has been through it.
    """
    if depth > NESTING:
        raise NoText(f"nested deeper than {NESTING} levels, which DynamoDB does not store")
    match kind:
        case pl.List() | pl.Array():
            inner = cast("Any", kind).inner
            listed = value.arr.to_list() if isinstance(kind, pl.Array) else value
            element = _or_null(fragment_of(pl.element(), inner, depth + 1))
            return Json('{"L":[', listed.list.eval(element).list.join(","), "]}")
        case pl.Struct():
            inside = _members(value, cast("Any", kind).fields, depth)
            return Json('{"M":{', pl.when(value.is_not_null()).then(inside), "}}")
        case pl.Map():
            entry = cast("Any", kind)
            key = escape_text(text_of(pl.element().struct.field("key"), entry.key))
            held = _or_null(fragment_of(pl.element().struct.field("value"), entry.value, depth + 1))
            member = pl.concat_str(pl.lit('"'), key, pl.lit('":'), held)
            return Json('{"M":{', value.map.entries().list.eval(member).list.join(","), "}}")
        case pl.Null():
            return Json("", value.cast(pl.String), "")
        case pl.Binary():
            return Json('{"B":"', value.bin.encode("base64"), '"}')
        case pl.Boolean():
            return Json('{"BOOL":', value.cast(pl.String), "}")
        case _:
            text = text_of(value, kind)
            if kind.is_numeric():
                return Json('{"N":"', text, '"}')
            is_plain = kind.is_temporal() or (escaped and kind == pl.String)
            return Json('{"S":"', text if is_plain else escape_text(text), '"}')


def words_for(kind: pl.DataType) -> str:
    """Return what a value of a type is."""
    match kind:
        case pl.Struct() | pl.Map():
            return "a map"
        case pl.List() | pl.Array():
            return "a list"
        case pl.Binary():
            return "binary"
        case pl.Boolean():
            return "a boolean"
        case _ if kind.is_numeric():
            return "a number"
        case _ if kind.is_temporal():
            return "a date or time"
        case pl.String():
            return "a text"
        case _:
            return f"of type {kind}"


def _members(value: pl.Expr, fields: Sequence[Any], depth: int) -> pl.Expr:
    if odd := next((one.name for one in fields if frame_name(one.name) != one.name), None):
        raise NoText(f"a field named {odd!r}")
    pieces: list[pl.Expr] = []
    for place, one in enumerate(fields):
        member = fragment_of(value.struct.field(one.name), one.dtype, depth + 1)
        pieces += [pl.lit(f"{',' if place else ''}{_name(one.name)}:"), _or_null(member)]
    return pl.concat_str(pieces) if pieces else pl.lit("")


def _or_null(value: Json) -> pl.Expr:
    return value.expression().fill_null(_NULL)


def _name(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)
