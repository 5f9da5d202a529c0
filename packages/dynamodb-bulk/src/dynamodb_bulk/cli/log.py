"""The log of the `bulk` command: one line an event on standard error, as text or JSON.

An event has a name and a few plain values. What a call of AWS was asked or answered is not among them, so
neither rows nor credentials are.
"""

import json
import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from dynamodb_bulk.aws.call_log import LOGGER
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.text import visible

_VALUES = {"--log-level": ("debug", "info", "warning", "error"), "--log-format": ("text", "json")}


def take_log_options(arguments: Sequence[str]) -> list[str]:
    """Set up the log by the options before the command, and return the other arguments; raise InputError."""
    left, given = list(arguments), dict[str, str]()
    while left and (name := left[0].partition("=")[0]) in _VALUES:
        option, equals, value = left.pop(0).partition("=")
        if not equals:
            if not left:
                raise InputError(option, "missing value", f"give one of {', '.join(_VALUES[option])}")
            value = left.pop(0)
        if value not in _VALUES[name]:
            raise InputError(option, f"does not take {value!r}", f"give one of {', '.join(_VALUES[name])}")
        given[name] = value
    if given:
        _set_up(given.get("--log-level", "info"), as_json=given.get("--log-format") == "json")
    return left


def log_end(code: int, seconds: float) -> None:
    """Log the end of the command, by its name alone: its arguments may hold anything."""
    event = {"command": next(iter(sys.argv[1:]), ""), "exit_code": code, "seconds": round(seconds, 3)}
    LOGGER.log(logging.ERROR if code else logging.INFO, "ended", extra={"event": event})


def _set_up(level: str, *, as_json: bool) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(as_json=as_json))
    LOGGER.handlers = [handler]
    LOGGER.setLevel(level.upper())
    LOGGER.propagate = False


class _Lines(logging.Formatter):
    """One line an event; the values are those of `extra={"event": …}`."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        values = getattr(record, "event", {})
        name, level = record.getMessage(), record.levelname.lower()
        if self._as_json:
            return json.dumps({"time": time, "level": level, "event": name, **values})
        shown = " ".join(f"{key}={value}" for key, value in values.items())
        return visible(f"{time} {level} {name} {shown}".rstrip())
