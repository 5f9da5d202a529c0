"""How many write units per second the load consumes: at most its ceiling, less where the table throttles."""

import threading
import time
from collections.abc import Callable

_BACK_OFF = 0.7  # of the rate, when calls are throttled
_SETTLING = 0.5  # seconds in which calls that were sent before count as throttled for the same reason
_REGAIN = 0.05  # of the ceiling, each second without a throttled call
_BURST = 0.25  # seconds of the rate that may be consumed at once: 5 % of 5 seconds
_LEARNING = 0.1
_LONGEST_PAUSE = 1.0  # seconds: the rate may rise meanwhile
_ROUNDING = 1e-6  # units: who has waited as long as it was told does not wait again
_LEAST = 1.0  # units per second, unless the ceiling is lower
_LEAST_CEILING = 0.01


class Rate:
    """A token bucket of consumed capacity that every thread takes from.

    Units are taken when they are about to be consumed, and not ahead for when a thread should wake up: so
    threads that wake up late together do not consume above the rate, in no 5 seconds by more than 5 %. What
    they missed they make up for, up to a quarter of a second.

    A put is charged what it is likely to consume before it is sent, and the difference when DynamoDB has said
    what it did consume. So the bucket is exact in the long run, and never far off. `per_unit`: how many units
    the table consumed of late for a unit of the items alone, with its indexes.
    """

    def __init__(self, ceiling: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._ceiling = self._rate = max(ceiling, _LEAST_CEILING)
        self._filled = self._changed = clock()
        self._level = self._awaited = 0.0
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

    @property
    def batch_units(self) -> float:
        """How many units of items go together in a call, for calls to be often enough to keep the rate."""
        return self.units_per_second * _BURST / 2 / self.per_unit

    def take(self, units: float, *, waited: bool = False) -> float:
        """Take units and return 0, or return the seconds to wait before asking again, `waited`."""
        with self._lock:
            self._regain()
            self._fill()
            least = min(units, self._rate * _BURST)  # who wants more than fits in has the bucket owe it
            if waited:
                self._awaited -= units
            if self._level >= least - _ROUNDING:
                self._level -= units
                return 0.0
            ahead = 0.0 if waited else self._awaited
            self._awaited += units
            return min((ahead + least - self._level) / self._rate, _LONGEST_PAUSE)

    def correct(self, units: float) -> None:
        """Take units that were consumed beyond those taken before; give back where there are fewer."""
        with self._lock:
            self._level -= units

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

    def _fill(self) -> None:
        now = self._clock()
        self._level = min(self._level + (now - self._filled) * self._rate, self._rate * _BURST)
        self._filled = now

    def _regain(self) -> None:
        now = self._clock()
        whole = int(now - self._changed)
        if whole and self._rate < self._ceiling:
            self._rate = min(self._rate + whole * _REGAIN * self._ceiling, self._ceiling)
            self._changed += whole
