"""The rows of a JSON file, read in blocks: JSON Lines, values in a row, or an array."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO, cast

from dynamodb_bulk.csv.batches import RowBatch
from dynamodb_bulk.csv.encodings import Utf8Text
from dynamodb_bulk.csv.reader import whole_lines
from dynamodb_bulk.machine import in_order
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

    def split_ahead(numbered: tuple[bytes, int]) -> tuple[bytes, int, RowBatch | None]:
        lines, first = numbered
        whole = lines.startswith(b"{") and lines.endswith(b"\n")
        return lines, first, split(lines, first) if whole else None

    text = cast("BinaryIO", Utf8Text(stream, encoding))
    for lines, first, batch in in_order(split_ahead, _numbered(whole_lines(text, block_bytes, b"\n"))):
        if batch is not None and scanner.between_lines and scanner.line == first:
            scanner.pass_over(lines.count(b"\n"))
            yield batch
        else:
            yield from _batches(scanner, scanner.feed(lines, last=False), file, fields)
    yield from _batches(scanner, scanner.feed(b"", last=True), file, fields)


def _numbered(blocks: Iterable[bytes]) -> Iterator[tuple[bytes, int]]:
    """Yield the blocks with the line on which each begins."""
    line = 1
    for block in blocks:
        yield block, line
        line += block.count(b"\n")


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
