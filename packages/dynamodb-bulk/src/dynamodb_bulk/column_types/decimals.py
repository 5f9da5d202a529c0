"""NUMERIC: decimal numbers of a precision and a scale."""

import re

import polars as pl

from dynamodb_bulk.column_types.base import ColumnType, ValueType, matches
from dynamodb_bulk.column_types.number_forms import in_form, with_decimal
from dynamodb_bulk.csv.batches import UnfitValue
from dynamodb_bulk.spec.columns import Column

_FORM = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?")


def _values(column: Column) -> ValueType:
    precision, scale = column.precision or 0, column.scale or 0
    room = max(0, precision - scale)

    def parse(text: str) -> str:
        found = _FORM.fullmatch(text)
        whole = found[2].lstrip("0") if found else ""
        fraction = (found[3] or "") if found else ""
        if not found or not (found[2] or fraction):
            raise ValueError("not a decimal number")
        if len(whole) > room:
            raise UnfitValue(
                f"{len(whole)} digits before the point, precision {precision} and scale {scale} allow {room}",
                "out-of-range",
            )
        if len(fraction) > scale:
            cut = fraction.rstrip("0")
            if len(cut) > scale:
                raise UnfitValue(f"{len(cut)} decimals, scale {scale} allows {scale}", "out-of-range")
            fraction = fraction[:scale]
        sign = "-" if found[1] == "-" and (whole or fraction.strip("0")) else ""
        return sign + (whole or "0") + (f".{fraction}" if fraction else "")

    decimals = rf"(?:\.[0-9]{{1,{scale}}})?" if scale else ""
    whole = f"-?[1-9][0-9]{{0,{room - 1}}}" if room > 0 else "0"
    return ValueType(plain=matches(f"(?:0|{whole}){decimals}"), parse=parse)


TYPES = (
    ColumnType(
        name="NUMERIC",
        becomes="N",
        needs=("precision", "scale"),
        takes=("decimal", "thousands"),
        values=lambda column: in_form(_values(column), column),
        in_file=with_decimal,
        pattern=r"-?[0-9]+(?:\.[0-9]+)?",
        typed=lambda column, text: text.cast(pl.Decimal(column.precision, column.scale or 0), strict=False),
    ),
)
