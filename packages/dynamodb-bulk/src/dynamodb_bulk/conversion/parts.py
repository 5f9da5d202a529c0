"""Lines cut into files of a given size."""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Protocol

from dynamodb_bulk.conversion.lines import ItemLines, Lines
from dynamodb_bulk.conversion.options import Options
from dynamodb_bulk.conversion.output import UNFINISHED, FinishedFile
from dynamodb_bulk.csv.compression import zstd


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


# Fast levels: the files are read once, by AWS. A gzip header without a time is the same every time.
_COMPRESSORS: dict[str, Callable[[], _Compressor]] = {
    "gzip": lambda: zlib.compressobj(1, wbits=31),
    "zstd": lambda: zstd.ZstdCompressor(level=1),
}


class PartWriter:
    """Write part after part; a part gets its name only once it is complete.

    Parts are not synced to disk, which would double the time. After a power failure a part is shorter than
    recorded, and therefore not accepted as finished.
    """

    def __init__(self, folder: Path, options: Options, *, finished: int) -> None:
        self._folder = folder
        self._options = options
        self._stem = ""
        self._number = finished
        self._open: _OpenPart | None = None

    def of_bucket(self, bucket: int, finished: int = 0) -> None:
        """Name the parts that follow by a bucket, of which so many parts are finished."""
        self._stem, self._number = f"part-{bucket + 1:05}", finished

    def add(self, lines: Lines) -> tuple[int, Lines | None]:
        """Write what has room; return how many lines that were, and the others when the part is full."""
        used = self._open.bytes if self._open else 0
        room = self._options.part_bytes - used
        if lines.size < room:
            self._write(lines)
            return lines.count, None
        now, rest = lines.cut(room)
        if not now.count and not used:
            now, rest = lines.first()
        self._write(now)
        return now.count, rest

    def finish(self) -> FinishedFile | None:
        """Close the part and give it its name; None when nothing was written to it."""
        part, self._open = self._open, None
        return part.finish() if part else None

    def abandon(self) -> None:
        """Close the part unchanged."""
        if self._open:
            self._open.stream.close()

    def _write(self, lines: Lines) -> None:
        if not lines.count:
            return
        if self._open is None:
            self._number += 1
            path = self._folder / f"{self._name}{self._options.suffix}"
            self._open = _OpenPart(path, _COMPRESSORS.get(self._options.compression))
        self._open.write(lines)

    @property
    def _name(self) -> str:
        if not self._stem:
            return f"part-{self._number:05}"
        return self._stem if self._number == 1 else f"{self._stem}-{self._number}"


def write_bucket(lines: Lines, folder: Path, bucket: int, options: Options) -> list[FinishedFile]:
    """Write the lines of a bucket, in the files that hold them in every conversion of the same source."""
    writer, files = PartWriter(folder, options, finished=0), list[FinishedFile]()
    writer.of_bucket(bucket)
    rest: Lines | None = lines
    while rest is not None:
        _, rest = writer.add(rest)
        if finished := writer.finish():
            files.append(finished)
    return files


class _OpenPart:
    def __init__(self, path: Path, compressor: Callable[[], _Compressor] | None) -> None:
        self._path = path
        self._unfinished = path.with_name(path.name + UNFINISHED)
        self._compressor = compressor() if compressor else None
        self._of_items = False
        self.stream: IO[bytes] = self._unfinished.open("wb", buffering=0)
        self.items = self.bytes = 0

    def write(self, lines: Lines) -> None:
        if isinstance(lines, ItemLines):
            if not self._of_items:
                self._of_items = True
                lines.start(self.stream)
            lines.add_to(self.stream)
        else:
            self._store(self._compressor.compress(lines.content) if self._compressor else lines.content)
        self.bytes += lines.size
        self.items += lines.count

    def finish(self) -> FinishedFile:
        if self._compressor:
            self._store(self._compressor.flush())
        if self._of_items:
            ItemLines.end(self.stream)
        self.stream.close()
        size = self._unfinished.stat().st_size
        self._unfinished.replace(self._path)
        return FinishedFile(file=self._path.name, items=self.items, bytes=self.bytes, stored_bytes=size)

    def _store(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self.stream.write(view) :]
