"""The text of single rows, as their files have it, in a file that can be loaded in its turn."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import IO, BinaryIO

from dynamodb_bulk.csv.compression import open_decompressed
from dynamodb_bulk.csv.encodings import Utf8Text, is_utf8
from dynamodb_bulk.csv.escapes import goes_on
from dynamodb_bulk.csv.reader import RECORD_BYTES
from dynamodb_bulk.csv.tokenizer import RecordScanner
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import InputError

_BLOCK = 4 * 1024 * 1024
_MARK = b"\xef\xbb\xbf"
_FORMATS = ("csv", "json", "dynamodb_json")


def check_texts(dataset: Dataset) -> None:
    """Raise InputError where the rows of the dataset's files are not text."""
    if dataset.source.format not in _FORMATS:
        raise InputError(
            "--out", f"rows of {dataset.source.format} files have no text", "use --json to list them"
        )


def write_rows(
    dataset: Dataset, files: Sequence[SourceFile], lines: Mapping[str, Sequence[int]], out: IO[bytes]
) -> None:
    """Write the rows that begin at these lines, 1-based and ascending, by the names of the files.

    The header of the first file stands before them. The text is UTF-8; a byte order mark says so where the
    dataset has another encoding. Raise InputError for files that cannot be read, and for rows in an array.
    """
    if not is_utf8(dataset.source.encoding):
        out.write(_MARK)
    for number, file in enumerate(files):
        wanted = lines.get(file.name, ())
        if not wanted and (number or dataset.source.format != "csv"):
            continue
        with closing(open_decompressed(file.open(), file.name, dataset.source.compression)) as stream:
            rows = _Rows(dataset, file.name, stream)
            if number == 0:
                out.write(rows.header())
            for text in rows.at(wanted):
                out.write(text if text.endswith(b"\n") else text + b"\n")


class _Rows:
    """The lines of one file; those of its header are read first."""

    def __init__(self, dataset: Dataset, name: str, stream: BinaryIO) -> None:
        source = dataset.source
        self._name, self._format, self._csv = name, source.format, dataset.csv
        self._scanner = RecordScanner(self._csv, RECORD_BYTES)
        self._text = Utf8Text(stream, source.encoding)
        self._lines: list[bytes] = []  # of the block that is being read, the last first
        self._rest = b""
        self._number = 0  # of the line that was read last

    def header(self) -> bytes:
        """Return what stands before the first row: lines to skip, comments and the header."""
        if self._format != "csv":
            return b""
        found = [line for _ in range(self._csv.skip_rows) if (line := self._line())]
        while self._csv.header_rows:
            text = self._record()
            found.append(text)
            if not text or not (self._csv.comment and text.startswith(self._csv.comment.encode())):
                break
        return b"".join(found)

    def at(self, wanted: Sequence[int]) -> Iterator[bytes]:
        """Yield the rows that begin at these lines."""
        self._refuse_array()
        for line in wanted:
            self._skip_to(line)
            yield self._record()

    def _refuse_array(self) -> None:
        if self._format == "json" and (first := self._next()):
            self._put_back([first])
            if first.lstrip().startswith(b"["):
                raise InputError(self._name, "its rows are elements of an array", "use --json to list them")

    def _record(self) -> bytes:
        first = self._line()
        if self._format == "dynamodb_json" or not first:
            return first
        if self._format == "json":
            return first + b"".join(self._until_the_next_value())
        return self._csv_record(first)

    def _csv_record(self, first: bytes) -> bytes:
        """Return a row with the lines within its quotes; where they are never closed, its first line."""
        if not self._csv.quotes:
            return first
        pieces, quotes, size = [first], first.count(b'"'), len(first)
        while quotes % 2 and size <= RECORD_BYTES and (line := self._next()):
            pieces.append(line)
            quotes += line.count(b'"')
            size += len(line)
        data = b"".join(pieces)
        record = next(self._scanner.scan(data if data.endswith(b"\n") else data + b"\n", last=True), None)
        kept = record.lines if record else 1
        self._put_back(pieces[kept:])
        return b"".join(pieces[:kept])

    def _until_the_next_value(self) -> Iterator[bytes]:
        while line := self._next():
            if line.startswith((b"{", b"[")):
                self._put_back([line])
                return
            yield line

    def _skip_to(self, line: int) -> None:
        """Read up to the line, which comes next then."""
        while self._number < line - 1:
            held = len(self._lines)
            if not held:
                self._read(skip=line - 1 - self._number)
                if not self._lines and not self._rest:
                    return
                continue
            passed = min(held, line - 1 - self._number)
            del self._lines[held - passed :]
            self._number += passed

    def _next(self) -> bytes:
        """Return the next line with its end; nothing at the end of the file."""
        if not self._lines:
            self._read()
        if self._lines:
            self._number += 1
            return self._lines.pop()
        return b""

    def _line(self) -> bytes:
        """Return the next line, with those that belong to it where its end is escaped."""
        line = self._next()
        while self._csv.escape and goes_on(line) and (after := self._next()):
            line += after
        return line

    def _put_back(self, lines: Sequence[bytes]) -> None:
        self._lines += reversed(lines)
        self._number -= len(lines)

    def _read(self, skip: int = 0) -> None:
        """Read a block of lines, unless all of them are among those to skip."""
        while not self._lines:
            chunk = self._text.read(_BLOCK)
            data = self._rest + chunk
            if not chunk:
                self._rest = b""
                self._lines = [data] if data else []
                return
            stop = data.rfind(b"\n") + 1
            # Of a longer line the start is enough: it is rejected for its length.
            self._rest = data[stop:][:RECORD_BYTES]
            count = data.count(b"\n", 0, stop)
            if count <= skip:
                self._number += count
                skip -= count
            else:
                self._lines = [line + b"\n" for line in reversed(data[:stop].split(b"\n")[:-1])]
