"""Dates and times of a file: real calendar dates in ISO or in a column's own format."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time

import polars as pl

from dynamodb_bulk.spec.columns import DateFormat

Expression = Callable[[pl.Expr], pl.Expr]
_PLACES = {"YYYY": "year", "MM": "month", "dd": "day"}
_ISO = "YYYY-MM-dd"
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"


@dataclass(frozen=True, kw_only=True)
class DateType:
    """The expressions and the function of a value's type, for dates."""

    plain: Expression
    parse: Callable[[str], str]
    rewrite: Expression | None
    same: Expression | None


def date_type(kind: str, form: DateFormat | None, scale: int) -> DateType:
    """Return how to check, parse and rewrite a DATE or DATETIME column.

    Written as `YYYY-MM-DD` and `YYYY-MM-DD HH:MM:SS[.f]`, the fraction cut to `scale` digits; what DMS writes
    is not documented. Without a format values are ISO, with a space or a T before the time. A DATETIME may be
    a date alone, as in AWS's own sample file. A DATE may have a time, which is dropped, if it has a format.
    """
    layout = form.split(" ")[0] if form else _ISO
    separator = " " if form else "[ T]"
    fraction = r"(?:\.[0-9]{1,9})?" if form is None or form.endswith(".F") else ""
    clock = f"(?:{separator}{_CLOCK}{fraction})?"
    if kind == "DATE" and form is None:
        clock = ""
    plain = _matching(rf"(?:{_calendar(layout)}){clock}")
    kept = rf"(?:\.[0-9]{{1,{scale}}})?" if fraction and scale else ""
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
        return f"{day} {_cut(clock_text, scale)}"

    def rewrite(text: pl.Expr) -> pl.Expr:
        day = _iso(text, layout)
        if kind == "DATE":
            return day
        length = 8 + (scale + 1 if scale else 0)
        at = pl.when(text.str.len_bytes() == width).then(pl.lit("00:00:00"))
        return pl.concat_str(day, pl.lit(" "), at.otherwise(text.str.slice(width + 1, length)))

    if kind == "DATE" and form is None:
        return DateType(plain=plain, parse=parse, rewrite=None, same=None)
    same = _matching(rf"(?:{_calendar(_ISO)}){written}") if layout == _ISO else None
    return DateType(plain=plain, parse=parse, rewrite=rewrite, same=same)


def _matching(pattern: str) -> Expression:
    return lambda text: text.str.contains(rf"\A{pattern}\z")


def _cut(clock: str, scale: int) -> str:
    seconds, _, fraction = clock.partition(".")
    return f"{seconds}.{fraction[:scale]}" if fraction and scale else seconds


def _positions(layout: str) -> list[tuple[str, int, int]]:
    return [(place, layout.index(token), len(token)) for token, place in _PLACES.items()]


def _shape(layout: str) -> str:
    return re.sub("YYYY|MM|dd", lambda token: f"[0-9]{{{len(token[0])}}}", layout)


def _iso(text: pl.Expr, layout: str) -> pl.Expr:
    year, month, day = (text.str.slice(at, size) for _, at, size in _positions(layout))
    return pl.concat_str(year, month, day, separator="-")


def _calendar(layout: str) -> str:
    """Return a pattern of the real dates of the years 0001 to 9999."""
    year = "(?:[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"
    leap = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"
    dates = (
        (year, "(?:0[1-9]|1[0-2])", "(?:0[1-9]|1[0-9]|2[0-8])"),
        (year, "(?:0[13-9]|1[0-2])", "(?:29|30)"),
        (year, "(?:0[13578]|1[02])", "31"),
        (leap, "02", "29"),
    )
    return "|".join(layout.replace("YYYY", y).replace("MM", m).replace("dd", d) for y, m, d in dates)
