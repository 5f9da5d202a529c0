"""Dates and times by a column's own pattern, and times in a time zone, which are written in UTC."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial
from typing import cast
from zoneinfo import ZoneInfo

import polars as pl

from dynamodb_bulk.column_types.base import ValueType, matches
from dynamodb_bulk.csv.batches import UnfitValue
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.date_patterns import OFFSET, REAL_OFFSET, DatePattern, date_pattern

_ISO = (
    "(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    "(?:[ T](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:[.](?P<fraction>[0-9]{1,9}))?"
    f"(?: ?(?P<offset>{OFFSET}))?)?"
)
_CENTURY = "69"  # and later are of 1900, as POSIX has it
_SECONDS = "%Y-%m-%dT%H:%M:%S"
_DATE = ("year", "month", "day")
_CLOCK = ("hour", "minute", "second")
_ISO_DAY = date_pattern("YYYY-MM-dd").valid()
_ISO_TIME = date_pattern("HH:mm:ss.F").valid()
_VALID_ISO = f"(?:{_ISO_DAY})(?:[ T]{_ISO_TIME}(?: ?(?:{REAL_OFFSET}))?)?"


def check_pattern(column: Column) -> None:
    """Raise ValueError if the column's pattern does not give what its type holds."""
    if column.date_format is None:
        return
    found = date_pattern(column.date_format).tokens
    needed = ("hour", "minute") if column.type == "TIME" else _DATE
    for part in needed:
        if part not in found:
            raise ValueError(f"`date_format`: the {part} is missing")
    for part in _DATE if column.type == "TIME" else ():
        if part in found:
            raise ValueError(f"`date_format`: a TIME has no {part}")
    if column.type != "DATETIME" and "offset" in found:
        raise ValueError(f"`date_format`: Z, the offset, is for DATETIME, not for {column.type}")


def patterned(column: Column) -> ValueType:
    """Return how to check and write the dates and times of a column.

    Written as in ISO: `YYYY-MM-DD`, `HH:MM:SS[.f]`, and both with a space between them; with a time zone or
    an offset `YYYY-MM-DDTHH:MM:SS[.f]Z`. Fractions keep their digits. A time of a DATE is dropped.
    """
    pattern = _pattern(column)
    surely = pattern and not column.zoned and (column.scale is None or "fraction" not in pattern.tokens)
    return ValueType(
        plain=matches(pattern.valid())
        if pattern and surely
        else lambda text: text.is_null() | _rewritten(column, text).is_not_null(),
        parse=partial(_parsed, column),
        rewrite=partial(_rewritten, column),
    )


def _pattern(column: Column) -> DatePattern | None:
    return date_pattern(column.date_format) if column.date_format else None


def _shape(column: Column) -> str:
    pattern = _pattern(column)
    return pattern.shape(offset_needed=column.timezone is None) if pattern else _ISO


def _parsed(column: Column, text: str) -> str:
    found = re.fullmatch(_shape(column), text)
    if not found:
        raise ValueError(
            f"not in the form {column.date_format or 'YYYY-MM-dd HH:mm:ss, with or without an offset'}"
        )
    parts = cast("dict[str, str | None]", found.groupdict())
    fraction = _fraction(column, parts.get("fraction") or "")
    try:
        clock = _clock(parts)
    except ValueError:
        raise ValueError("not a time of day") from None
    if column.type == "TIME":
        return f"{clock.isoformat()}{fraction}"
    try:
        day = date(_year(parts["year"] or ""), int(parts["month"] or ""), int(parts["day"] or ""))
    except ValueError:
        raise ValueError("not a date in the calendar") from None
    if column.type == "DATE":
        return day.isoformat()
    moment = datetime.combine(day, clock)
    if not column.zoned:
        return f"{moment.isoformat(' ')}{fraction}"
    try:
        utc = moment - _offset(column, moment, parts.get("offset"))
    except OverflowError:
        raise ValueError("in UTC it is outside of the years 1 to 9999") from None
    return f"{utc.isoformat()}{fraction}Z"


def _year(digits: str) -> int:
    if len(digits) == 4:
        return int(digits)
    return int(("20" if digits < _CENTURY else "19") + digits)


