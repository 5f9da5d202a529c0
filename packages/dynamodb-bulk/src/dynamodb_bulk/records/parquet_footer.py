"""The footer of a Parquet file: where its row groups are, and how large.

Sources: https://parquet.apache.org/docs/file-format/ and
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

TAIL_BYTES = 8
MAGIC, ENCRYPTED = b"PAR1", b"PARE"
_NESTING = 64
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
# Fields by their numbers in https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
_ROW_GROUPS = 4
_COLUMNS, _GROUP_BYTES, _GROUP_ROWS = 1, 2, 3
_META_DATA = 3
_COMPRESSED, _FIRST_DATA, _FIRST_INDEX, _FIRST_DICTIONARY = 7, 9, 10, 11


class NoFooter(ValueError):
    """The bytes are not the footer of a Parquet file that can be read."""


@dataclass(frozen=True, kw_only=True)
class RowGroup:
    """Rows of a file, and its bytes from `start` to `end`; `row_bytes`: what a row takes uncompressed."""

    rows: int
    row_bytes: int
    start: int
    end: int


def footer_start(tail: bytes, size: int) -> int:
    """Return where the footer begins in a file of some bytes that ends with `tail`; raise NoFooter."""
    if tail[4:] == ENCRYPTED:
        raise NoFooter("its footer is encrypted")
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != MAGIC or len(tail) < TAIL_BYTES or length + TAIL_BYTES + len(MAGIC) > size:
        raise NoFooter("it does not end with a footer")
    return size - TAIL_BYTES - length


def row_groups(footer: bytes, start: int) -> list[RowGroup]:
    """Return the row groups of a file whose footer is at `start`; raise NoFooter."""
    try:
        groups = [_row_group(group) for group in _Compact(footer).struct().get(_ROW_GROUPS, [])]
    except (IndexError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise NoFooter(f"its footer is damaged ({error})") from None
    if any(group.rows < 0 or not 0 <= group.start <= group.end <= start for group in groups):
        raise NoFooter("its footer names rows outside of the file")
    return groups


def _row_group(group: dict[int, Any]) -> RowGroup:
    chunks = [cast("dict[int, int]", column[_META_DATA]) for column in group[_COLUMNS]]
    starts = [min(chunk[at] for at in (_FIRST_DATA, _FIRST_INDEX, _FIRST_DICTIONARY) if chunk.get(at))
              for chunk in chunks]  # fmt: skip
    rows, size = int(group[_GROUP_ROWS]), int(group[_GROUP_BYTES])
    # A value that repeats takes few bits in the file, and 16 bytes in memory.
    return RowGroup(
        rows=rows,
        row_bytes=max(size // max(rows, 1), 16 * len(chunks)),
        start=min(starts, default=0),
        end=max((at + chunk[_COMPRESSED] for at, chunk in zip(starts, chunks, strict=True)), default=0),
    )


class _Compact:
    """Reads values of Thrift's compact protocol; structs as their fields by number."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._depth = 0
        self._readers: dict[int, Callable[[], Any]] = {
            _TRUE: self._byte, _FALSE: self._byte, _BYTE: self._byte, 4: self._integer, 5: self._integer,
            6: self._integer, _DOUBLE: lambda: self._bytes(8), _BINARY: lambda: self._bytes(self._varint()),
            _LIST: self._list, _SET: self._list, _MAP: self._map, _STRUCT: self.struct,
        }  # fmt: skip

    def struct(self) -> dict[int, Any]:
        """Return the fields of the next struct."""
        self._depth += 1
        if self._depth > _NESTING:
            raise ValueError("nested too deeply")
        found: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._integer()
            kind = head & 15
            found[number] = kind == _TRUE if kind in (_TRUE, _FALSE) else self._readers[kind]()
        self._depth -= 1
        return found

    def _byte(self) -> int:
        byte = self._data[self._at]
        self._at += 1
        return byte

    def _varint(self) -> int:
        value = shift = 0
        while (byte := self._byte()) & 128:
            value |= (byte & 127) << shift
            shift += 7
        return value | byte << shift

    def _integer(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _bytes(self, count: int) -> bytes:
        found = self._data[self._at : self._at + count]
        self._at += count
        return found

    def _list(self) -> list[Any]:
        head = self._byte()
        count = head >> 4 if head >> 4 < 15 else self._varint()
        read = self._readers[head & 15]
        return [read() for _ in range(count)]

    def _map(self) -> None:
        if count := self._varint():
            kinds = self._byte()
            for _ in range(count):
                self._readers[kinds >> 4]()
                self._readers[kinds & 15]()
