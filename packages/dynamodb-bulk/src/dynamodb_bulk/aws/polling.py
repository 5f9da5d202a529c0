"""Looks again and again: often at first, less as time continues, through outages, and not forever."""

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from dynamodb_bulk.aws.refusals import at_limit, expired, passes, reason
from dynamodb_bulk.spec.errors import LoadFailed

Seen = TypeVar("Seen")
Report = Callable[[str], None]
"""Shows one line on what goes on."""

OUTAGE_SECONDS = 15 * 60
_FIRST_WAIT = 0.25
_LONGEST_WAIT = 15.0
_GROWTH = 1.3


def poll(
    look: Callable[[], Seen],
    done: Callable[[Seen], bool],
    *,
    limit_seconds: float,
    what: str,
    report: Report = lambda _: None,
) -> Seen:
    """Return the first look that is done; raise LoadFailed past the limit.

    A look that AWS leaves unanswered is no look: that is reported, and the next one follows, for up to 15
    minutes in a row. What does not pass is raised at once; of credentials that expired, what to do.
    """
    end = time.monotonic() + limit_seconds
    waits = _waits()
    outage = _Outage(report)
    while True:
        try:
            seen = outage.outlast(look)
        except Exception as error:
            if not expired(error):
                raise
            raise LoadFailed(
                f"{what}: the credentials expired while waiting ({reason(error)}), and AWS continues without "
                "them; sign in again (`aws sso login`, or new keys) and run the command again, which resumes"
            ) from error
        if seen and done(seen[0]):
            return seen[0]
        if time.monotonic() > end:
            raise LoadFailed(
                f"{what}: still running after {limit_seconds / 60:,.0f} minutes; not waiting any longer"
            )
        if outage.too_long:
            raise LoadFailed(outage.told(what))
        time.sleep(next(waits))


def persist(work: Callable[[], Seen], *, what: str, report: Report) -> Seen:
    """Return what the work returns; it is repeated while AWS does not answer, for up to 15 minutes.

    The work must be safe to repeat at any point. Raise LoadFailed when that did not help.
    """
    waits = _waits()
    outage = _Outage(report)
    while not (result := outage.outlast(work)):
        if outage.too_long:
            raise LoadFailed(outage.told(what))
        time.sleep(next(waits))
    return result[0]


def await_turn(begin: Callable[[], Seen], *, limit_seconds: float, what: str, report: Report) -> Seen:
    """Return what the call returns; it is repeated while AWS runs as many of these at once as it allows."""

    def attempt() -> list[Seen]:
        try:
            return [begin()]
        except Exception as error:
            if not at_limit(error):
                raise
            report(f"waiting for another one to end: AWS runs as many at once as it allows ({reason(error)})")
            return []

    return poll(
        attempt, bool, limit_seconds=limit_seconds, what=f"{what}, waiting to begin", report=report
    ).pop()


class _Outage:
    """Time in a row in which AWS did not answer."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._since: float | None = None
        self._reason = ""

    @property
    def too_long(self) -> bool:
        return self._since is not None and time.monotonic() - self._since > OUTAGE_SECONDS

    def outlast(self, call: Callable[[], Seen]) -> tuple[Seen] | None:
        """Return what the call gave, or None if AWS did not answer; an answer ends the outage."""
        try:
            seen = (call(),)
        except Exception as error:
            if not passes(error):
                raise
            self._since = self._since or time.monotonic()
            self._reason = reason(error)
            self._report(f"AWS does not answer ({self._reason}); trying again")
            return None
        self._since = None
        return seen

    def told(self, what: str) -> str:
        return (
            f"{what}: AWS did not answer for {OUTAGE_SECONDS / 60:,.0f} minutes ({self._reason}); "
            "run the command again later: it continues where this one stopped"
        )


def _waits() -> Iterator[float]:
    wait = _FIRST_WAIT
    while True:
        yield wait
        wait = min(wait * _GROWTH, _LONGEST_WAIT)