def _clock(parts: dict[str, str | None]) -> time:
    hour, minute, second = (int(parts.get(part) or 0) for part in ("hour", "minute", "second"))
    if half := parts.get("half"):
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if half.lower() == "pm" else 0)
    return time(hour, minute, second)


def _fraction(column: Column, digits: str) -> str:
    if column.scale is not None:
        exact = len(digits.rstrip("0"))
        if exact > column.scale:
            reason = f"{exact} digits of a fraction of a second, scale {column.scale} allows {column.scale}"
            raise UnfitValue(reason, "out-of-range")
        digits = digits[: column.scale]
    return f".{digits}" if digits else ""


def _offset(column: Column, moment: datetime, given: str | None) -> timedelta:
    if given:
        return _offset_given(given)
    zone = ZoneInfo(column.timezone or "UTC")
    first, second = (moment.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    if first is None or first != second:
        there = moment.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None)
        what = "happens twice" if there == moment else "does not exist"
        raise ValueError(f"{moment.isoformat(' ')} {what} in {column.timezone}, where clocks change")
    return first


def _offset_given(text: str) -> timedelta:
    if text in "Zz":
        return timedelta()
    hours, minutes = int(text[1:3]), int(text[3:].removeprefix(":") or 0)
    if hours > 23 or minutes > 59:
        raise ValueError(f"{text} is not an offset from UTC")
    return timedelta(hours=hours, minutes=minutes) * (-1 if text[0] == "-" else 1)


def _rewritten(column: Column, text: pl.Expr) -> pl.Expr:
    """Return the texts as written in items; null for those that must be parsed one by one."""
    parts, good = _parts(column, text)
    clock = _clock_text(parts)
    fraction = _fraction_text(column, parts)
    if column.type == "TIME":
        return pl.when(good).then(pl.concat_str(clock, fraction))
    day = _day_text(parts)
    if column.type == "DATE":
        return pl.when(good).then(day)
    if not column.zoned:
        return pl.when(good).then(pl.concat_str(day, pl.lit(" "), clock, fraction))
    moment = pl.concat_str(day, pl.lit("T"), clock).str.to_datetime(_SECONDS, time_unit="us", strict=False)
    utc = moment - pl.duration(seconds=_offset_seconds(column, parts, moment.dt.date()))
    held = good & utc.dt.year().is_between(1, 9999)
    return pl.when(held).then(pl.concat_str(utc.dt.strftime(_SECONDS), fraction, pl.lit("Z")))


def _parts(column: Column, text: pl.Expr) -> tuple[dict[str, pl.Expr], pl.Expr]:
    """The parts of a text in two digits, and whether it is right; parts of others are null or nonsense."""
    shape, pattern = _shape(column), _pattern(column)
    valid = matches(pattern.valid(offset_needed=column.timezone is None) if pattern else _VALID_ISO)(text)
    if places := pattern and pattern.places():
        # Much faster than groups.
        return {name: text.str.slice(*place) for name, place in places.items()}, valid
    groups = text.str.extract_groups(rf"\A(?:{shape})\z").struct
    parts = {name: groups.field(name) for name in re.findall(r"\?P<([a-z]+)>", shape)}
    for name in {"month", "day", "hour"} & parts.keys():
        parts[name] = parts[name].str.zfill(2)
    return parts, valid


def _day_text(parts: dict[str, pl.Expr]) -> pl.Expr:
    year = parts["year"]
    century = pl.when(year < _CENTURY).then(pl.lit("20")).otherwise(pl.lit("19"))
    full = pl.when(year.str.len_bytes() == 4).then(year).otherwise(pl.concat_str(century, year))
    return pl.concat_str(full, parts["month"], parts["day"], separator="-")


def _clock_text(parts: dict[str, pl.Expr]) -> pl.Expr:
    texts = [parts[name].fill_null("00") if name in parts else pl.lit("00") for name in _CLOCK]
    if "half" in parts:
        after = pl.when(parts["half"].str.to_lowercase() == "pm").then(12).otherwise(0)
        hour = parts["hour"].cast(pl.Int8, strict=False) % 12 + after
        texts[0] = hour.cast(pl.String).str.zfill(2)
    return pl.concat_str(texts, separator=":")


