"""The items in the objects that an import or a bulk put reads, an object at a time.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Format.html
"""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal, cast

from dynamodb_bulk.csv.batches import RowBatch
from dynamodb_bulk.csv.compression import Compression, open_decompressed
from dynamodb_bulk.csv.reader import CsvFormat, read_rows
from dynamodb_bulk.item_files.ion import read_ion_items
from dynamodb_bulk.item_files.typed import ENVELOPE, BrokenRecord, item_text, parse_documents
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.keys import Demands, KeyAttribute, TableKeys
from local_aws.dataplane.objects import SourceObject
from local_aws.dataplane.written import PutCondition

Format = Literal["CSV", "DYNAMODB_JSON", "ION"]
# The item of a JSON document for a table, and its condition.
Parse = Callable[[object, TableKeys, Demands], tuple[str, PutCondition | None]]

_BUFFER = 1 << 20
_ITEMS = 2_000
_LONGEST = 16 * 1024 * 1024


@dataclass(kw_only=True)
class ItemsRead:
    """Items of an object, with their places in it, from 0 as AWS counts; `bad` are places and reasons.

    `stored_bytes` and `bytes` say how much of the object was read since the last, as stored and as text.
    """

    places: list[int] = field(default_factory=list[int])
    items: list[str] = field(default_factory=list[str])
    conditions: list[PutCondition | None] = field(default_factory=list[PutCondition | None])
    bad: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    stored_bytes: int = 0
    bytes: int = 0

    @property
    def count(self) -> int:
        """How many items were read, good or bad."""
        return len(self.places) + len(self.bad)


@dataclass(frozen=True, kw_only=True)
class ItemFiles:
    """How objects are to be read: for which table, and, of JSON documents, by which parser."""

    format: Format
    compression: Compression
    keys: TableKeys
    demands: Demands
    delimiter: str = ","
    header: tuple[str, ...] = ()
    parse: Parse = lambda document, keys, demands: (item_text(document, keys, demands), None)

    def read(self, found: SourceObject) -> Iterator[ItemsRead]:
        """Read an object to its end, or to where nothing more can be made out: then the last is `bad`."""
        with found.open() as stored:
            meter = _Meter(stored)
            place = 0
            try:
                with closing(open_decompressed(stored, found.url, self.compression)) as text:
                    content = io.BufferedReader(_Counting(text, meter), _BUFFER)
                    for read in self._parts(cast("BinaryIO", content), found.url):
                        place = max(place, _after(read.places), _after([number for number, _ in read.bad]))
                        meter.reading(read)
                        yield read
            except InputError as error:
                last = ItemsRead(bad=[(place, f"The rest of the object cannot be read: {error.what}")])
                meter.reading(last)
                yield last

    def _parts(self, stream: BinaryIO, name: str) -> Iterator[ItemsRead]:
        match self.format:
            case "CSV":
                return self._csv(stream, name)
            case "DYNAMODB_JSON":
                return self._lines(stream, name)
            case "ION":
                return self._ion(stream, name)

    def _lines(self, stream: BinaryIO, name: str) -> Iterator[ItemsRead]:
        """Read documents until one cannot be read as an item, which ends the object, as measured on AWS."""
        read = ItemsRead()
        try:
            for place, document in enumerate(_documents(stream)):
                self._take(read, place, document)
                if read.count == _ITEMS:
                    yield read
                    read = ItemsRead()
        except BrokenRecord as error:
            yield read
            raise InputError(name, str(error)) from None
        yield read

    def _take(self, read: ItemsRead, place: int, document: object) -> None:
        try:
            item, condition = self.parse(document, self.keys, self.demands)
        except BrokenRecord:
            raise
        except ValueError as error:
            read.bad.append((place, str(error)))
        else:
            read.items.append(item)
            read.places.append(place)
            read.conditions.append(condition)

    def _ion(self, stream: BinaryIO, name: str) -> Iterator[ItemsRead]:
        for batch in read_ion_items(stream, name, self.keys, self.demands):
            places = [line - 1 for line in cast("list[int]", batch.lines.to_list())]
            yield ItemsRead(
                places=places,
                items=batch.items.to_list(),
                bad=[(rejected.line - 1, rejected.reason) for rejected in batch.rejected],
            )

    def _csv(self, stream: BinaryIO, name: str) -> Iterator[ItemsRead]:
        """Keys have their types, every other attribute is a string, and empty fields are left out.

        AWS documents that a quote inside an unquoted field fails. Assumed: it ends the object.
        """
        first = b"" if self.header else stream.readline(_BUFFER)
        names = self.header or _header(first, self.delimiter, name)
        csv_format = CsvFormat(
            delimiter=self.delimiter,
            row_delimiter="\r\n" if first.endswith(b"\r\n") else "\n",
            quoting="rfc4180",
            null_value="",
            header_rows=0,
            literal=True,
        )
        types = {key.name: key.type for key in self._key_attributes()}
        kinds = [(column, types.get(column, "S")) for column in names]
        place = 0
        for rows in read_rows(stream, name, names, csv_format, block_bytes=_BUFFER):
            if rows.bare_quotes:
                raise InputError(name, f"line {rows.bare_quotes[0]}: a quote inside an unquoted field")
            read = self._rows(rows, kinds, place)
            place += read.count
            yield read

    def _rows(self, rows: RowBatch, kinds: list[tuple[str, str]], first: int) -> ItemsRead:
        lines = cast("list[int]", rows.lines.to_list())
        places = {
            line: place
            for place, line in enumerate(sorted([*lines, *(row.line for row in rows.rejected)]), start=first)
        }
        read = ItemsRead(bad=[(places[row.line], row.reason) for row in rows.rejected])
        for line, row in zip(lines, rows.frame.iter_rows(), strict=True):
            item = {name: {kind: value} for (name, kind), value in zip(kinds, row, strict=True) if value}
            try:
                read.items.append(item_text({ENVELOPE: item}, self.keys, self.demands))
                read.places.append(places[line])
            except ValueError as error:
                read.bad.append((places[line], str(error)))
        return read

    def _key_attributes(self) -> Iterator[KeyAttribute]:
        yield self.keys.partition
        if self.keys.sort:
            yield self.keys.sort
        yield from (index.key for index in self.demands.index_keys)


