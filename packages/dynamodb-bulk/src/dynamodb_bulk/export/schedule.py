"""When a stack's table is exported by the clock, and where these exports go."""

from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from aws_croniter import AwsCroniter
from aws_croniter.exceptions import AwsCroniterExpressionError
from pydantic import BaseModel, ConfigDict

from dynamodb_bulk.spec.errors import MistakeAt

# A window ends so long before its export is asked for, when recovery has surely got there: the latest that
# can be restored is typically five minutes ago.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
BEHIND_MINUTES: Final = 10
_DAY: Final = 24 * 60
# What a schedule is called in its group.
FULL: Final = "full"
CHANGES: Final = "changes"
WINDOWS: Final = tuple(
    minutes for minutes in range(15, _DAY + 1) if 60 % minutes == 0 or (minutes % 60 == 0 == _DAY % minutes)
)
"""Lengths of windows that divide a day, so that one expression has all their ends, in minutes."""


class StackSchedule(BaseModel):
    """The schedule of an export of a stack, which writes to `prefix` in `bucket`.

    `full`: an expression of EventBridge Scheduler, in `timezone`. Windows of changes are of
    `incremental_minutes` and end on multiples of these in a day of UTC, less `BEHIND_MINUTES`; full exports
    before them are of such a time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    group: str
    table_arn: str
    bucket: str
    prefix: str
    full: str | None = None
    incremental_minutes: int | None = None
    timezone: str = "UTC"

    @property
    def table(self) -> str:
        """The table's name."""
        return self.table_arn.rpartition("/")[2]

    @property
    def place(self) -> str:
        """The location of its exports."""
        return f"s3://{self.bucket}/{self.prefix}"


def ends_of_windows(minutes: int) -> str:
    """Return the expression of the times that exports of windows of `minutes` are asked for.

    Not a rate: that begins when the schedule is made or changed, and then leaves a hole.
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
    """
    if minutes < 60:
        return f"cron(0/{minutes} * * * ? *)"
    hours = {60: "*", _DAY: "0"}.get(minutes, f"0/{minutes // 60}")
    return f"cron(0 {hours} * * ? *)"


def last_end(moment: datetime, minutes: int) -> datetime:
    """Return the end of the last window of changes that can be exported at a time."""
    length = timedelta(minutes=minutes)
    return moment - (moment - datetime.fromtimestamp(0, UTC)) % length - timedelta(minutes=BEHIND_MINUTES)


def mistake_in(expression: str) -> str:
    """Return what is wrong with a cron or rate expression of EventBridge Scheduler, or an empty text.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
    """
    kind, _, inner = expression.removesuffix(")").partition("(")
    if kind == "rate":
        number, _, unit = inner.partition(" ")
        if number.isdecimal() and int(number) and unit.removesuffix("s") in ("minute", "hour", "day"):
            return ""
        return "a rate is a positive number and minutes, hours or days: rate(1 day)"
    try:
        AwsCroniter(" ".join(inner.split()))
    except AwsCroniterExpressionError as error:
        said = str(error).rstrip(".").replace(".One", ". One")
        return f"{said}; a cron has minute, hour, day of month, month, day of week and year"
    except ValueError:  # well formed, and more than the library computes, as LW
        return ""
    return ""


def require_timezone(name: str) -> None:
    """Raise MistakeAt for what is not the name of a time zone."""
    zones = available_timezones()  # none where the machine has no table of them
    if zones and name not in zones:
        near = get_close_matches(name, zones, n=1)
        raise MistakeAt(
            f"{name!r} is not a time zone" + (f"; did you mean {near[0]}?" if near else ""), "timezone"
        )


def period(expression: str) -> timedelta | None:
    """Return the time between two runs of a rate; None for a cron expression."""
    kind, _, inner = expression.removesuffix(")").partition("(")
    if kind != "rate":
        return None
    number, _, unit = inner.partition(" ")
    return timedelta(**{f"{unit.removesuffix('s')}s": int(number)})


def last_due(expression: str, timezone: str, now: datetime) -> datetime | None:
    """Return when a cron expression was last due; None for a rate, whose start is unknown."""
    kind, _, inner = expression.removesuffix(")").partition("(")
    if kind != "cron":
        return None
    zone = ZoneInfo(timezone)
    wall = now.astimezone(zone).replace(tzinfo=UTC)  # the expression is of the clock on the wall
    try:
        (found,) = AwsCroniter(inner).get_prev(wall)
    except ValueError:
        return None
    return found.replace(tzinfo=zone).astimezone(UTC) if found else None
