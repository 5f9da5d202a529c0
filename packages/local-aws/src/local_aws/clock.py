"""The time that local AWS goes by, which can be set forward so that history accepts no waiting."""

import time

_ahead = 0.0


def now() -> float:
    """Seconds of the epoch."""
    return time.time() + _ahead


def ahead() -> float:
    """Return how many seconds it is ahead of the system's clock."""
    return _ahead


def set_forward(seconds: float) -> None:
    """Let time jump ahead; it never goes back."""
    global _ahead
    if seconds < 0:
        raise ValueError("time does not go back")
    _ahead += seconds
