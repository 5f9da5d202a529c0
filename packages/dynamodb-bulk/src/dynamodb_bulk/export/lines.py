"""The records of an export's data files as lines of JSON, each file checked while it is read."""

import base64
import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import closing
from typing import BinaryIO, cast

from dynamodb_bulk.csv.compression import open_decompressed
from dynamodb_bulk.export.manifest import DataFile, Export
from dynamodb_bulk.item_files.ion import read_ion_records
from dynamodb_bulk.spec.errors import InputError

BLOCK_BYTES = 4 * 1024 * 1024
_ION_LINES = 5_000


def read_lines(export: Export) -> Iterator[tuple[DataFile, list[bytes]]]:
    """Yield the records of every file, in blocks of lines without their ends.

    Raise InputError if a file is missing, damaged, or does not match the checksum or count of the manifest.
    The checks come at the end of a file, so earlier lines may be from an incomplete file.
    """
    for file in export.files:
        count = 0
        stored = _Hashing(export.place.open(file.key))
        with closing(stored):
            try:
                for lines in _lines(export, file, stored):
                    count += len(lines)
                    yield file, lines
            except InputError as error:
                where = f"{export.place.shown}: {file.key}"
                raise InputError(where, error.what, "it is damaged: copy it again") from None
        _check(export, file, stored.digest, count)


def _lines(export: Export, file: DataFile, stored: "_Hashing") -> Iterator[list[bytes]]:
    with closing(open_decompressed(cast("BinaryIO", stored), file.key, "gzip")) as text:
        yield from _json_blocks(text) if export.summary.format == "DYNAMODB_JSON" else _ion(text, file.key)
        stored.finish()


def _json_blocks(stream: BinaryIO) -> Iterator[list[bytes]]:
    rest = b""
    while chunk := stream.read(BLOCK_BYTES):
        *lines, rest = (rest + chunk).split(b"\n")
        if lines:
            yield lines
    if rest:
        yield [rest]


def _ion(stream: BinaryIO, file: str) -> Iterator[list[bytes]]:
    lines: list[bytes] = []
    for record in read_ion_records(stream, file):
        lines.append(json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode())
        if len(lines) == _ION_LINES:
            yield lines
            lines = []
    if lines:
        yield lines


def _check(export: Export, file: DataFile, digest: bytes, count: int) -> None:
    where = f"{export.place.shown}: {file.key}"
    if file.md5 and file.md5 not in (base64.b64encode(digest).decode(), digest.hex()):
        raise InputError(
            where, "the file does not have the checksum of the manifest", "it is damaged: copy it again"
        )
    if count != file.items:
        raise InputError(
            where, f"{count:,} items are in it, the manifest says {file.items:,}", "copy the export again"
        )


class _Hashing(io.RawIOBase):
    """A stream that knows the MD5 of what was read of it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._hash = hashlib.md5(usedforsecurity=False)

    @property
    def digest(self) -> bytes:
        return self._hash.digest()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        data = self._stream.read(len(buffer)) or b""
        self._hash.update(data)
        buffer[: len(data)] = data
        return len(data)

    def finish(self) -> None:
        """Read what follows the end of the compressed data."""
        while data := self._stream.read(BLOCK_BYTES):
            self._hash.update(data)

    def close(self) -> None:
        self._stream.close()
        super().close()
