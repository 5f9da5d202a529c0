"""Follows loads, several at once: looks every few seconds, through outages, and judges each at its end.

What is kept of a load is its last look and one before: watching for hours takes no more memory.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from dynamodb_bulk.aws.polling import OUTAGE_SECONDS
from dynamodb_bulk.aws.refusals import expired, passes, reason
from dynamodb_bulk.loads.progress import Progress
from dynamodb_bulk.loads.status import LoadStatus
from dynamodb_bulk.one_line import in_one_line
from dynamodb_bulk.spec.errors import LoadFailed

LOOK_SECONDS = 3.0
_RATE_SECONDS = 15.0  # the rate now is over the last so many seconds at least


@dataclass
class Watched:
    """A load that is followed; `look` asks AWS, `judge` settles a load that has ended.

    `row` is the last look, `before` the progress some seconds earlier; `trouble` says why there is no newer
    look, and `error` is what raised it. `over`: there is nothing left to follow.
    """

    name: str
    look: Callable[[], LoadStatus]
    judge: Callable[[], object] = lambda: None
    row: LoadStatus | None = None
    before: Progress | None = None
    trouble: str = ""
    error: Exception | None = None
    over: bool = False
    _kept: Progress | None = None
    _silent_since: float | None = field(default=None, repr=False)

    def step(self) -> None:
        """Look once, and judge the load if AWS does not work at it; trouble that does not pass ends it."""
        try:
            self._take(self.look())
        except Exception as error:  # noqa: BLE001 - raised again unless it is said in a line
            self._troubled(error)

    @property
    def good(self) -> bool:
        """Whether the load ended well, and that was seen."""
        return not self.trouble and self.row is not None and self.row.good is True

    def _take(self, row: LoadStatus) -> None:
        self._note(row.progress)
        self.row, self.trouble, self._silent_since = row, "", None
        if row.progress is not None:
            return
        if row.good is None:
            try:
                self.judge()
            except LoadFailed as failed:
                if passes(failed) or expired(failed):
                    raise
                self.row = self.look()
                if self.row.good is None:
                    self.trouble = str(failed)
            else:
                self.row = self.look()
        self.over = True

    def _note(self, progress: Progress | None) -> None:
        last = self._kept
        if progress is None or last is None or progress.seconds < last.seconds:
            self.before, self._kept = None, progress
        elif progress.seconds - last.seconds >= _RATE_SECONDS:
            self.before, self._kept = last, progress
        elif self.before is None and progress.seconds > last.seconds:
            self.before = last

    def _troubled(self, error: Exception) -> None:
        line = in_one_line(error)
        if line is None:
            raise error
        self.error = error
        if expired(error):
            self.trouble, self.over = (
                f"the credentials expired, and the load goes on without them: {line}",
                True,
            )
            return
        now = time.monotonic()
        self._silent_since = self._silent_since or now
        silent = now - self._silent_since
        self.over = not passes(error) or silent > OUTAGE_SECONDS
        self.trouble = line if self.over else f"AWS does not answer ({reason(error)}); trying again"


def watch(
    loads: list[Watched], show: Callable[[], None], *, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Follow all to their ends; `show` is called after every look at all of them.

    Raise why, where the first look at each fails: then there is nothing to follow.
    """
    while True:
        for one in loads:
            if not one.over:
                one.step()
        failed = [one.error for one in loads if one.error and one.row is None]
        if failed and len(failed) == len(loads):
            raise failed[0]
        show()
        if all(one.over for one in loads):
            return
        sleep(LOOK_SECONDS)


def failed_row(watched: Watched) -> LoadStatus:
    """Return the last look with the trouble in place of its verdict; it is not good."""
    row = watched.row or LoadStatus(load=watched.name, method="-", table="", rows_in_files=None)
    if not watched.trouble:
        return row
    return replace(row, good=False, verdict=watched.trouble, progress=None)
