"""Imports, bulk puts, DMS tasks and queued runs of Glue jobs can be held, to try what happens meanwhile."""

import threading
from collections.abc import Callable

_free = threading.Event()
_free.set()
_waiting: set[threading.Thread] = set()
_lock = threading.Lock()
_more = 0


def hold(most: int) -> None:
    """Hold the next loads before their first item, at most so many; with 0, let all go on."""
    global _more
    with _lock:
        _more = most
        if most:
            _free.clear()
        else:
            _free.set()


def waiting() -> int:
    """How many loads are held."""
    return len(_waiting)


def wait(ended: Callable[[], bool] = lambda: False, held: Callable[[], None] = lambda: None) -> None:
    """Return when this load, whose thread calls it, is not to be held any longer, or was ended.

    Call `held` if it is held at all.
    """
    global _more
    here = threading.current_thread()
    with _lock:
        if not _more:
            return
        _more -= 1
        _waiting.add(here)
    held()
    while not ended() and not _free.wait(0.05):
        pass
    _waiting.remove(here)
