"""What AWS logs of a load, in one form for all methods."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, kw_only=True)
class LogLine:
    """A line that AWS logged; `time` is UTC, and None where AWS gives none."""

    text: str
    time: datetime | None = None

    @property
    def shown(self) -> str:
        """The line with its time, for users."""
        return f"{self.time:%Y-%m-%d %H:%M:%S}Z  {self.text}" if self.time else self.text


def logged(message: str, milliseconds: int | None) -> LogLine:
    """Return a line of CloudWatch Logs, whose times are milliseconds since 1970."""
    time = None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
    return LogLine(text=message.strip(), time=time)


def milliseconds(time: datetime | None) -> int:
    """Return a time as CloudWatch Logs has it; 0 for None: from the start."""
    return 0 if time is None else round(time.timestamp() * 1000)


class LogReader:
    """Gives each line of a log once; `read` gives those from a time on, or all."""

    def __init__(self, read: Callable[[datetime | None], Iterator[LogLine]]) -> None:
        self._read = read
        self._time: datetime | None = None
        self._of_that_time = 0

    def new(self) -> Iterator[LogLine]:
        """Yield the lines that were not given yet."""
        time, given = self._time, self._of_that_time
        for number, line in enumerate(self._read(time)):
            if number < given and line.time == time:
                continue
            self._of_that_time = self._of_that_time + 1 if line.time == self._time else 1
            self._time = line.time
            yield line
