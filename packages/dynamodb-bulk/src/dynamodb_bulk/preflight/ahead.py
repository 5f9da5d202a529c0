"""An iterator that runs in its own thread, some steps ahead of who reads it."""

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
_DEPTH = 2


def ahead(source: Iterable[T]) -> Iterator[T]:
    """Yield the elements of `source`, made in another thread; its exceptions are raised here.

    Polars lets go of Python's lock while it works, so that reading and checking overlap.
    """
    waiting: queue.Queue[T | _End] = queue.Queue(_DEPTH)
    stopped = threading.Event()

    def hand_over(element: "T | _End") -> None:
        while not stopped.is_set():
            try:
                waiting.put(element, timeout=0.1)
            except queue.Full:
                continue
            return

    def run() -> None:
        error: BaseException | None = None
        try:
            for element in source:
                hand_over(element)
                if stopped.is_set():
                    break
        except BaseException as raised:  # noqa: BLE001 - raised again where the elements are read
            error = raised
        hand_over(_End(error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        while not isinstance(element := waiting.get(), _End):
            yield element
        if element.error:
            raise element.error
    finally:
        stopped.set()
        thread.join()


class _End:
    def __init__(self, error: BaseException | None) -> None:
        self.error = error
