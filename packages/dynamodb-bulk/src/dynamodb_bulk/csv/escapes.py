r"""Backslash escapes of dumps by MySQL (`SELECT … INTO OUTFILE`) and PostgreSQL (`COPY`).

`\N` alone is no escape: it stands for NULL. Source: https://dev.mysql.com/doc/refman/8.4/en/load-data.html
"""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

import polars as pl

from dynamodb_bulk.csv.batches import RowBatch

ESCAPE = "\\"
# What stands for an escaped delimiter until the fields are apart.
_DELIMITER = "\x1a"
_ESCAPED = rb"(?<!\\)((?:\\\\)*)\\"
_TAIL = 64  # longer than a delimiter: an escape may be cut where a chunk ends
_MEANT = {
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "Z": "\x1a",
    "\\": "\\",
    '"': '"',
    "'": "'",
}


def goes_on(line: bytes) -> bool:
    """Whether the end of a line is escaped, so that the next line belongs to it."""
    text = line.removesuffix(b"\n").removesuffix(b"\r")
    return len(text) < len(line) and (len(text) - len(text.rstrip(b"\\"))) % 2 == 1


def unescaped(batches: Iterator[RowBatch], text: "WholeRows", delimiter: str) -> Iterator[RowBatch]:
    """Yield the rows of a text with what their escapes stand for, and the lines of the file they start on."""
    written = [*(ESCAPE + letter for letter in _MEANT), ESCAPE + _DELIMITER]
    meant = [*_MEANT.values(), delimiter]
    for batch in _on_lines_of_file(batches, text):
        names = [
            name for name in batch.frame.columns if batch.frame[name].str.contains(ESCAPE, literal=True).any()
        ]
        frame = batch.frame.with_columns(batch.frame[name].str.replace_many(written, meant) for name in names)
        yield replace(batch, frame=frame)


class WholeRows(io.RawIOBase):
    """A text with escaped delimiters and line ends in a form that ends neither field nor row."""

    def __init__(self, stream: BinaryIO, delimiter: str) -> None:
        self._stream = stream
        self._held = b""
        self._line = 1  # of the rewritten text, the next one that begins or goes on
        self._joined: list[int] = []
        self._line_end = re.compile(_ESCAPED + rb"(\r?)\n")
        self._delimiter = re.compile(_ESCAPED + re.escape(delimiter.encode()))

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes; none at the end only."""
        while True:
            chunk = self._stream.read(size)
            data = self._held + chunk
            self._held = b""
            if chunk and (backslash := data.rfind(b"\\", max(0, len(data) - _TAIL))) >= 0:
                # Kept until it is known what follows: from the first of a run of backslashes.
                while backslash and data[backslash - 1 : backslash] == b"\\":
                    backslash -= 1
                data, self._held = data[:backslash], data[backslash:]
            if data or not chunk:
                return self._rewritten(data)

    def joined(self) -> list[int]:
        """Return, once, each line of the rewritten text in which an escaped line end was, as often as one."""
        found, self._joined = self._joined, []
        return found

    def _rewritten(self, data: bytes) -> bytes:
        if b"\\" not in data:
            self._line += data.count(b"\n")
            return data
        pieces: list[bytes] = []
        start = 0
        for match in self._line_end.finditer(data):
            pieces += data[start : match.start()], match[1], rb"\r\n" if match[2] else rb"\n"
            self._line += pieces[-3].count(b"\n")
            self._joined.append(self._line)
            start = match.end()
        pieces.append(data[start:])
        self._line += pieces[-1].count(b"\n")
        return self._delimiter.sub(rb"\1\\" + _DELIMITER.encode(), b"".join(pieces))

    def readable(self) -> bool:
        """True."""
        return True


def _on_lines_of_file(batches: Iterator[RowBatch], text: WholeRows) -> Iterator[RowBatch]:
    """Yield the batches with lines of the file in place of lines of the rewritten text."""
    before = 0  # escaped line ends in front of all rows that come
    joined = pl.Series(dtype=pl.UInt64)  # the lines of those after these
    for batch in batches:
        joined = joined.append(pl.Series(text.joined(), dtype=pl.UInt64))
        if not before and not len(joined):
            yield batch
            continue
        rejected = pl.Series([one.line for one in batch.rejected], dtype=pl.UInt64)
        lines, of_rejected = (one + joined.search_sorted(one) + before for one in (batch.lines, rejected))
        yield replace(
            batch,
            lines=lines.alias(batch.lines.name),
            rejected=tuple(
                replace(one, line=line) for one, line in zip(batch.rejected, of_rejected, strict=True)
            ),
        )
        last = max((one[-1] for one in (batch.lines, rejected) if len(one)), default=0)
        passed = int((joined < last).sum())
        before, joined = before + passed, joined[passed:]
