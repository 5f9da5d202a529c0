"""The cores, the memory and the cache of this machine, as the work of one process shares them."""

import os
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

# polars' own allocator reads this when polars is imported: https://jemalloc.net/jemalloc.3.html#opt.dirty_decay_ms
_JEMALLOC = "dirty_decay_ms:-1,muzzy_decay_ms:-1"
CORES = os.cpu_count() or 1
_WORKERS = 2
_AHEAD = 3
_FREE = threading.BoundedSemaphore(CORES)


def cache_folder(name: str) -> Path:
    """Return a folder of this program in the user's cache, which may not exist yet."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "dynamodb-bulk" / name


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
    """Ask polars' allocator to keep freed memory for the next block of rows; before polars is imported.

    Measured by `benchmarks.convert` with 1,000,000 rows on 2 cores: an eighth less CPU time and half the
    page faults, for 30 to 80 MB more at the peak. Tuning the C library's malloc as well gained nothing.
    """
    os.environ.setdefault("_RJEM_MALLOC_CONF", _JEMALLOC)


def read_ahead(tasks: Iterable[T]) -> Iterator[T]:
    """Yield the tasks, the next of which is always made in another thread.

    Polars lets go of Python's lock while it works, so that the work on two tasks overlaps.
    """
    # Imported here, for `bulk --help` needs none of it, nor of what it imports.
    from concurrent.futures import ThreadPoolExecutor

    source = iter(tasks)
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(_next, source)
        while found := coming.result():
            coming = reader.submit(_next, source)
            yield found[0]


def in_order(work: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
    """Yield the results of the work on each task, a few of which are in progress at once.

    What goes wrong in making a task is raised behind the results of the earlier ones. A task alone is done
    without a thread.
    """
    from collections import deque
    from concurrent.futures import Future, ThreadPoolExecutor

    source = iter(tasks)
    waiting = _next(source)
    under_way: deque[Future[R]] = deque()
    failed: Exception | None = None
    with ThreadPoolExecutor(_WORKERS) as pool:
        try:
            while waiting:
                try:
                    found = _next(source)
                except Exception as error:  # noqa: BLE001 - raised below
                    found, failed = None, error
                if found or under_way:
                    under_way.append(pool.submit(work, waiting[0]))
                else:
                    yield work(waiting[0])
                waiting = found
                if len(under_way) >= _AHEAD:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for future in under_way:
                future.cancel()
    if failed is not None:
        raise failed


def _next(source: Iterator[T]) -> tuple[T] | None:
    for task in source:
        return (task,)
    return None
