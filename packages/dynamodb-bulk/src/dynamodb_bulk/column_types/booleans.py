"""BOOLEAN: true, false, 1 or 0, in any case, which AWS does not document."""

import polars as pl

from dynamodb_bulk.column_types.base import ColumnType, ValueType
from dynamodb_bulk.spec.columns import Column


def _parse(text: str) -> str:
    value = {"true": "true", "1": "true", "false": "false", "0": "false"}.get(text.lower())
    if value is None:
        raise ValueError("not true, false, 1 or 0")
    return value


def _typed(_: Column, text: pl.Expr) -> pl.Expr:
    return text.replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)


TRUTH = ValueType(plain=lambda text: (text == "true") | (text == "false"), parse=_parse)
TYPES = (
    ColumnType(name="BOOLEAN", becomes="BOOL", values=lambda _: TRUTH, pattern="true|false", typed=_typed),
)
