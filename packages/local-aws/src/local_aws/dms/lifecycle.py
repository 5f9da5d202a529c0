"""The status of a resource over time: what it is now, what it becomes by itself later, and how much later."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

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

Change = Literal[
    "instance.creating", "instance.modifying", "instance.deleting", "interface.releasing",
    "task.creating", "task.modifying", "task.moving", "task.starting", "task.stopping", "task.deleting",
    "connection.testing",
    "replication.preparing", "replication.provisioning", "replication.starting", "replication.deleting",
    "subscription.changing",
]  # fmt: skip
Latency = Mapping[Change, float]

# In seconds. Not documented: what users see on AWS, rounded.
_AWS: dict[Change, float] = {
    "instance.creating": 480,
    "instance.modifying": 300,
    "instance.deleting": 180,
    "interface.releasing": 60,
    "task.creating": 45,
    "task.modifying": 20,
    "task.moving": 300,
    "task.starting": 60,
    "task.stopping": 20,
    "task.deleting": 20,
    "connection.testing": 30,
    "replication.preparing": 120,
    "replication.provisioning": 900,
    "replication.starting": 60,
    "replication.deleting": 60,
    "subscription.changing": 10,
}
_FAST_SECONDS = 0.3

LATENCIES: dict[str, Latency] = {"aws": _AWS, "fast": dict.fromkeys(_AWS, _FAST_SECONDS)}


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

    def change(self, status: str, *, then: str | None = None, after: float = 0.0) -> None:
        """Take on a status at once, and another one `after` seconds."""
        self.current, self.later, self.due = status, then, time.monotonic() + after
