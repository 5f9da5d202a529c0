"""What the bytes of a file say before rows are read: byte order marks, line ends, NULs, how it starts."""

import io
from typing import BinaryIO, cast

SAMPLE_BYTES = 64 * 1024
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
OTHER_ENCODINGS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
OTHER_COMPRESSIONS = {b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz"}


class Layout(io.RawIOBase):
    """A stream that remembers, while it is read, what its bytes look like."""

    def __init__(self) -> None:
        self.bytes_read = 0
        self.sample = b""
        self.returns = False
        self.nul_bytes = False

    def over(self, stream: BinaryIO) -> BinaryIO:
        """Return what reads the stream and remembers."""
        self._stream = stream
        return cast("BinaryIO", self)

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes of the stream below."""
        chunk = self._stream.read(size)
        if len(self.sample) < SAMPLE_BYTES:
            self.sample = (self.sample + chunk[:SAMPLE_BYTES])[:SAMPLE_BYTES]
        self.bytes_read += len(chunk)
        self.returns = self.returns or b"\r" in chunk
        self.nul_bytes = self.nul_bytes or b"\0" in chunk
        return chunk

    def readable(self) -> bool:
        """True."""
        return True

    @property
    def starts_with_mark(self) -> bool:
        """Whether the file starts with a UTF-8 byte order mark."""
        return self.sample.startswith(BYTE_ORDER_MARK)

    @property
    def other_encoding(self) -> str | None:
        """The encoding that the file's first bytes announce or show, if it is not UTF-8."""
        found = next((name for mark, name in OTHER_ENCODINGS.items() if self.sample.startswith(mark)), None)
        # Of text in Latin letters every second byte is then 0.
        return "UTF-16" if found is None and self.sample.count(0) * 3 > len(self.sample) else found

    @property
    def ends_lines_with_returns(self) -> bool:
        """Whether the first lines end as on a Mac of the last century, in which there is one line alone."""
        return self.sample.count(b"\r") > 1 and b"\n" not in self.sample

    @property
    def other_compression(self) -> str | None:
        """A compression that no method reads, by the file's first bytes."""
        found = OTHER_COMPRESSIONS.items()
        return next((name for mark, name in found if self.sample.startswith(mark)), None)

    @property
    def is_text(self) -> bool:
        """Whether the file looks like UTF-8, so that more can be said of its lines."""
        return not self.other_compression and not self.other_encoding
