"""Compressed files, read and written as streams."""

import gzip
import io
import sys
import zlib
from typing import TYPE_CHECKING, BinaryIO, Literal, cast

from dynamodb_bulk.spec.errors import InputError

if TYPE_CHECKING or sys.version_info < (3, 14):
    from backports import zstd
else:
    from compression import zstd

Compression = Literal["none", "gzip", "zstd"]
_MAGIC: dict[Compression, bytes] = {"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}
_SKIPPED, _SKIPPED_HALF = b"\x2a\x4d\x18", 5
_READ = 1024 * 1024
_PIECE = 64 * 1024  # what is lost, at most, in front of a place where a file is damaged


def compression_of(start: bytes) -> Compression:
    """Return how a file that begins so is compressed."""
    for name, magic in _MAGIC.items():
        if start.startswith(magic):
            return name
    # Files of zstd may begin with a frame that is skipped: those of pzstd do.
    return "zstd" if start[1:4] == _SKIPPED and start[0] >> 4 == _SKIPPED_HALF else "none"


class _Decompressed(io.RawIOBase):
    """The text of a compressed file; a damaged file raises InputError."""

    def __init__(self, stream: BinaryIO, file: str, compression: Compression) -> None:
        self._below = stream
        self._file = file
        self._compression = compression
        buffered = io.BufferedReader(cast("io.RawIOBase", stream), _READ)
        start = buffered.peek(4)[:4]
        self._refuse_another(start)
        if compression == "gzip":
            self._stream = cast("BinaryIO", gzip.GzipFile(fileobj=buffered))
        elif compression == "zstd":
            self._stream = cast("BinaryIO", zstd.ZstdFile(buffered))
        else:
            self._stream = cast("BinaryIO", buffered)
        self._empty = not start
        self._bytes = 0
        self._failure: InputError | None = None

    def read(self, size: int = -1, /) -> bytes:
        """Return what can be read before the damage, which the next call raises."""
        if self._compression == "none" or self._empty:
            return b"" if self._empty else self._piece(size)
        pieces: list[bytes] = []
        room = size
        while room and self._failure is None:
            try:
                piece = self._piece(_PIECE if room < 0 else min(room, _PIECE))
            except InputError as error:
                self._failure = error
                break
            if not piece:
                break
            pieces.append(piece)
            room -= len(piece) if room > 0 else 0
        if self._failure and not pieces:
            raise self._failure
        return b"".join(pieces)

    def _piece(self, size: int) -> bytes:
        where = f"after {self._bytes:,} bytes of text" if self._bytes else "from its start"
        try:
            piece = self._stream.read(size)
        except EOFError:
            what = f"the {self._compression} data ends before its end, {where} or a little later"
            raise InputError(self._file, what, "copy it again") from None
        except (gzip.BadGzipFile, zlib.error, zstd.ZstdError) as error:
            what = f"the {self._compression} data is damaged {where} or a little later: {error}"
            raise InputError(self._file, what) from None
        except OSError as error:
            raise InputError(self._file, error.strerror or str(error)) from None
        self._bytes += len(piece)
        return piece

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._below.close()
        super().close()

    def _refuse_another(self, start: bytes) -> None:
        found = compression_of(start)
        if found != self._compression and start:
            is_ = f"is compressed with {found}" if found != "none" else f"is not {self._compression}"
            raise InputError(self._file, is_, f"set source.compression: {found}, for all files alike")


def open_decompressed(stream: BinaryIO, file: str, compression: Compression) -> BinaryIO:
    """Return the content of a file as a stream; closing it closes `stream`.

    Raise InputError, at once or while reading, if the data is damaged, truncated or compressed differently.
    """
    try:
        return cast("BinaryIO", _Decompressed(stream, file, compression))
    except BaseException:
        stream.close()
        raise
