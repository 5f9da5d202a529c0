"""Files cut into ranges of whole records, each of which one task reads.

A CSV file is cut where a line ends, as long as no record of it goes over lines; from the first range on in
which one does, the rest is one range. Compressed files, Parquet, JSON and Ion are not cut.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, cast

from dynamodb_bulk.csv.compression import compression_of
from dynamodb_bulk.csv.encodings import MARKS, encoding_of, is_transparent
from dynamodb_bulk.csv.fast_path import bad_lines
from dynamodb_bulk.csv.reader import BLOCK_BYTES, RECORD_BYTES
from dynamodb_bulk.csv.tokenizer import RecordScanner
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.sources.ahead import ObjectParts
from dynamodb_bulk.sources.formats import other_format
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import InputError

RANGE_BYTES = 64 * 1024**2
HEAD_BYTES = 1024**2
_STEP_BYTES = 64 * 1024
_READ_BYTES = 1024**2
_NEWLINE = b"\n"


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Bytes of a file, by its place among the files, that are to become a range."""

    file: int
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Scanned:
    """A stretch moved to where lines begin: how many it has, and whether they all are whole records.

    `head`: the bytes in front of the first record, of the first stretch of a file.
    """

    file: int
    start: int
    end: int
    lines: int
    whole: bool
    head: int = 0


@dataclass(frozen=True, kw_only=True)
class FileRange:
    """What one task reads: a file, or its bytes from `start` to `end` behind the first `head` ones.

    `lines` of the file are between these.
    """

    file: int
    start: int = 0
    end: int | None = None
    head: int = 0
    lines: int = 0

    def of(self, file: SourceFile) -> SourceFile:
        """Return the range as a file of its own."""
        if not self.start and self.end is None:
            return file
        end = file.size if self.end is None else self.end

        def open_() -> BinaryIO:
            head = _bytes(file, 0, self.head) if self.start else b""
            joined = _Joined([io.BytesIO(head), _stream(file, self.start, end)])
            return cast("BinaryIO", io.BufferedReader(joined, _READ_BYTES))

        return replace(file, open=open_, part=None, path=None, skipped_lines=self.lines)


def stretches(
    dataset: Dataset, files: Sequence[SourceFile], range_bytes: int = RANGE_BYTES
) -> Iterator[Stretch]:
    """Yield what has to be scanned: files that are larger than a range and may be cut."""
    if not _cuttable(dataset):
        return
    for number, file in enumerate(files):
        if file.size > range_bytes and file.part:
            for start in range(0, file.size, range_bytes):
                yield Stretch(file=number, start=start, end=min(start + range_bytes, file.size))


def scan(dataset: Dataset, file: SourceFile, stretch: Stretch) -> Scanned:
    """Count the lines that begin in a stretch, and see whether each is a whole record.

    A file that cannot be read is not cut: the reading of its only range reports why.
    """
    try:
        return _scan(dataset, file, stretch)
    except InputError:
        return Scanned(file=stretch.file, start=stretch.start, end=stretch.end, lines=0, whole=False)


def _scan(dataset: Dataset, file: SourceFile, stretch: Stretch) -> Scanned:
    start = _line_from(file, stretch.start)
    end = _line_from(file, stretch.end)
    head: int | None = 0
    if stretch.start == 0:
        head = _head(dataset, _bytes(file, 0, min(HEAD_BYTES, end)), file.name)
    scanned = Scanned(
        file=stretch.file, start=start, end=end, lines=0, whole=head is not None, head=head or 0
    )
    if head is None or start >= end:
        return scanned
    lines, whole = 0, True
    for block in _line_blocks(file, start + scanned.head, end):
        lines += block.count(_NEWLINE)
        whole = whole and _are_records(block, dataset)
        if not whole:
            break
    return replace(scanned, lines=lines, whole=whole)


def ranges(files: Sequence[SourceFile], scans: Sequence[Scanned]) -> Iterator[FileRange]:
    """Yield the ranges of all files, in their order."""
    of_file: dict[int, list[Scanned]] = {}
    for scanned in scans:
        of_file.setdefault(scanned.file, []).append(scanned)
    for number in range(len(files)):
        yield from _ranges(number, sorted(of_file.get(number, ()), key=lambda one: one.start))


