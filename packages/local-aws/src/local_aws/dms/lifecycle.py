"""The status of a resource over time: what it is now, and what it becomes by itself later."""

import time
from dataclasses import dataclass

GONE = "gone"


@dataclass(kw_only=True)
class Lifecycle:
    """A status that turns into `later` once `due` (seconds, monotonic clock) has passed."""

    current: str
    later: str | None = None
    due: float = 0.0

    @property
    def status(self) -> str:
        """The status now; `gone` once a deletion is over."""
        if self.later is not None and time.monotonic() >= self.due:
            self.current, self.later = self.later, None
        return self.current

    def change(self, status: str, *, then: str | None = None, after: float = 0.0) -> None:
        """Take on a status at once, and another one `after` seconds."""
        self.current, self.later, self.due = status, then, time.monotonic() + after
