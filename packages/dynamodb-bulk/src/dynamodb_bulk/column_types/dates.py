"""Dates and times of a file: real calendar dates in ISO or in a column's own format, and times of a day."""

import re
from datetime import date, time

import polars as pl

from dynamodb_bulk.column_types.base import ColumnType, ValueType, matches
from dynamodb_bulk.column_types.patterned_dates import as_patterned, check_pattern, patterned
from dynamodb_bulk.csv.batches import UnfitValue
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.date_patterns import OF_DMS, date_pattern
from dynamodb_bulk.spec.text import number_of

_PLACES = {"YYYY": "year", "MM": "month", "dd": "day"}
_ISO = "YYYY-MM-dd"
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_TIME = rf"{_CLOCK}(?:\.[0-9]{{1,9}})?"
_NANOSECOND_SCALE = 7
_NANOSECONDS = r"\.[0-9]{6}[0-9]*[1-9]"
_FRACTION = 9  # digits of a second
_MOMENT = "%Y-%m-%d %H:%M:%S%.f"


def _date_values(column: Column) -> ValueType:
    """Return how to check, parse and rewrite a DATE or DATETIME column.

    Written as `YYYY-MM-DD` and `YYYY-MM-DD HH:MM:SS[.f]`, with the fraction as it is; one of more than
    `scale` digits is rejected. What DMS writes is not documented. Without a format values are ISO, with a
    space or a T before the time. A DATETIME may be a date alone, as in AWS's own sample file. A DATE may have
    a time, which is dropped, if it has a format.
    """
    kind, form = column.type, column.date_format
    if column.timezone or (form and form not in OF_DMS):
        return patterned(column)
    scale = _FRACTION if column.scale is None else min(column.scale, _FRACTION)
    layout = form.split(" ")[0] if form else _ISO
    separator = " " if form else "[ T]"
    fraction = r"(?:\.[0-9]{1,9})?" if form is None or form.endswith(".F") else ""
    kept = rf"(?:\.[0-9]{{1,{scale}}})?" if fraction and scale else ""
    clock = f"(?:{separator}{_CLOCK}{fraction})?"
    clock_kept = clock if kind == "DATE" else f"(?:{separator}{_CLOCK}{kept})?"
    if kind == "DATE" and form is None:
        clock = clock_kept = ""
    plain = matches(rf"(?:{date_pattern(layout).valid()}){clock_kept}")
    written = "" if kind == "DATE" else f" {_CLOCK}{kept}"
    width = len(layout)
    shown = f"{layout}{'' if kind == 'DATE' else ' HH:mm:ss'}" if form is None else form

    def parse(text: str) -> str:
        if not re.fullmatch(_shape(layout) + clock, text):
            raise ValueError(f"not in the form {shown}")
        parts = {place: int(text[at : at + size]) for place, at, size in _positions(layout)}
        try:
            day = date(parts["year"], parts["month"], parts["day"]).isoformat()
        except ValueError:
            raise ValueError("not a date in the calendar") from None
        if kind == "DATE":
            return day
        clock_text = text[width + 1 :] or "00:00:00"
        time.fromisoformat(clock_text[:8])
        return f"{day} {_fitting(clock_text, scale)}"

    def rewrite(text: pl.Expr) -> pl.Expr:
        day = _iso(text, layout)
        if kind == "DATE":
            return day
        at = pl.when(text.str.len_bytes() == width).then(pl.lit("00:00:00"))
        return pl.concat_str(day, pl.lit(" "), at.otherwise(text.str.slice(width + 1)))

    if kind == "DATE" and form is None:
        return ValueType(plain=plain, parse=parse, rewrite=None, same=None)
    same = matches(rf"(?:{date_pattern(_ISO).valid()}){written}") if layout == _ISO else None
    return ValueType(plain=plain, parse=parse, rewrite=rewrite, same=same)


def _time(text: str) -> str:
    if not re.fullmatch(_TIME, text):
        raise ValueError(f"{text[:20]!r} is not a time in the form HH:mm:ss, with or without a fraction")
    return text


