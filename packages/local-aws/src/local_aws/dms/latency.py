"""How long DMS takes for each change of state, in seconds."""

from collections.abc import Mapping
from typing import Literal

Change = Literal[
    "instance.creating", "instance.modifying", "instance.deleting", "interface.releasing",
    "task.creating", "task.modifying", "task.moving", "task.starting", "task.stopping", "task.deleting",
    "connection.testing",
]  # fmt: skip
Latency = Mapping[Change, float]

# Not documented: what users see on AWS, rounded.
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
}
_FAST_SECONDS = 0.3

LATENCIES: dict[str, Latency] = {"aws": _AWS, "fast": dict.fromkeys(_AWS, _FAST_SECONDS)}
