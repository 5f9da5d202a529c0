"""A task's CloudWatch log: the group of its instance, the stream of its own.

The names are AWS's; the lines follow the form of AWS's, whose exact texts are not documented.
"""

import threading
import time
from dataclasses import dataclass, field
from typing import Literal

from moto.logs.models import LogsBackend, logs_backends

from local_aws.account import ACCOUNT

Component = Literal["TASK_MANAGER", "SOURCE_UNLOAD", "TARGET_LOAD", "SOURCE_CAPTURE", "TARGET_APPLY"]
Severity = Literal["I", "W", "E"]

_LARGEST_EVENT = 262_118


@dataclass(kw_only=True)
class TaskLog:
    """Collects lines and writes them to CloudWatch Logs; writes nothing when not `enabled`."""

    region: str
    group: str
    stream: str
    enabled: bool
    _lines: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, component: Component, severity: Severity, message: str) -> None:
        """Add a line, to be written by the next flush."""
        if not self.enabled:
            return
        written = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        text = f"{written} [{component:<16}]{severity}:  {message}"
        with self._lock:
            self._lines.append({"timestamp": int(time.time() * 1000), "message": text[:_LARGEST_EVENT]})

    def flush(self) -> None:
        """Write what has been added."""
        with self._lock:
            lines, self._lines = self._lines, []
            if lines:
                put_events(self.region, self.group, self.stream, lines)


def log_bytes(region: str, group: str, stream: str) -> int:
    """Return how many bytes the events of a stream have; 0 where it does not exist."""
    backend: LogsBackend = logs_backends[ACCOUNT][region]
    found = backend.groups[group].streams.get(stream) if group in backend.groups else None
    return sum(len(event.message.encode()) for event in found.events) if found else 0


def put_events(region: str, group: str, stream: str, events: list[dict[str, object]]) -> None:
    """Write to CloudWatch Logs, making group and stream where they are missing."""
    backend: LogsBackend = logs_backends[ACCOUNT][region]
    backend.ensure_log_group(group)
    backend.ensure_log_stream(group, stream)
    backend.groups[group].put_log_events(stream, events)
