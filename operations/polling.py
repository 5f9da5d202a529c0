"""Looks again and again: often at first, less as time goes on, and not forever."""

import time
from collections.abc import Callable
from typing import TypeVar

from operations.load import LoadFailed

Seen = TypeVar("Seen")

_FIRST_WAIT = 0.25
_LONGEST_WAIT = 15.0
_GROWTH = 1.3


def poll(look: Callable[[], Seen], done: Callable[[Seen], bool], *, limit_seconds: float, what: str) -> Seen:
    """The first look that is done; raises LoadFailed past the limit."""
    end = time.monotonic() + limit_seconds
    wait = _FIRST_WAIT
    while not done(seen := look()):
        if time.monotonic() > end:
            raise LoadFailed(f"{what}: no end in sight after {limit_seconds / 60:,.0f} minutes")
        time.sleep(wait)
        wait = min(wait * _GROWTH, _LONGEST_WAIT)
    return seen