def _fraction_text(column: Column, parts: dict[str, pl.Expr]) -> pl.Expr:
    if "fraction" not in parts:
        return pl.lit("")
    digits = parts["fraction"]
    if column.scale is not None:  # what is longer is looked at one by one
        digits = pl.when(digits.is_null() | (digits.str.len_bytes() <= column.scale)).then(
            digits.fill_null("")
        )
    else:
        digits = digits.fill_null("")
    return pl.when(digits == "").then(pl.lit("")).otherwise(pl.concat_str(pl.lit("."), digits))


def _offset_seconds(column: Column, parts: dict[str, pl.Expr], day: pl.Expr) -> pl.Expr:
    zone = column.timezone
    own = day.map_batches(partial(_offsets_of_days, zone), return_dtype=pl.Int64) if zone else pl.lit(None)
    if "offset" not in parts:
        return own
    given = parts["offset"]
    hours = given.str.slice(1, 2).cast(pl.Int64, strict=False)
    minutes = (
        pl.when(given.str.len_bytes() > 3).then(given.str.slice(-2).cast(pl.Int64, strict=False)).otherwise(0)
    )
    sign = pl.when(given.str.starts_with("-")).then(-1).otherwise(1)
    seconds = sign * (hours * 3600 + minutes * 60)
    return pl.when(given.is_null()).then(own).when(given.is_in(["Z", "z"])).then(0).otherwise(seconds)


def _offsets_of_days(zone: str, days: pl.Series) -> pl.Series:
    found = {
        day: _offset_of_day(zone, day) for day in cast("list[date]", days.unique().drop_nulls().to_list())
    }
    return days.replace_strict(found, default=None, return_dtype=pl.Int64)


def _offset_of_day(zone: str, day: date) -> int | None:
    """The offset of all of a day; None where it changes on it or may do so."""
    whole = _offset_of_days(zone, day.replace(day=1), 31)
    return _offset_of_days(zone, day, 1) if whole is None else whole


@lru_cache(maxsize=100_000)
def _offset_of_days(zone: str, first: date, days: int) -> int | None:
    """The offset of so many days and of the midnight after them, if it is one; clocks change for days."""
    if first.year == date.max.year:
        return None
    midnight = datetime.combine(first, time(), ZoneInfo(zone))
    found = {
        (midnight + timedelta(hours=hours)).replace(fold=fold).utcoffset()
        for hours in range(0, 24 * days + 1, 12 if days > 1 else 3)
        for fold in (0, 1)
    }
    offset = found.pop()
    return int(offset.total_seconds()) if offset is not None and not found else None


def as_patterned(column: Column, text: pl.Expr) -> pl.Expr:
    """Return texts of items in the column's pattern; null where it cannot say what they say."""
    return text.map_elements(_writer(column), return_dtype=pl.String)


def _writer(column: Column) -> Callable[[str], str | None]:
    pattern, own_form = _pattern(column), patterned(column)

    def write(text: str) -> str | None:
        if column.type == "TIME":
            day, clock = date.min, text
        else:
            day, clock = date.fromisoformat(text[:10]), text[11:] or "00:00:00"
        fraction = clock[9:].removesuffix("Z")
        moment = datetime.combine(day, time.fromisoformat(clock[:8]))
        offset = "Z"
        if column.timezone:
            local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(column.timezone))
            moment, offset = local.replace(tzinfo=None), f"{local:%z}"
        written = _filled(pattern, moment, fraction, offset) if pattern else text
        try:
            return written if own_form.parse(written) == text else None
        except ValueError:
            return None

    return write


def _filled(pattern: DatePattern, moment: datetime, fraction: str, offset: str) -> str:
    hour = moment.hour % 12 or 12 if pattern.half_days else moment.hour
    parts = {
        "YYYY": f"{moment.year:04}", "YY": f"{moment.year % 100:02}", "MM": f"{moment.month:02}",
        "M": str(moment.month), "dd": f"{moment.day:02}", "d": str(moment.day), "HH": f"{hour:02}",
        "H": str(hour), "hh": f"{hour:02}", "h": str(hour), "mm": f"{moment.minute:02}",
        "ss": f"{moment.second:02}", "F": fraction or "0", "a": "PM" if moment.hour > 11 else "AM",
        "Z": offset,
    }  # fmt: skip
    written = ""
    for name, text in pattern.pieces:
        if name == "F" and not fraction and written[-1:] in (".", ","):
            written = written[:-1]
        else:
            written += parts[name] if name else text
    return written
