"""The rows of a JSON file, read in blocks: JSON Lines, values in a row, or an array."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

import polars as pl

from dynamodb_bulk.csv.batches import Rejected, RejectionKind, RowBatch, kind_of
from dynamodb_bulk.records.fields import Fields
from dynamodb_bulk.records.json_scanner import Record, RecordScanner
from dynamodb_bulk.records.json_values import ColumnProblem, take_fields
from dynamodb_bulk.spec.errors import InputError

BLOCK_BYTES = 4 * 1024 * 1024
_BATCH = 20_000


def read_json_rows(
    stream: BinaryIO, file: str, fields: Fields, *, block_bytes: int = BLOCK_BYTES
) -> Iterator[RowBatch]:
    """Read the rows of `file`, holding a few times `block_bytes` in memory whatever its size.

    `lines` are the lines of its values, or the places in an array. Raise InputError for a broken array.
    """
    scanner = RecordScanner(file)
    last = False
    while not last:
        block = stream.read(block_bytes)
        last = not block
        yield from _batches(scanner.feed(block, last=last), file, fields)


def _batches(records: Iterable[Record], file: str, fields: Fields) -> Iterator[RowBatch]:
    waiting: list[Record] = []
    try:
        for record in records:
            waiting.append(record)
            if len(waiting) == _BATCH:
                yield _batch(waiting, file, fields)
                waiting = []
    except InputError:
        if waiting:
            yield _batch(waiting, file, fields)
        raise
    if waiting:
        yield _batch(waiting, file, fields)


def _batch(records: Iterable[Record], file: str, fields: Fields) -> RowBatch:
    rows: list[list[str | None]] = []
    numbers: list[int] = []
    rejected: list[Rejected] = []

    def reject(record: Record, reason: str, kind: RejectionKind, column: str | None = None) -> None:
        row = record.raw.encode(errors="replace").decode()
        rejected.append(
            Rejected(file=file, line=record.number, reason=reason, row=row, kind=kind, column=column)
        )

    for record in records:
        if record.reason is not None:
            reject(record, record.reason, record.kind)
            continue
        try:
            texts = take_fields(record.value, fields)
        except ColumnProblem as problem:
            reject(record, str(problem), kind_of(problem.error), problem.column)
        except ValueError as error:
            reject(record, str(error), kind_of(error))
        else:
            if all(map(_is_unicode, texts)):
                rows.append(texts)
                numbers.append(record.number)
            else:
                reject(record, "bytes that are not UTF-8, or half of a surrogate pair", "not-utf8")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(fields.names, pl.String), orient="row")
    lines = pl.Series("line", numbers, dtype=pl.UInt64)
    return RowBatch(file=file, lines=lines, frame=frame, rejected=tuple(rejected))


def _is_unicode(text: str | None) -> bool:
    if text is None or text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
