"""The weekly maintenance window of a replication instance, in UTC, such as sun:06:00-sun:06:30.

Source: https://docs.aws.amazon.com/dms/latest/APIReference/API_CreateReplicationInstance.html
"""

import re
from datetime import datetime

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = rf"(?:{'|'.join(_DAYS)}):(?:[01]\d|2[0-3]):[0-5]\d"
_DAY_MINUTES, _WEEK_MINUTES, _LEAST_MINUTES = 24 * 60, 7 * 24 * 60, 30


def weekly_window(text: str) -> str:
    """Return a window that AWS takes; raise ValueError for another text."""
    if not re.fullmatch(rf"{_TIME}-{_TIME}", text):
        raise ValueError(
            f"expected days and times in UTC, as sun:06:00-sun:06:30, in lower case; got {text!r}"
        )
    begin, end = _minutes(text)
    if (end - begin) % _WEEK_MINUTES < _LEAST_MINUTES:
        raise ValueError(f"shorter than {_LEAST_MINUTES} minutes, the shortest that AWS takes")
    return text


def is_open(window: str, now: datetime) -> bool:
    """Return whether the window is open at a time in UTC."""
    begin, end = _minutes(window.lower())
    minute = now.weekday() * _DAY_MINUTES + now.hour * 60 + now.minute
    return begin <= minute < end if begin < end else not end <= minute < begin


def _minutes(window: str) -> tuple[int, int]:
    """Return the minutes of the week, from Monday on, at which the window opens and closes."""
    begin, end = (
        _DAYS.index(day) * _DAY_MINUTES + int(hour) * 60 + int(minute)
        for day, hour, minute in (time.split(":") for time in window.split("-"))
    )
    return begin, end
