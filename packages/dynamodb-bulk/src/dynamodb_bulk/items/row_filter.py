"""Rows that are loaded, by the source filters of the DMS mappings.

AWS documents that comparisons follow SQLite: numbers are compared as numbers, and everything else, dates in
ISO included, as text, in which case counts. A comparison with NULL never holds. A row whose value does not
fit its column stays, so that it is rejected and reported.
Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.Filters.html
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, InvalidOperation
from typing import Literal

import polars as pl

from dynamodb_bulk.csv.batches import RowBatch, frame_name
from dynamodb_bulk.dms.selection import FilterCondition, SourceFilter
from dynamodb_bulk.items.validation import Check, Problems, checked
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.errors import InputError

_DIGITS = 38
_EXACT = Context(prec=400)
Compare = Callable[[str, Literal["lower", "upper"]], pl.Expr]


class RowFilter:
    """Leaves out the rows for which one of the filters does not hold.

    Raise InputError for a filter of a column that does not exist, that is a large object, or whose values
    the filter's cannot be compared with.
    """

    def __init__(self, columns: Sequence[Column], filters: Sequence[SourceFilter]) -> None:
        by_name = {column.name: column for column in columns}
        for one in filters:
            column = by_name.get(one.column_name)
            if column is None:
                raise InputError(f"filter of {one.column_name}", "no such column", "names are case-sensitive")
            if column.column_type.large_object:
                raise InputError(f"filter of {column.name}", f"DMS does not filter by a {column.type} column")
        names = dict.fromkeys(one.column_name for one in filters)
        self._checks = [
            Check(name=frame_name(name), label=name, type=by_name[name].column_type.values(by_name[name]))
            for name in names
        ]
        self._holds = [
            pl.any_horizontal(_holds(by_name[one.column_name], each) for each in one.filter_conditions)
            for one in filters
        ]

    def __call__(self, batch: RowBatch) -> RowBatch:
        """Return the rows of the batch that are loaded; those that could not be read stay rejected."""
        if not self._holds:
            return batch
        problems = Problems()
        values = checked(batch.frame.select(check.name for check in self._checks), self._checks, problems)
        kept = values.select(pl.all_horizontal(self._holds).fill_null(value=False).alias("kept"))["kept"]
        if problems.by_row:
            kept = kept.scatter(list(problems.by_row), values=True)
        filtered = len(kept) - int(kept.sum())
        if not filtered:
            return batch
        return replace(
            batch, lines=batch.lines.filter(kept), frame=batch.frame.filter(kept), filtered=filtered
        )


def _holds(column: Column, condition: FilterCondition) -> pl.Expr:
    value = pl.col(frame_name(column.name))
    match condition.filter_operator:
        case "null":
            return value.is_null()
        case "notnull":
            return value.is_not_null()
        case _:
            pass
    compared, at = _compared(column, value)
    one, start, end = (text or "" for text in (condition.value, condition.start_value, condition.end_value))
    match condition.filter_operator:
        case "gte":
            return compared >= at(one, "lower")
        case "lte" | "ste":
            return compared <= at(one, "upper")
        case "between":
            return (compared >= at(start, "lower")) & (compared <= at(end, "upper"))
        case "notbetween":
            return (compared < at(start, "lower")) | (compared > at(end, "upper"))
        case "eq":
            return (compared >= at(one, "lower")) & (compared <= at(one, "upper"))
        case _:
            return (compared < at(one, "lower")) | (compared > at(one, "upper"))


def _compared(column: Column, value: pl.Expr) -> tuple[pl.Expr, Compare]:
    """Return the values as they are compared, and what makes the same of the text of a filter.

    A bound that is finer than the column is moved to the next value of the column, up or down.
    """
    if not column.column_type.is_number:
        return value, lambda text, _: pl.lit(_written(column, text), dtype=pl.String)
    if column.column_type.exponents:
        return value.cast(pl.Float64), lambda text, _: pl.lit(float(_number(column, text)))
    scale = column.scale or 0
    held = pl.Decimal(_DIGITS, scale)
    unit = Decimal(1).scaleb(-scale)
    most = _EXACT.multiply(unit, Decimal(10**_DIGITS - 1))

    def at(text: str, side: Literal["lower", "upper"]) -> pl.Expr:
        rounding = ROUND_CEILING if side == "lower" else ROUND_FLOOR
        bound = _number(column, text)
        if abs(bound) > most:
            bound = most.copy_sign(bound)
        return pl.lit(f"{bound.quantize(unit, rounding, _EXACT):f}").cast(held)

    return value.cast(held), at


def _number(column: Column, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise InputError(f"filter of {column.name}", f"{text!r} is not a number, as {column.type} holds")
    return number


def _written(column: Column, text: str) -> str:
    if column.column_type.becomes != "BOOL":
        return text
    try:
        return column.column_type.values(column).parse(text)
    except ValueError as error:
        raise InputError(f"filter of {column.name}", f"{text!r}: {error}") from None
