"""The pattern of dates, from the forms of all values of a column and the largest of their parts."""

from collections.abc import Callable
from typing import Any

from dynamodb_bulk.init.values import DATE, ColumnFacts

_MONTHS, _DAYS = 12, 31


def date_column(facts: ColumnFacts, choice: Callable[..., Any]) -> Any:
    """Return the choice for a column of dates; None if its values are none, or of several patterns."""
    matches = [DATE.fullmatch(form) for form in facts.forms]
    if facts.whole or not matches or not all(matches):
        return None
    found = [match for match in matches if match]
    signs = {match["s"] for match in found}
    if len(signs) != 1:
        return None
    first = {len(match["a"]) for match in found}
    last = {len(match["c"]) for match in found}
    doubts: list[str] = []
    if first == {4} and last <= {1, 2}:
        if facts.largest_parts[1] > _MONTHS:
            return None
        names = ("YYYY", _width("M", {len(match["b"]) for match in found}), _width("d", last))
    elif first <= {1, 2} and last in ({4}, {2}):
        year = "YYYY" if last == {4} else "YY"
        middle = {len(match["b"]) for match in found}
        one, other = facts.largest_parts
        day_first = _day_first(one, other, signs, doubts)
        if day_first is None:
            return None
        if day_first:
            names = (_width("d", first), _width("M", middle), year)
        else:
            names = (_width("M", first), _width("d", middle), year)
    else:
        return None
    day = next(iter(signs)).join(names)
    clocks = {(match["t"], match["clock"], match["zone"]) for match in found}
    return _with_clock(day, clocks, doubts, choice)


def _day_first(one: int, other: int, signs: set[str], doubts: list[str]) -> bool | None:
    if one > _DAYS or other > _DAYS or (one > _MONTHS and other > _MONTHS):
        return None
    if one > _MONTHS or other > _MONTHS:
        return one > _MONTHS
    day_first = signs != {"/"}
    taken = ("day", "month") if day_first else ("month", "day")
    doubts.append(
        f"no value says whether the day or the month is first: {taken[0]} before {taken[1]} is taken"
    )
    return day_first


def _with_clock(
    day: str,
    clocks: set[tuple[str | None, str | None, str | None]],
    doubts: list[str],
    choice: Callable[..., Any],
) -> Any:
    iso = day == "YYYY-MM-dd"
    if clocks == {(None, None, None)}:
        keys = {"type": "DATE"} if iso else {"type": "DATE", "date_format": day}
        return choice(keys=keys, doubts=doubts)
    timed = [(sign, clock, zone or "") for sign, clock, zone in clocks if clock]
    zoned = {bool(zone) for _, _, zone in timed}
    seconds = {clock.count(":") for _, clock, _ in timed}
    halves = {clock[-1] in "mM." and not clock[-1].isdigit() for _, clock, _ in timed}
    fraction = max(
        len(clock.partition(".")[2].rstrip(" AaPpMm.")) if ".9" in clock else 0 for _, clock, _ in timed
    )
    if len(zoned) > 1 or len(seconds) > 1 or len(halves) > 1:
        return None
    keys: dict[str, Any] = {"type": "DATETIME"}
    if fraction:
        keys["scale"] = fraction
    plain = iso and zoned == {False} and seconds == {2} and halves == {False}
    if plain and {sign for sign, _, _ in timed} <= {"T", " "}:
        return choice(
            keys=keys, doubts=doubts, note="dates alone among them" if len(timed) < len(clocks) else ""
        )
    if len(timed) < len(clocks) or len({sign for sign, _, _ in timed}) > 1:
        return None
    sign = timed[0][0] or " "
    hours = {len(clock.split(":")[0]) for _, clock, _ in timed}
    half = halves == {True}
    hour = _width("h" if half else "H", hours)
    between = "'T'" if sign == "T" else sign
    pattern = f"{day}{between}{hour}:mm" + (":ss" if seconds == {2} else "")
    pattern += ".F" if fraction else ""
    if half:
        pattern += " a" if any(" " in clock for _, clock, _ in timed) else "a"
    if zoned == {True}:
        pattern += " Z" if any(zone.startswith(" ") for _, _, zone in timed) else "Z"
    keys["date_format"] = pattern
    return choice(keys=keys, doubts=doubts, note="written in UTC" if zoned == {True} else "")


def _width(letter: str, widths: set[int]) -> str:
    return letter * 2 if widths == {2} else letter