def _documents(stream: BinaryIO) -> Iterator[object]:
    """Yield the JSON documents of a stream, several of a line too, none of a blank one."""
    while line := stream.readline(_LONGEST):
        if not line.endswith(b"\n") and len(line) == _LONGEST:
            raise BrokenRecord(f"a line is longer than {_LONGEST:,} bytes")
        try:
            yield from parse_documents(line.decode())
        except UnicodeDecodeError:
            raise BrokenRecord("not UTF-8") from None


def _header(line: bytes, delimiter: str, name: str) -> tuple[str, ...]:
    try:
        names = next(csv.reader([line.decode()], delimiter=delimiter), list[str]())
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(name, f"the header line cannot be read: {error}") from None
    if len(set(names)) < len(names):
        raise InputError(name, "the header line has a name twice")
    return tuple(names)


def _after(places: list[int]) -> int:
    return places[-1] + 1 if places else 0


class _Meter:
    """Says how much was read since it was last asked."""

    def __init__(self, stored: BinaryIO) -> None:
        self._stored = stored
        self._stored_before = 0
        self.bytes = 0

    def reading(self, read: ItemsRead) -> None:
        stored = self._stored_before if self._stored.closed else self._stored.tell()
        read.stored_bytes, self._stored_before = stored - self._stored_before, stored
        read.bytes, self.bytes = self.bytes, 0


class _Counting(io.RawIOBase):
    def __init__(self, stream: BinaryIO, meter: _Meter) -> None:
        self._stream = stream
        self._meter = meter

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        block = self._stream.read(len(buffer))
        buffer[: len(block)] = block
        self._meter.bytes += len(block)
        return len(block)
