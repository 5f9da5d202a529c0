"""The data files of an export, and what its manifests say of them."""

import gzip
import hashlib
import tempfile
from collections.abc import Callable
from typing import IO

from local_aws.exports import assumed

# Writes an object, by its key and its bytes; return its ETag.
Put = Callable[[str, bytes], str]


class DataFiles:
    """Takes lines by partition; each partition has at least one file, be it empty."""

    def __init__(self, folder: str, ending: str, put: Put) -> None:
        self._folder, self._ending, self._put = folder, ending, put
        self._open = [_Part() for _ in range(assumed.PARTITIONS)]
        self.entries: list[dict[str, object]] = []  # as manifest-files.json has them

    def add(self, partition_key: str, line: bytes) -> None:
        """Write a line, which ends with its line break."""
        number = assumed.partition(partition_key)
        part = self._open[number]
        part.add(line)
        if part.items == assumed.FILE_ITEMS:
            self._store(part)
            self._open[number] = _Part()

    def close(self) -> None:
        """Write what is still open; no more lines can be added."""
        for part in self._open:
            self._store(part)
        self._open = []

    def _store(self, part: "_Part") -> None:
        content = part.content()
        key = f"{self._folder}{assumed.file_name()}{self._ending}"
        md5 = hashlib.md5(content, usedforsecurity=False).digest()
        etag = self._put(key, content)
        checksum = assumed.checksum(md5)
        self.entries.append(
            {"itemCount": part.items, "md5Checksum": checksum, "etag": etag, "dataFileS3Key": key}
        )


class _Part:
    def __init__(self) -> None:
        self.items = 0
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=1 << 20)  # noqa: SIM115
        self._gzip = gzip.GzipFile(fileobj=self._file, mode="wb", compresslevel=1, filename="", mtime=0)

    def add(self, line: bytes) -> None:
        self._gzip.write(line)
        self.items += 1

    def content(self) -> bytes:
        self._gzip.close()
        with self._file:
            self._file.seek(0)
            return self._file.read()
