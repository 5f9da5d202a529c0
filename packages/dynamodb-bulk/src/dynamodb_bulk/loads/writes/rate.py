"""How many write units per second the load consumes: at most its ceiling, less where the table throttles."""

import threading
import time
from collections.abc import Callable

_BACK_OFF = 0.7  # of the rate, when calls are throttled
_SETTLING = 0.5  # seconds in which calls that were sent before count as throttled for the same reason
_REGAIN = 0.05  # of the ceiling, each second without a throttled call
_MADE_UP = 2.0  # seconds without puts that are made up for
_LEARNING = 0.1
_LEAST = 1.0  # units per second, unless the ceiling is lower
_LEAST_CEILING = 0.01


class Rate:
    """A token bucket of consumed capacity that every thread takes from.

    A put is charged what it is likely to consume before it is sent, and the difference when DynamoDB has said
    what it did consume. So the bucket is exact in the long run, and never far off. `per_unit`: how many units
    the table consumed of late for a unit of the items alone, with its indexes.
    """

    def __init__(self, ceiling: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._ceiling = self._rate = max(ceiling, _LEAST_CEILING)
        self._next = self._changed = clock()
        self.throttled_calls = 0
        self.per_unit = 1.0

    @property
    def ceiling(self) -> float:
        """The most units per second."""
        return self._ceiling

    @ceiling.setter
    def ceiling(self, units: float) -> None:
        with self._lock:
            self._ceiling = max(units, _LEAST_CEILING)
            self._rate = min(self._rate, self._ceiling)

    @property
    def units_per_second(self) -> float:
        """The rate now."""
        with self._lock:
            self._regain()
            return self._rate

    @property
    def throttled_now(self) -> str:
        """How far the table has it below its ceiling, in words; empty where it is not."""
        rate = self.units_per_second
        if not self.throttled_calls or rate >= self._ceiling:
            return ""
        return f"throttled {self.throttled_calls:,} times, now at {rate:,.0f} of {self._ceiling:,.0f} units/s"

    def wait_for(self, units: float) -> float:
        """Take units, and return the seconds to wait before they may be consumed."""
        with self._lock:
            self._regain()
            now = self._clock()
            begin = max(self._next, now - _MADE_UP)
            self._next = begin + units / self._rate
            return max(0.0, begin - now)

    def correct(self, units: float) -> None:
        """Take units that were consumed beyond those taken before; give back where there are fewer."""
        with self._lock:
            self._next += units / self._rate

    def learn(self, per_unit: float) -> None:
        """Take in what a put consumed for a unit of its item."""
        self.per_unit += (per_unit - self.per_unit) * _LEARNING

    def throttled(self) -> None:
        """Slow down, once for calls that were on their way together."""
        with self._lock:
            self.throttled_calls += 1
            now = self._clock()
            self._regain()
            if now - self._changed >= _SETTLING or self._rate == self._ceiling:
                self._rate = max(self._rate * _BACK_OFF, min(_LEAST, self._ceiling))
                self._changed = now

    def _regain(self) -> None:
        now = self._clock()
        whole = int(now - self._changed)
        if whole and self._rate < self._ceiling:
            self._rate = min(self._rate + whole * _REGAIN * self._ceiling, self._ceiling)
            self._changed += whole
