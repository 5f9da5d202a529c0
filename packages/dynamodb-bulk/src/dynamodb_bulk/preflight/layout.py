"""What the bytes of a file say before rows are read: its encoding, line ends, NULs, how it starts."""

import io
from codecs import BOM_UTF8
from typing import BinaryIO, cast

from dynamodb_bulk.csv.encodings import encoding_of, is_utf8

SAMPLE_BYTES = 64 * 1024


class Layout:
    """What the bytes of a stream look like as far as it is read; `encoding` is the declared one."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self.bytes_read = 0
        self.sample = b""
        self.returns = False
        self.nul_bytes = False
        self.marks_within = False

    def over(self, stream: BinaryIO) -> BinaryIO:
        """Return what reads the stream and remembers."""
        return cast("BinaryIO", _Watched(stream, self))

    def add(self, chunk: bytes) -> None:
        """Take the next bytes."""
        if len(self.sample) < SAMPLE_BYTES:
            self.sample = (self.sample + chunk[:SAMPLE_BYTES])[:SAMPLE_BYTES]
        # One byte is sought ten times as fast as three.
        if not self.marks_within and BOM_UTF8[:1] in chunk:
            self.marks_within = chunk.find(BOM_UTF8, 0 if self.bytes_read else 1) >= 0
        self.bytes_read += len(chunk)
        self.returns = self.returns or b"\r" in chunk
        self.nul_bytes = self.nul_bytes or b"\0" in chunk

    def join(self, after: "Layout") -> None:
        """Take what comes after it in the same file."""
        self.sample = (self.sample + after.sample)[:SAMPLE_BYTES]
        self.bytes_read += after.bytes_read
        self.returns = self.returns or after.returns
        self.nul_bytes = self.nul_bytes or after.nul_bytes
        self.marks_within = self.marks_within or after.marks_within

    @property
    def starts_with_mark(self) -> bool:
        """Whether the file starts with a byte order mark."""
        return encoding_of(self.sample, self._encoding)[1] > 0

    @property
    def encoding(self) -> str:
        """How its text is read."""
        return encoding_of(self.sample, self._encoding)[0]

    @property
    def other_encoding(self) -> str | None:
        """The encoding that the file's first bytes show, if they are not read in it."""
        # Of text in Latin letters every second byte is 0 in UTF-16.
        looks_wide = self.sample.count(0) * 3 > len(self.sample)
        return "UTF-16" if looks_wide and is_utf8(self.encoding) else None

    @property
    def text(self) -> str:
        """The first lines as they are read; the last of them may be cut."""
        encoding, mark = encoding_of(self.sample, self._encoding)
        return self.sample[mark:].decode(encoding, errors="replace")

    @property
    def ends_lines_with_returns(self) -> bool:
        """Whether the first lines end as on a Mac of the last century, in which there is one line alone."""
        return self.text.count("\r") > 1 and "\n" not in self.text

    @property
    def is_text(self) -> bool:
        """Whether the file looks like text in its encoding, so that more can be said of its lines."""
        return self.other_encoding is None


class _Watched(io.RawIOBase):
    def __init__(self, stream: BinaryIO, layout: Layout) -> None:
        self._stream = stream
        self._layout = layout

    def read(self, size: int = -1, /) -> bytes:
        chunk = self._stream.read(size)
        self._layout.add(chunk)
        return chunk

    def readable(self) -> bool:
        return True
