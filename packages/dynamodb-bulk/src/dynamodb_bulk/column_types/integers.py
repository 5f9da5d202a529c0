"""Whole numbers of 1, 2, 4 and 8 bytes, with and without a sign."""

import re

import polars as pl

from dynamodb_bulk.column_types.base import ColumnType, ValueType
from dynamodb_bulk.column_types.number_forms import in_form
from dynamodb_bulk.csv.batches import UnfitValue

_FORM = re.compile(r"[+-]?[0-9]+")
_SIZES: dict[str, tuple[type[pl.DataType], int, int]] = {
    "INT1": (pl.Int8, -(2**7), 2**7 - 1),
    "INT2": (pl.Int16, -(2**15), 2**15 - 1),
    "INT4": (pl.Int32, -(2**31), 2**31 - 1),
    "INT8": (pl.Int64, -(2**63), 2**63 - 1),
    "UINT1": (pl.UInt8, 0, 2**8 - 1),
    "UINT2": (pl.UInt16, 0, 2**16 - 1),
    "UINT4": (pl.UInt32, 0, 2**32 - 1),
    "UINT8": (pl.UInt64, 0, 2**64 - 1),
}


def _values(name: str, held: type[pl.DataType], minimum: int, maximum: int) -> ValueType:
    """Not documented by AWS, and done here: a number has no spaces around it."""
    sure = len(str(maximum)) - 1

    def parse(text: str) -> str:
        if not _FORM.fullmatch(text):
            raise ValueError("not a whole number")
        sign, digits = ("-" if text[0] == "-" else "", text.lstrip("+-").lstrip("0") or "0")
        if len(digits) > sure + 1 or not minimum <= int(sign + digits) <= maximum:
            raise UnfitValue(f"{name} holds {minimum} to {maximum}", "out-of-range")
        return sign + digits if digits != "0" else digits

    def fits(text: pl.Expr) -> pl.Expr:
        return text.is_null() | text.cast(held, strict=False).is_not_null()

    def plain(text: pl.Expr) -> pl.Expr:
        # Of what fits, "+…" < "-0…" < "-1" < "." < "0" < "00" < "1": no plus and no zero in front.
        return fits(text) & ((text >= "1") | (text == "0") | (text >= "-1") & (text < "."))

    return ValueType(plain=plain, parse=parse, fits=fits)


def _type(name: str, held: type[pl.DataType], minimum: int, maximum: int) -> ColumnType:
    values = _values(name, held, minimum, maximum)
    return ColumnType(
        name=name,
        becomes="N",
        takes=("thousands",),
        values=lambda column: in_form(values, column),
        pattern="-?[0-9]+" if minimum else "[0-9]+",
        typed=lambda _, text: text.cast(held, strict=False),
    )


TYPES = tuple(_type(name, *limits) for name, limits in _SIZES.items())
