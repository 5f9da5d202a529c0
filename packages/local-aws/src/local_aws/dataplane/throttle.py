"""Tables that throttle: a token bucket of write units per table, where a test asks for one.

moto's tables take any rate. How long DynamoDB's own bursts are is not documented, so that here a table has
one second of its capacity at most.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html
"""

import threading
import time
from collections.abc import Mapping


class Bucket:
    """The write units that are left of a table."""

    def __init__(self, units_per_second: float) -> None:
        self._per_second = units_per_second
        self._left = units_per_second
        self._filled = time.monotonic()
        self._lock = threading.Lock()

    def take(self, units: float) -> bool:
        """Take units, if any are left: the last write may take more."""
        with self._lock:
            now = time.monotonic()
            self._left = min(self._left + (now - self._filled) * self._per_second, self._per_second)
            self._filled = now
            if self._left <= 0:
                return False
            self._left -= units
            return True


_BUCKETS: dict[str, Bucket] = {}


def bucket_of(table: str) -> Bucket | None:
    """Return the bucket of a table, by its name or ARN; None where it takes any rate."""
    return _BUCKETS.get(table.rpartition("/")[2]) if _BUCKETS else None


def throttle(units: Mapping[str, float | None]) -> dict[str, float]:
    """Set the write units per second of tables by their names; with None one takes any rate."""
    for table, per_second in units.items():
        if per_second is None:
            _BUCKETS.pop(table, None)
        else:
            _BUCKETS[table] = Bucket(per_second)
    return {}
