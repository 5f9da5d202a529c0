"""The rows of a CSV file, read in blocks.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import BinaryIO, cast

import polars as pl

from dynamodb_bulk.csv.batches import SHOWN, Rejected, RowBatch, frame_name
from dynamodb_bulk.csv.encodings import Utf8Text
from dynamodb_bulk.csv.escapes import unescaped, whole_rows
from dynamodb_bulk.csv.fast_path import Block, bad_lines, split_block
from dynamodb_bulk.csv.format import CsvFormat
from dynamodb_bulk.csv.tokenizer import Record, RecordScanner

BLOCK_BYTES = 8 * 1024 * 1024
RECORD_BYTES = 16 * 1024 * 1024
# A stretch of clean lines between bad ones is read fast if it is at least this long.
WORTHWHILE_BYTES = 64 * 1024
# What files hold in front of the columns that DMS wrote with IncludeOpForFullLoad.
OPERATION = "I"


def read_rows(
    stream: BinaryIO,
    file: str,
    columns: Sequence[str],
    csv: CsvFormat,
    *,
    block_bytes: int = BLOCK_BYTES,
    record_bytes: int = RECORD_BYTES,
    skipped_lines: int = 0,
) -> Iterator[RowBatch]:
    """Read the rows of `file`, holding a few times `block_bytes` in memory whatever its size.

    The frames have a column (String) for each of `columns`, called by its `frame_name`. `skipped_lines` of
    the file are left out of the stream, between its header and the first row.

    Not documented by AWS, and done here so that nothing is hidden:
    - `""` is read as an empty field, so it is NULL when `null_value` is empty;
    - text after a closing quote, a quote never closed, bytes that are not UTF-8, a record longer than
      `record_bytes` and a wrong number of fields reject the row (after an unclosed quote, its line);
    - an empty line is a row of one empty field, and a line that begins with a comment no row;
    - unless the format is `literal`, "\\r\\n" outside of quotes ends a row, and a byte order mark at the
      start of the file is removed; a "\\r" elsewhere is data.
    """
    reader = _Reader(file, tuple(columns), csv, record_bytes, skipped_lines)
    batches = reader.batches(stream, max(1, min(block_bytes, record_bytes // 2)))
    if csv.escape:
        batches = unescaped(batches, csv.delimiter)
    yield from _without_footer(batches, csv.skip_footer) if csv.skip_footer else batches


class _Reader:
    def __init__(
        self, file: str, columns: tuple[str, ...], csv: CsvFormat, record_bytes: int, skipped_lines: int
    ) -> None:
        self._file = file
        self._columns = tuple(map(frame_name, columns))
        self._csv = csv
        self._longest = record_bytes
        self._scanner = RecordScanner(csv, record_bytes)
        self._row_end = csv.row_delimiter.encode()
        self._rest = b""
        self._line = 1 + skipped_lines
        self._headers = csv.header_rows
        self._skipped = csv.skip_rows
        self._header: tuple[str, ...] = ()
        self._marked = False
        self._in_long_line = False

    def batches(self, stream: BinaryIO, size: int) -> Iterator[RowBatch]:
        """Yield the rows of a stream, of which `size` bytes are read at once."""
        text = None if self._csv.literal else Utf8Text(stream, self._csv.encoding)
        source = cast("BinaryIO", text or stream)
        if self._csv.escape:
            source = whole_rows(source, self._csv.delimiter)
        while chunk := source.read(size):
            self._marked = text is not None and text.marked
            yield from self.take(chunk, last=False)
        yield from self.take(b"", last=True)

    def take(self, chunk: bytes, *, last: bool) -> Iterator[RowBatch]:
        """Yield the rows that are complete now; what is not waits for the next chunk."""
        if not (self._skipped or self._headers or self._in_long_line or last):
            stop = chunk.rfind(self._row_end) + len(self._row_end)
            if len(self._row_end) <= stop <= self._longest - len(self._rest):
                split = split_block(self._rest + chunk[:stop], len(self._columns), self._csv)
                if split:
                    self._rest = chunk[stop:]
                    yield self._from_block(split)
                    return
        data = self._rest + chunk
        if last and data and not data.endswith(self._row_end):
            data += self._row_end
        data = self._after_header(self._after_skipped(self._after_long_line(data)), last=last)
        if self._skipped or self._headers:
            self._rest = data
        else:
            yield from self._complete(data, last=last)
        yield from self._overlong_line()

    def _complete(self, data: bytes, *, last: bool) -> Iterator[RowBatch]:
        stop = data.rfind(self._row_end) + len(self._row_end)
        if stop < len(self._row_end):
            self._rest = data
            return
        lines = data[:stop]
        split = split_block(lines, len(self._columns), self._csv) if stop <= self._longest else None
        if split:
            self._rest = data[stop:]
            yield self._from_block(split)
            return
        yield from self._around(bad_lines(lines, self._csv) or [0], data, stop, last=last)

    def _around(self, bad: list[int], data: bytes, stop: int, *, last: bool) -> Iterator[RowBatch]:
        """The lines of a block of which some are bad: those near to bad ones slowly, the others fast."""
        position = 0
        for start, end in _stretches(bad, stop):
            while position < start:
                # No more at once than one record may have, so that none is too long unnoticed.
                room = min(start, position + self._longest)
                reached = data.rfind(self._row_end, position, room) + len(self._row_end)
                if reached <= position:
                    break
                split = split_block(data[position:reached], len(self._columns), self._csv)
                if split is None:
                    break
                yield self._from_block(split)
                position = reached
            if end > position:
                batch, reached = self._from_records(data, position, end, last=last)
                if batch.frame.height or batch.rejected:
                    yield batch
                position = reached
                if reached < end:
                    break
        self._rest = data[position:]

    def _after_skipped(self, data: bytes) -> bytes:
        start = 0
        while self._skipped and (stop := data.find(self._row_end, start)) >= 0:
            start = stop + len(self._row_end)
            self._line += 1
            self._skipped -= 1
        return data[start:] if start else data

    def _after_header(self, data: bytes, *, last: bool) -> bytes:
        start = 0
        for record in self._scanner.scan(data, last=last) if self._headers and not self._skipped else ():
            start = record.end
            self._line += record.lines
            if not record.comment:
                self._headers = 0
                self._header = record.fields
                break
        return data[start:] if start else data

    def _after_long_line(self, data: bytes) -> bytes:
        if not self._in_long_line:
            return data
        stop = data.find(self._row_end)
        if stop < 0:
            return data[len(data) - len(self._row_end) + 1 :]
        self._in_long_line = False
        self._line += 1
        return data[stop + len(self._row_end) :]

    def _overlong_line(self) -> Iterator[RowBatch]:
        """Yield a line that outgrows the limit is given up before it fills the memory."""
        too_long = len(self._rest) > self._longest + len(self._row_end)
        if self._in_long_line or not too_long or self._row_end in self._rest:
            return
        self._in_long_line = True
        if self._skipped:
            self._skipped -= 1
            return
        if self._headers:
            self._headers = 0
            return
        record = Record(self._rest, (), self._scanner.too_long, 1, 0, "record-too-long")
        yield self._batch([], self._frame([]), [self._rejected(record, self._line)])

    def _from_block(self, block: Block) -> RowBatch:
        frame = block.frame
        count = len(self._columns)
        first, height = self._line, frame.height
        self._line += block.count
        if block.places is None:
            lines = pl.int_range(first, first + height, dtype=pl.UInt64, eager=True)
        else:
            lines = block.places + first
        starts = lines
        complete = frame[str(count)] == block.mark
        rejected: list[Rejected] = []
        operations = False
        if not complete.all():
            with_operation = (frame[str(count + 1)] == block.mark) & (frame["0"] == OPERATION)
            frame = frame.with_columns(
                pl.when(with_operation).then(str(index + 1)).otherwise(str(index)).alias(str(index))
                for index in range(count)
            )
            good = complete | with_operation
            operations = bool(with_operation.any())
            texts = block.lines.split(b"\n")
            for index in cast("list[int]", (~good).arg_true().to_list()):
                # A return that is left at the end of a line is data.
                line = texts[index] + (b"\r\n" if self._csv.returns_end_rows else self._row_end)
                record = next(self._scanner.scan(line, last=True))
                rejected.append(self._rejected(record, starts[index]))
            frame, lines = frame.filter(good), lines.filter(good)
        values = frame.select(
            pl.when(self._is_value(pl.col(str(index)))).then(str(index)).alias(name)
            for index, name in enumerate(self._columns)
        )
        return self._batch(lines, values, rejected, returns=block.returns, operations=operations)

    def _from_records(self, data: bytes, start: int, enough: int, *, last: bool) -> tuple[RowBatch, int]:
        """The records from `start` until one ends at `enough` or after it, and where the next one starts."""
        rows: list[list[str | None]] = []
        lines: list[int] = []
        rejected: list[Rejected] = []
        bare_quotes: list[int] = []
        operations, returns = False, 0
        nulls = self._csv.null_values
        for record in self._scanner.scan(data, last=last, start=start):
            fields = record.fields
            if len(fields) == len(self._columns) + 1 and fields[0] == OPERATION:
                fields, operations = fields[1:], True
            returns += record.returns
            if record.bare_quote:
                bare_quotes.append(self._line)
            if record.reason is None and len(fields) == len(self._columns):
                rows.append([None if field in nulls else field for field in fields])
                lines.append(self._line)
            elif not record.comment:
                rejected.append(self._rejected(record, self._line))
            self._line += record.lines
            start = record.end
            if start >= enough:
                break
        batch = self._batch(
            lines,
            self._frame(rows),
            rejected,
            returns=returns,
            bare_quotes=tuple(bare_quotes),
            operations=operations,
        )
        return batch, start

    def _is_value(self, text: pl.Expr) -> pl.Expr:
        nulls = self._csv.null_values
        return text != nulls[0] if len(nulls) == 1 else ~text.is_in(nulls)

    def _frame(self, rows: list[list[str | None]]) -> pl.DataFrame:
        return pl.DataFrame(rows, schema=dict.fromkeys(self._columns, pl.String), orient="row")

    def _batch(
        self,
        lines: pl.Series | list[int],
        frame: pl.DataFrame,
        rejected: list[Rejected],
        *,
        returns: int = 0,
        bare_quotes: tuple[int, ...] = (),
        operations: bool = False,
    ) -> RowBatch:
        return RowBatch(
            file=self._file,
            lines=pl.Series("line", lines, dtype=pl.UInt64),
            frame=frame,
            rejected=tuple(rejected),
            delimiter=self._csv.delimiter,
            returns=returns,
            bare_quotes=bare_quotes,
            operations=operations,
            header=self._header,
            marked=self._marked,
        )

    def _rejected(self, record: Record, line: int) -> Rejected:
        reason = record.reason
        if reason is None:
            found = len(record.fields)
            fields = "1 column" if found == 1 else f"{found} columns"
            reason = f"{fields}, the definition has {len(self._columns)}"
        if record.lines > 1:
            reason += f"; its quotes make lines {line} to {line + record.lines - 1} one row"
        return Rejected(
            file=self._file,
            line=line,
            reason=reason,
            row=record.raw[: 4 * SHOWN].decode(errors="replace")[:SHOWN],
            kind=record.kind if record.raw.strip(b"\r") else "blank-line",
        )


def _without_footer(batches: Iterator[RowBatch], rows: int) -> Iterator[RowBatch]:
    """The same but for the last rows, rejected ones among them; as much is held back as may be these."""
    held: deque[RowBatch] = deque()
    after = 0  # rows in all batches that are held but the first
    for batch in batches:
        held.append(batch)
        after += _count(batch) if len(held) > 1 else 0
        while len(held) > 1 and after >= rows:
            yield held.popleft()
            after -= _count(held[0])
    lines = sorted(line for batch in held for line in (*batch.lines, *(one.line for one in batch.rejected)))
    end = lines[-rows] if len(lines) >= rows else 0
    for batch in held:
        before = batch.lines < end
        yield replace(
            batch,
            lines=batch.lines.filter(before),
            frame=batch.frame.filter(before),
            rejected=tuple(one for one in batch.rejected if one.line < end),
        )


def _count(batch: RowBatch) -> int:
    return len(batch.lines) + len(batch.rejected)


def _stretches(bad: list[int], stop: int) -> Iterator[tuple[int, int]]:
    """Yield where slow reading starts and ends: runs of bad lines with short gaps between them.

    The last one is empty, and stands at the end.
    """
    start, end = bad[0], bad[0] + 1
    for line in bad[1:]:
        if line - end >= WORTHWHILE_BYTES:
            yield start, end
            start = line
        end = line + 1
    yield start, end
    yield stop, stop
