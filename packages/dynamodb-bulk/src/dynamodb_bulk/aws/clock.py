"""AWS's time, by the header Date of its answers: this machine's clock may be wrong by minutes.

AWS accepts signatures of a clock that is some minutes off, by which what began a moment ago would have begun
in the future, or long ago.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

# The header has whole seconds, and an answer takes its time.
_NOT_NOTICED = timedelta(seconds=5)
_ahead = timedelta()


def aws_now() -> datetime:
    """Return the time by AWS's clock, as its last answer told; by this machine's if they agree."""
    return datetime.now(UTC) + _ahead


def follow_clock(client: Any) -> None:
    """Note the time of every answer that a client gets."""
    client.meta.events.register("after-call", _note)


def told_time(answer: Mapping[str, Any]) -> datetime | None:
    """Return the time that an answer of AWS, or an error, has in its header; None if it has none."""
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        told = parsedate_to_datetime(date) if date else None
    except ValueError:
        return None
    return told.astimezone(UTC) if told else None


def _note(parsed: Mapping[str, Any], **_: object) -> None:
    global _ahead
    if told := told_time(parsed):
        difference = told - datetime.now(UTC)
        _ahead = difference if abs(difference) > _NOT_NOTICED else timedelta()