def _ranges(number: int, scans: Sequence[Scanned]) -> Iterator[FileRange]:
    if not scans or not scans[0].whole:
        yield FileRange(file=number)
        return
    head, lines = scans[0].head, 0
    for scanned in scans:
        if scanned.start >= scanned.end:
            continue
        end = scanned.end if scanned.whole else None
        yield FileRange(file=number, start=scanned.start, end=end, head=head, lines=lines)
        if end is None:
            return
        lines += scanned.lines


def _cuttable(dataset: Dataset) -> bool:
    source, csv = dataset.source, dataset.csv
    if source.compression != "none":
        return False
    if source.format == "dynamodb_json":
        return True
    if source.format != "csv" or csv.escape or csv.skip_footer or not is_transparent(csv.encoding):
        return False
    if csv.row_delimiter != "\n":
        return False
    return csv.delimiter.isascii() and csv.comment.isascii() and (len(csv.delimiter) == 1 or not csv.quotes)


def _head(dataset: Dataset, start: bytes, name: str) -> int | None:
    """Return how many bytes are in front of the first record; None where the file is not to be cut."""
    if compression_of(start) != "none" or other_format(start, name):
        return None
    if dataset.source.format != "csv":
        return 0
    csv = dataset.csv
    encoding, mark = encoding_of(start, csv.encoding)
    if not is_transparent(encoding):
        return None
    at = mark
    for _ in range(csv.skip_rows):
        at = start.find(_NEWLINE, at) + 1
        if not at:
            return None
    if not csv.header_rows:
        return at
    for record in RecordScanner(csv, RECORD_BYTES).scan(start, last=False, start=at):
        if not record.comment:
            return record.end
    return None


def _line_from(file: SourceFile, at: int) -> int:
    """Return where the first line begins at a place or after it, but for one with a byte order mark."""
    if at in (0, file.size):
        return at
    at -= 1
    while at < file.size:
        end = min(at + _STEP_BYTES, file.size)
        data = _bytes(file, at, min(end + 4, file.size))
        found = data.find(_NEWLINE)
        while 0 <= found < end - at:
            if not data[found + 1 :].startswith(MARKS):
                return at + found + 1
            found = data.find(_NEWLINE, found + 1)
        at = end
    return file.size


def _line_blocks(file: SourceFile, start: int, end: int) -> Iterator[bytes]:
    """Yield the lines between two places, in blocks; the last one of a file may have no line end."""
    rest = b""
    with closing(_stream(file, start, end)) as stream:
        while chunk := stream.read(BLOCK_BYTES):
            stop = chunk.rfind(_NEWLINE) + 1
            if stop:
                yield rest + chunk[:stop]
                rest = b""
            rest += chunk[stop:]
    if rest:
        yield rest


def _are_records(lines: bytes, dataset: Dataset) -> bool:
    csv = dataset.csv
    if dataset.source.format != "csv" or not csv.quotes or b'"' not in lines:
        return True
    lines += b"" if lines.endswith(_NEWLINE) else _NEWLINE
    scanner = RecordScanner(csv, RECORD_BYTES)
    return all(_is_record(lines, at, scanner) for at in bad_lines(lines, csv))


def _is_record(lines: bytes, at: int, scanner: RecordScanner) -> bool:
    line = lines[at : lines.find(_NEWLINE, at) + 1]
    return b'"' not in line or next(scanner.scan(line, last=False), None) is not None


def _bytes(file: SourceFile, start: int, end: int) -> bytes:
    if file.part is None:
        raise TypeError(file)
    return file.part(start, end) if start < end else b""


def _stream(file: SourceFile, start: int, end: int) -> BinaryIO:
    part = ObjectParts(lambda at, to: _bytes(file, start + at, start + to), end - start)
    return cast("BinaryIO", io.BufferedReader(part, _READ_BYTES))


class _Joined(io.RawIOBase):
    """Streams one after the other."""

    def __init__(self, streams: Sequence[BinaryIO]) -> None:
        self._streams = list(streams)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while self._streams:
            if count := cast("io.RawIOBase", self._streams[0]).readinto(buffer):
                return count
            self._streams.pop(0).close()
        return 0

    def close(self) -> None:
        for stream in self._streams:
            stream.close()
        super().close()
