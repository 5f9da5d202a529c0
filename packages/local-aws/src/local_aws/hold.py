"""Imports, bulk puts and DMS tasks that are under way can be held, to try what happens meanwhile."""

import threading
from collections.abc import Callable

_free = threading.Event()
_free.set()
_waiting: set[threading.Thread] = set()


def hold(held: bool) -> None:
    """Hold all loads before their first item, those that start later as well; or let all go on."""
    if held:
        _free.clear()
    else:
        _free.set()


def waiting() -> int:
    """How many loads are held."""
    return len(_waiting)


def wait(ended: Callable[[], bool] = lambda: False) -> None:
    """Return when loads are not held, or this one, whose thread calls it, was ended."""
    here = threading.current_thread()
    _waiting.add(here)
    while not ended() and not _free.wait(0.05):
        pass
    _waiting.remove(here)
