"""Objects of S3 fetched in parallel: parts of a large one, and the next ones of many small ones.

Memory stays flat: at most `PARTS` parts of an object, and `OBJECTS` objects, are ahead of who reads them.
"""

import io
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO

from dynamodb_bulk.spec.errors import InputError

if TYPE_CHECKING:
    from dynamodb_bulk.sources.reading import SourceFile

FIRST_PART_BYTES = 1024**2
PART_BYTES = 8 * 1024**2
PARTS = 4
OBJECTS = 8
_FETCHERS = ThreadPoolExecutor(PARTS, "fetch")

# The bytes of an object from one place to another.
Fetch = Callable[[int, int], bytes]


class ObjectParts(io.RawIOBase):
    """The bytes of an object, fetched by ranges.

    The first part is small and comes alone, for those who read no more than the start.
    """

    def __init__(self, fetch: Fetch, size: int) -> None:
        self._fetch = fetch
        self._size = size
        self._next = 0
        self._coming: deque[Future[bytes]] = deque()
        self._part = memoryview(b"")
        self._order(FIRST_PART_BYTES)

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Read what there is of the next part, which raises what its fetch raised."""
        while not self._part and self._coming:
            part = self._coming.popleft()
            while self._next < self._size and len(self._coming) < PARTS:
                self._order(PART_BYTES)
            self._part = memoryview(part.result())
        count = min(len(buffer), len(self._part))
        buffer[:count] = self._part[:count]
        self._part = self._part[count:]
        return count

    def close(self) -> None:
        """Give up what was not read."""
        for part in self._coming:
            part.cancel()
        self._coming.clear()
        super().close()

    def _order(self, length: int) -> None:
        end = min(self._next + length, self._size)
        self._coming.append(_FETCHERS.submit(self._fetch, self._next, end))
        self._next = end


@contextmanager
def opened_ahead(files: "Sequence[SourceFile]") -> "Generator[tuple[SourceFile, ...]]":
    """Give the files, which open the next ones in other threads; to be read in their order."""
    waiting: dict[int, Future[BinaryIO]] = {}
    with ThreadPoolExecutor(OBJECTS, "open") as openers:

        def open_(place: int) -> BinaryIO:
            opened = waiting.pop(place, None)
            for place_ahead in range(place + 1, min(place + 1 + OBJECTS, len(files))):
                if place_ahead not in waiting:
                    waiting[place_ahead] = openers.submit(files[place_ahead].open)
            return opened.result() if opened else files[place].open()

        try:
            yield tuple(
                replace(file, open=lambda place=place: open_(place)) for place, file in enumerate(files)
            )
        finally:
            for opened in waiting.values():
                if not opened.cancel():
                    with suppress(InputError), closing(opened.result()):
                        pass
