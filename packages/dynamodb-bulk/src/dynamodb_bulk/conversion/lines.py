"""Items as the lines of converted files, which can be cut between two of them."""

from dataclasses import dataclass
from functools import cached_property
from typing import IO

import polars as pl

from dynamodb_bulk.conversion.options import Options
from dynamodb_bulk.item_files.ion import ion_lines

_START = '{"Item":'
_END = "}\n"
_ENVELOPE = len(_START) + len(_END)


@dataclass(frozen=True)
class TextLines:
    """Lines as text."""

    content: bytes
    count: int

    @property
    def size(self) -> int:
        """How long they are, in bytes."""
        return len(self.content)

    def cut(self, room: int) -> tuple["TextLines", "TextLines"]:
        """As many lines as have room, and the others."""
        return self._at(self.content.rfind(b"\n", 0, room) + 1)

    def first(self) -> tuple["TextLines", "TextLines"]:
        """Return the first line, and the others."""
        return self._at(self.content.find(b"\n") + 1)

    def _at(self, stop: int) -> tuple["TextLines", "TextLines"]:
        start = self.content[:stop]
        count = start.count(b"\n")
        return TextLines(start, count), TextLines(self.content[stop:], self.count - count)


@dataclass(frozen=True)
class ItemLines:
    """Lines of DynamoDB JSON, made when they are written."""

    items: pl.Series

    @property
    def count(self) -> int:
        """How many lines."""
        return len(self.items)

    @cached_property
    def size(self) -> int:
        """How long they are, in bytes."""
        return int(self.items.str.len_bytes().sum()) + self.count * _ENVELOPE

    def cut(self, room: int) -> tuple["ItemLines", "ItemLines"]:
        """As many lines as have room, and the others."""
        ends = (self.items.str.len_bytes().cast(pl.Int64) + _ENVELOPE).cum_sum()
        return self._at(int((ends <= room).sum()))

    def first(self) -> tuple["ItemLines", "ItemLines"]:
        """Return the first line, and the others."""
        return self._at(1)

    def text(self) -> bytes:
        """Return all of them."""
        if not self.count:
            return b""
        joined = self.items.to_frame("item").select(pl.col("item").str.join(_END + _START).cast(pl.Binary))
        return b"".join((_START.encode(), joined.item(), _END.encode()))

    @staticmethod
    def start(stream: IO[bytes]) -> None:
        """Begin a file of these lines."""
        stream.write(_START.encode())

    def add_to(self, stream: IO[bytes]) -> None:
        """Write them to a file that has begun."""
        if self.count:
            self.items.to_frame().write_csv(
                stream, include_header=False, quote_style="never", line_terminator=_END + _START
            )

    @staticmethod
    def end(stream: IO[bytes]) -> None:
        """End the file: remove the start of a line that does not follow."""
        stream.truncate(stream.tell() - len(_START))

    def _at(self, count: int) -> tuple["ItemLines", "ItemLines"]:
        return ItemLines(self.items.head(count)), ItemLines(self.items.slice(count))


Lines = TextLines | ItemLines


def item_lines(items: pl.Series, options: Options) -> Lines:
    """Return the lines of the items."""
    if options.format == "ion":
        return TextLines(ion_lines(items), len(items))
    lines = ItemLines(items)
    # What is compressed is text first; what is not goes to the file in one go.
    return lines if options.compression == "none" else TextLines(lines.text(), len(items))