def _fitting(clock: str, scale: int) -> str:
    """Return a time without the zeros that its scale has no room for."""
    seconds, _, fraction = clock.partition(".")
    needed = len(fraction.rstrip("0"))
    if needed > scale:
        raise UnfitValue(
            f"{number_of(needed, 'decimal')} of a second, scale {scale} allows {scale}", "out-of-range"
        )
    return f"{seconds}.{fraction[:scale]}" if fraction[:scale] else seconds


def _positions(layout: str) -> list[tuple[str, int, int]]:
    return [(place, layout.index(token), len(token)) for token, place in _PLACES.items()]


def _shape(layout: str) -> str:
    return re.sub("YYYY|MM|dd", lambda token: f"[0-9]{{{len(token[0])}}}", layout)


def _iso(text: pl.Expr, layout: str) -> pl.Expr:
    year, month, day = (text.str.slice(at, size) for _, at, size in _positions(layout))
    return pl.concat_str(year, month, day, separator="-")


def _time_values(column: Column) -> ValueType:
    form = column.date_format
    return patterned(column) if form and form not in OF_DMS else ValueType(plain=matches(_TIME), parse=_time)


def _in_file(column: Column, text: pl.Expr) -> pl.Expr:
    form = column.date_format
    if form is None or (form in OF_DMS and column.type == "TIME" and not column.timezone):
        return text
    if column.timezone or form not in OF_DMS:
        return as_patterned(column, text)
    layout, _, time_of_day = form.partition(" ")
    clock = column.type == "DATETIME"
    parts = {token: text.str.slice(at, len(token)) for token, at in (("YYYY", 0), ("MM", 5), ("dd", 8))}
    pieces = [parts[piece] if piece in parts else pl.lit(piece) for piece in re.split("(YYYY|MM|dd)", layout)]
    return pl.concat_str(*pieces, *([text.str.slice(10)] if clock and time_of_day else []))


def _moments(column: Column, text: pl.Expr) -> pl.Expr:
    if column.zoned:
        text = text.str.replace("T", " ", literal=True).str.strip_suffix("Z")
    moment = _local_moments(column, text)
    return moment.dt.replace_time_zone("UTC") if column.zoned else moment


def _local_moments(column: Column, text: pl.Expr) -> pl.Expr:
    if (column.scale or 0) < _NANOSECOND_SCALE:
        return (
            pl.when(~text.str.contains(_NANOSECONDS))
            .then(text)
            .str.to_datetime(_MOMENT, time_unit="us", strict=False)
        )
    held = pl.when(text.is_between(pl.lit("1678"), pl.lit("2262"), closed="left")).then(text)
    return held.str.to_datetime(_MOMENT, time_unit="ns", strict=False)


def _check_moment(column: Column) -> None:
    """Raise ValueError for a pattern of none, or for more digits of a second than DMS has."""
    check_pattern(column)
    if (column.scale or 0) > _FRACTION:
        raise ValueError(f"the `scale` of a DATETIME is at most {_FRACTION}")


TYPES = (
    ColumnType(
        name="DATE",
        becomes="S",
        values=_date_values,
        pattern=r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
        typed=lambda _, text: text.str.to_date("%Y-%m-%d", strict=False),
        takes=("date_format",),
        check=check_pattern,
        in_file=_in_file,
    ),
    ColumnType(
        name="DATETIME",
        becomes="S",
        values=_date_values,
        pattern=r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z)?",
        typed=_moments,
        takes=("date_format", "timezone"),
        check=_check_moment,
        in_file=_in_file,
    ),
    ColumnType(
        name="TIME",
        becomes="S",
        by_dms=False,
        values=_time_values,
        pattern=r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?",
        typed=lambda _, text: text.str.to_time("%H:%M:%S%.f", strict=False),
        takes=("date_format",),
        check=check_pattern,
        in_file=_in_file,
    ),
)
