"""The text of a file in any of Python's encodings, read as UTF-8.

Source: https://docs.python.org/3/library/codecs.html#standard-encodings
"""

import codecs
import io
from typing import BinaryIO

import polars as pl

# Longest first, as the mark of UTF-16 is the start of the one of UTF-32.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
MARKS = tuple(_MARKS)
_UNMARKED = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}
_LONGEST_MARK = 4
_LARGER = 3  # what one byte becomes at most
_NO_TEXT = "dynamodb_bulk.no_text"
_FIRST = 0xDC00


def encoding_of(start: bytes, declared: str) -> tuple[str, int]:
    """Return the encoding of a file by its first bytes, and how many of them are a byte order mark.

    A mark wins over what is declared. Without one, UTF-16 and UTF-32 begin with the lower byte.
    """
    for mark, encoding in _MARKS.items():
        if start.startswith(mark):
            return encoding, len(mark)
    return _UNMARKED.get(codecs.lookup(declared).name, declared), 0


def is_utf8(encoding: str) -> bool:
    """Whether it is UTF-8, by any of its names."""
    return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")


def is_transparent(encoding: str) -> bool:
    """Whether each byte of ASCII stands for its own character wherever it is, so that lines end with one."""
    if is_utf8(encoding):
        return True
    every = bytes(range(256))
    try:
        text = every.decode(encoding, "replace")
    except (LookupError, ValueError):
        return False
    return len(text) == len(every) and text[:128].encode("ascii", "replace") == every[:128]


def is_text(data: bytes) -> bool:
    """Whether it is UTF-8 indeed."""
    try:
        pl.Series([data], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.PolarsError:
        return False
    return True


def byte_of(data: bytes, at: int) -> int | None:
    """Return the byte of the file that `Utf8Text` replaced by those at a place; None if it is one itself."""
    try:
        code = ord(data[at : at + 3].decode("utf-8", "surrogatepass")) - _FIRST
    except (UnicodeDecodeError, TypeError):
        return None
    return code if 0 <= code <= 255 else None


def _marked(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(_FIRST + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(_NO_TEXT, _marked)


class Utf8Text(io.RawIOBase):
    """A stream of text in some encoding, read as UTF-8 and without a byte order mark.

    Bytes that are no text become ones that are not UTF-8; `byte_of` tells which they were. `marked`: whether
    there was a mark, once the start is read.
    """

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self.marked = False
        self._stream = stream
        self._encoding = encoding
        self._decoder: codecs.IncrementalDecoder | None = None
        self._start: bytes | None = b""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, at most `size`; none at the end only."""
        if self._start is not None:
            self._begin(size)
        if self._decoder is None:
            first, self._start = self._start, None
            return first or self._stream.read(size)
        while True:
            first, self._start = self._start, None
            chunk = first or self._stream.read(size if size < 0 else max(1, size // _LARGER))
            text = self._decoder.decode(chunk, final=not chunk)
            if text or not chunk:
                return text.encode("utf-8", "surrogatepass")

    def _begin(self, size: int) -> None:
        start = b""
        room = size if size < 0 or is_utf8(self._encoding) else max(1, size // _LARGER)
        while len(start) < _LONGEST_MARK and (chunk := self._stream.read(room)):
            start += chunk
        encoding, mark = encoding_of(start, self._encoding)
        if not is_utf8(encoding):
            self._decoder = codecs.getincrementaldecoder(encoding)(_NO_TEXT)
        self.marked = mark > 0
        self._start = start[mark:]

    def readable(self) -> bool:
        """True."""
        return True
