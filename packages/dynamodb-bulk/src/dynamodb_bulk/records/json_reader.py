"""The rows of a JSON file, read in blocks: JSON Lines, values in a row, or an array."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from dynamodb_bulk.csv.batches import RowBatch
from dynamodb_bulk.csv.encodings import Utf8Text
from dynamodb_bulk.records.fields import Fields
from dynamodb_bulk.records.json_batches import record_batch
from dynamodb_bulk.records.json_fast_path import FastPath
from dynamodb_bulk.records.json_scanner import Record, RecordScanner
from dynamodb_bulk.spec.errors import InputError

BLOCK_BYTES = 4 * 1024 * 1024
_BATCH = 20_000


def read_json_rows(
    stream: BinaryIO,
    file: str,
    fields: Fields,
    *,
    encoding: str = "utf-8",
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[RowBatch]:
    """Read the rows of `file`, holding a few times `block_bytes` in memory whatever its size.

    `lines` are the lines of its values, or the places in an array. Raise InputError for a broken array.
    """
    scanner = RecordScanner(file)
    split = FastPath(file, fields)
    text = Utf8Text(stream, encoding)
    rest, last = b"", False
    while not last:
        block = text.read(block_bytes)
        data, rest, last = rest + block, b"", not block
        if scanner.between_lines and not last:
            stop = data.rfind(b"\n") + 1
            lines, rest = data[:stop], data[stop:] if stop else b""
            batch = split(lines, scanner.line) if lines.startswith(b"{") else None
            if batch is not None:
                scanner.pass_over(lines.count(b"\n"))
                yield batch
                continue
            data = lines or data
        yield from _batches(scanner, scanner.feed(data, last=last), file, fields)


def _batches(
    scanner: RecordScanner, records: Iterable[Record], file: str, fields: Fields
) -> Iterator[RowBatch]:
    waiting: list[Record] = []
    try:
        for record in records:
            waiting.append(record)
            if len(waiting) == _BATCH:
                yield record_batch(waiting, file, fields, scanner.unit)
                waiting = []
    except InputError:
        if waiting:
            yield record_batch(waiting, file, fields, scanner.unit)
        raise
    if waiting:
        yield record_batch(waiting, file, fields, scanner.unit)
