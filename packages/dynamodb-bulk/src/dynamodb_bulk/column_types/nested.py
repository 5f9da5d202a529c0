"""JSON: a value of any type in a record of JSON or Parquet, whose text is DynamoDB JSON."""

import json

import polars as pl

from dynamodb_bulk.column_types.base import ColumnType, ValueType
from dynamodb_bulk.items.sizes import NAME_BYTES, NESTING
from dynamodb_bulk.items.values import check_name, check_value

# In a text of JSON a quote stands before a colon nowhere but at the end of a name.
_SHORT_NUMBER = r'"N":"-?[0-9]{1,18}(?:\.[0-9]{1,18})?"'


def _plain(text: pl.Expr) -> pl.Expr:
    """Whether its numbers and names are short and it is nowhere nested deeply, so that all of it is fit."""

    def count(sign: str) -> pl.Expr:
        return text.str.count_matches(sign, literal=True)

    return (
        (count('"N":"') == text.str.count_matches(_SHORT_NUMBER))
        & (count('"M":{') + count('"L":[') < NESTING)
        & (text.str.len_bytes() < NAME_BYTES)
        & ~text.str.contains('"":', literal=True)
    )


def _parse_value(text: str) -> str:
    check_value(json.loads(text))
    return text


def _parse_members(text: str) -> str:
    for name, value in json.loads(f"{{{text}}}").items():
        check_name(name)
        try:
            check_value(value)
        except ValueError as error:
            error.args = (f"field {name[:80]}: {error}",)
            raise
    return text


MEMBERS = ValueType(plain=lambda text: text.is_null() | _plain(text), parse=_parse_members)
"""The members of an item: names and values."""
TYPES = (
    ColumnType(
        name="JSON",
        becomes="JSON",
        by_dms=False,
        nested=True,
        values=lambda _: ValueType(plain=_plain, parse=_parse_value),
    ),
)
