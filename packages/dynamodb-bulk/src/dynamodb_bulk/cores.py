"""Work that keeps every core and much memory busy: as much of it at once as there are cores."""

import os
import threading
from collections.abc import Generator
from contextlib import contextmanager

from dynamodb_bulk.loads.load import Report

_FREE = threading.BoundedSemaphore(os.cpu_count() or 1)


@contextmanager
def on_a_core(report: Report = lambda _: None) -> Generator[None]:
    """Wait until a core is free for the work, and report the waiting.

    polars uses all cores for one dataset already: 25 at once would only need 25 times the memory.
    """
    if not _FREE.acquire(blocking=False):
        report("waiting until other files are counted or converted")
        _FREE.acquire()
    try:
        yield
    finally:
        _FREE.release()
