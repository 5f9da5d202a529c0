"""The cores and the memory of this machine, as the work of one process shares them."""

import ctypes
import os
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

# polars' own allocator reads this when polars is imported: https://jemalloc.net/jemalloc.3.html#opt.dirty_decay_ms
_JEMALLOC = "dirty_decay_ms:-1,muzzy_decay_ms:-1"
# https://man7.org/linux/man-pages/man3/mallopt.3.html
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_BYTES = 1 << 30
_FREE = threading.BoundedSemaphore(os.cpu_count() or 1)


@contextmanager
def on_a_core(report: Callable[[str], None] = lambda _: None) -> Generator[None]:
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


def keep_freed_memory() -> None:
    """Ask both allocators of this process to keep what is freed; before polars is imported.

    Memory that one block of rows no longer needs is kept for the next, which saves a third of the time:
    handing it back and asking for it again costs a page fault for every 4 KB.
    """
    os.environ.setdefault("_RJEM_MALLOC_CONF", _JEMALLOC)
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # the GNU C library alone has it
    if mallopt:
        mallopt(_TRIM_THRESHOLD, _BYTES)
        mallopt(_MMAP_THRESHOLD, _BYTES)
