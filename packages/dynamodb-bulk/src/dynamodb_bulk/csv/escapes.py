r"""Backslash escapes of dumps by MySQL (`SELECT … INTO OUTFILE`) and PostgreSQL (`COPY`).

`\N` alone is no escape: it stands for NULL. Source: https://dev.mysql.com/doc/refman/8.4/en/load-data.html
"""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, cast

from dynamodb_bulk.csv.batches import RowBatch

ESCAPE = "\\"
# What stands for an escaped delimiter until the fields are apart.
_DELIMITER = "\x1a"
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


def whole_rows(stream: BinaryIO, delimiter: str) -> BinaryIO:
    """Return the text with escaped delimiters and line ends in a form that ends neither field nor row."""
    return cast("BinaryIO", _WholeRows(stream, delimiter.encode()))


def broken_rows(text: bytes, delimiter: str) -> bytes:
    """Return the text of `whole_rows` with its delimiters escaped as they were."""
    return text.replace(f"{ESCAPE}{_DELIMITER}".encode(), f"{ESCAPE}{delimiter}".encode())


def unescaped(batches: Iterator[RowBatch], delimiter: str) -> Iterator[RowBatch]:
    """Yield the rows with what their escapes stand for."""
    written = [*(ESCAPE + letter for letter in _MEANT), ESCAPE + _DELIMITER]
    meant = [*_MEANT.values(), delimiter]
    for batch in batches:
        names = [
            name for name in batch.frame.columns if batch.frame[name].str.contains(ESCAPE, literal=True).any()
        ]
        frame = batch.frame.with_columns(batch.frame[name].str.replace_many(written, meant) for name in names)
        yield replace(batch, frame=frame)


class _WholeRows(io.RawIOBase):
    def __init__(self, stream: BinaryIO, delimiter: bytes) -> None:
        self._stream = stream
        self._held = b""
        self._forms = [
            (re.compile(rb"(?<!\\)((?:\\\\)*)\\" + re.escape(end)), form)
            for end, form in (
                (b"\r\n", rb"\1\\r\\n"),
                (b"\n", rb"\1\\n"),
                (delimiter, rb"\1\\" + _DELIMITER.encode()),
            )
        ]

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

    def _rewritten(self, data: bytes) -> bytes:
        if b"\\" in data:
            for pattern, form in self._forms:
                data = pattern.sub(form, data)
        return data

    def readable(self) -> bool:
        """True."""
        return True
