"""The status of a resource over time: what it is now, what it becomes by itself later, and how much later."""

import time
from dataclasses import dataclass

GONE = "gone"
PREPARING = (
    "initializing",
    "preparing_metadata_resources",
    "testing_connection",
    "fetching_metadata",
    "calculating_capacity",
    "provisioning_capacity",
    "replication_starting",
)
"""The states of a serverless replication before it runs, in order.

Their spelling is not documented; it is that of hashicorp/terraform-provider-aws. Source of the order:
https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Serverless.Components.html
"""


@dataclass(kw_only=True)
class Lifecycle:
    """Keeps a status, which turns into `later` once `due` (seconds, monotonic clock) has passed."""

    current: str
    later: str | None = None
    due: float = 0.0

    @property
    def status(self) -> str:
        """The status now; `gone` once a deletion is over."""
        if self.later is not None and time.monotonic() >= self.due:
            self.current, self.later = self.later, None
        return self.current

    @property
    def left(self) -> float:
        """Seconds until the next status."""
        return max(0.0, self.due - time.monotonic())

    def change(self, status: str, *, then: str | None = None, after: float = 0.0) -> None:
        """Take on a status at once, and another one `after` seconds."""
        self.current, self.later, self.due = status, then, time.monotonic() + after
