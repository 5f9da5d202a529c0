"""BOOLEAN: true, false, 1 or 0, in any case, which AWS does not document, or the texts of a column."""

import polars as pl

from dynamodb_bulk.column_types.base import ColumnType, ValueType
from dynamodb_bulk.spec.columns import Column


def _parse(text: str) -> str:
    value = {"true": "true", "1": "true", "false": "false", "0": "false"}.get(text.lower())
    if value is None:
        raise ValueError("not true, false, 1 or 0")
    return value


def _values(column: Column) -> ValueType:
    own = column.booleans
    if own is None:
        return TRUTH
    texts = {**dict.fromkeys(own.true, "true"), **dict.fromkeys(own.false, "false")}

    def parse(text: str) -> str:
        if text not in texts:
            raise ValueError(f"not {', '.join(own.true)} (true) or {', '.join(own.false)} (false)")
        return texts[text]

    return ValueType(
        plain=lambda text: text.is_in(list(texts)),
        parse=parse,
        rewrite=lambda text: text.replace_strict(texts, default=None, return_dtype=pl.String),
    )


def _in_file(column: Column, text: pl.Expr) -> pl.Expr:
    if (own := column.booleans) is None:
        return text
    return text.replace_strict({"true": own.true[0], "false": own.false[0]}, return_dtype=pl.String)


def _typed(_: Column, text: pl.Expr) -> pl.Expr:
    return text.replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)


TRUTH = ValueType(plain=lambda text: (text == "true") | (text == "false"), parse=_parse)
TYPES = (
    ColumnType(
        name="BOOLEAN",
        becomes="BOOL",
        takes=("booleans",),
        values=_values,
        pattern="true|false",
        typed=_typed,
        in_file=_in_file,
    ),
)
