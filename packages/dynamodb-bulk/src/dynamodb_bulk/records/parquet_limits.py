"""What DynamoDB may refuse of typed values, and their size at most, without making texts of them."""

from typing import Any, cast

import polars as pl

from dynamodb_bulk.items.sizes import NAME_BYTES

_NUMBER_BYTES = 21
_OF_TIME = 40  # more than any date or time has as text
_LARGEST, _SMALLEST = 9.9e125, 1e-129  # within what DynamoDB holds


def may_not_fit(value: pl.Expr, kind: pl.DataType) -> pl.Expr | None:
    """Return whether one of a column's values may be none that DynamoDB stores; None: none can be."""
    match kind:
        case pl.Float32() | pl.Float64():
            size = value.cast(pl.Float64).abs()
            return (~((size == 0) | ((size >= _SMALLEST) & (size <= _LARGEST)))).any()
        case pl.List() | pl.Array():
            return may_not_fit(value.explode(), cast("Any", kind).inner)
        case pl.Struct():
            fields = cast("Any", kind).fields
            if any(odd_name(one.name) for one in fields):
                return pl.lit(True)
            found = [may_not_fit(value.struct.field(one.name), one.dtype) for one in fields]
            return pl.any_horizontal(known) if (known := [one for one in found if one is not None]) else None
        case pl.Map():
            return pl.lit(True)  # its keys become names
        case pl.Int128() | pl.UInt128():
            return pl.lit(True)
        case _:
            return None


def odd_name(name: str) -> bool:
    """Whether a name may be none that DynamoDB stores."""
    return not name or len(name.encode()) > NAME_BYTES


def most_bytes(value: pl.Expr, kind: pl.DataType) -> pl.Expr:
    """Return the most bytes that one of a column's values takes in an item, or a number above that."""
    match kind:
        case pl.String():
            return _largest(value.str.len_bytes())
        case pl.Categorical() | pl.Enum():
            return _largest(value.cat.len_bytes())
        case pl.Binary():
            return _largest(value.bin.size())
        case pl.List():
            return _elements(value.list.len(), value.explode(), cast("Any", kind).inner)
        case pl.Array():
            array = cast("Any", kind)
            return _elements(pl.lit(array.size), value.explode(), array.inner)
        case pl.Map():
            entries, kinds = value.map.entries(), cast("Any", kind)
            inner = pl.Struct({"key": kinds.key, "value": kinds.value})
            return _elements(entries.list.len(), entries.explode(), inner)
        case pl.Struct():
            fields = cast("Any", kind).fields
            names = sum(1 + len(one.name.encode()) for one in fields)
            sizes = [most_bytes(value.struct.field(one.name), one.dtype) for one in fields]
            return pl.sum_horizontal(pl.lit(3 + names), *sizes)
        case _ if kind.is_temporal():
            return pl.lit(_OF_TIME)
        case _:
            return pl.lit(_NUMBER_BYTES)


def _elements(count: pl.Expr, elements: pl.Expr, kind: pl.DataType) -> pl.Expr:
    return 3 + _largest(count) * (1 + most_bytes(elements, kind))


def _largest(sizes: pl.Expr) -> pl.Expr:
    return sizes.max().fill_null(0).cast(pl.Int64)
