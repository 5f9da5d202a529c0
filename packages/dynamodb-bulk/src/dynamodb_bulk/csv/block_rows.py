"""The rows of some lines of a CSV file: all at once, or one by one where a line is odd."""

from collections.abc import Generator, Iterator
from typing import cast

import polars as pl

from dynamodb_bulk.csv.batches import SHOWN, Rejected, RowBatch, frame_name
from dynamodb_bulk.csv.fast_path import Block, bad_lines, split_block
from dynamodb_bulk.csv.format import CsvFormat
from dynamodb_bulk.csv.tokenizer import Record, RecordScanner

# A stretch of clean lines between bad ones is read fast if it is at least this long.
WORTHWHILE_BYTES = 64 * 1024
Split = tuple[Block | None] | None
# What files hold in front of the columns that DMS wrote with IncludeOpForFullLoad.
OPERATION = "I"
_NO_FIELD = "\0no field"  # that holds this


class BlockRows:
    """Makes the batches of a file, of which `line` is the next one to be read.

    `header` has the fields of its header line, `marked` says whether a byte order mark was in front.
    """

    def __init__(self, file: str, columns: tuple[str, ...], csv: CsvFormat, longest: int) -> None:
        self.line = 1
        self.header: tuple[str, ...] = ()
        self.marked = False
        self.scanner = RecordScanner(csv, longest)
        self._file = file
        self._columns = tuple(map(frame_name, columns))
        self._csv = csv
        self._operation = OPERATION if csv.operations else _NO_FIELD
        self._longest = longest
        self._row_end = csv.row_delimiter.encode()
        nulls = csv.null_values
        fields = [pl.col(str(index)) for index in range(len(columns))]
        values = [text != nulls[0] if len(nulls) == 1 else ~text.is_in(nulls) for text in fields]
        self._values = [
            pl.when(is_value).then(text).alias(name)
            for is_value, text, name in zip(values, fields, self._columns, strict=True)
        ]

    def batches(self, data: bytes, split: Split = None, *, last: bool) -> Generator[RowBatch, None, int]:
        """Yield the rows that are complete; return where in the data the first one starts that is not.

        `split` is what the splitting of all data gave, if that was tried.
        """
        stop = data.rfind(self._row_end) + len(self._row_end)
        if stop < len(self._row_end):
            return 0
        lines = data[:stop]
        block = split[0] if split else self.split(lines)
        if block:
            yield self._from_block(block)
            return stop
        position = 0
        for start, end in _stretches(bad_lines(lines, self._csv) or [0], stop):
            while position < start:
                # No more at once than one record may have, so that none is too long unnoticed.
                room = min(start, position + self._longest)
                reached = data.rfind(self._row_end, position, room) + len(self._row_end)
                block = self.split(data[position:reached]) if reached > position else None
                if block is None:
                    break
                yield self._from_block(block)
                position = reached
            if end > position:
                batch, position = self._from_records(data, position, end, last=last)
                if batch.frame.height or batch.rejected:
                    yield batch
                if position < end:
                    break
        return position

    def too_long(self, start: bytes) -> RowBatch:
        """Return the batch of a line that starts so, and is longer than a record may be."""
        record = Record(start, (), self.scanner.too_long, 1, 0, "record-too-long")
        return self._batch([], self._frame([]), [self._rejected(record, self.line)])

    def split(self, lines: bytes) -> Block | None:
        """Return some lines as a block; None if they have to be read one by one. Any thread may ask."""
        return split_block(lines, len(self._columns), self._csv) if len(lines) <= self._longest else None

    def _from_block(self, block: Block) -> RowBatch:
        frame = block.frame
        count = len(self._columns)
        first = self.line
        self.line += block.count
        if block.places is None:
            lines = pl.int_range(first, first + frame.height, dtype=pl.UInt64, eager=True)
        else:
            lines = block.places + first
        complete = frame[str(count)] == block.mark
        rejected: list[Rejected] = []
        operations = False
        if not complete.all():
            with_operation = (frame[str(count + 1)] == block.mark) & (frame["0"] == self._operation)
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
                record = next(self.scanner.scan(line, last=True))
                rejected.append(self._rejected(record, lines[index]))
            frame, lines = frame.filter(good), lines.filter(good)
        values = frame.select(self._values)
        return self._batch(lines, values, rejected, returns=block.returns, operations=operations)

    def _from_records(self, data: bytes, start: int, enough: int, *, last: bool) -> tuple[RowBatch, int]:
        """The records from `start` until one ends at `enough` or after it, and where the next one starts."""
        rows: list[list[str | None]] = []
        lines: list[int] = []
        rejected: list[Rejected] = []
        bare_quotes: list[int] = []
        operations, returns = False, 0
        nulls = self._csv.null_values
        for record in self.scanner.scan(data, last=last, start=start):
            fields = record.fields
            if len(fields) == len(self._columns) + 1 and fields[0] == self._operation:
                fields, operations = fields[1:], True
            returns += record.returns
            if record.bare_quote:
                bare_quotes.append(self.line)
            if record.reason is None and len(fields) == len(self._columns):
                rows.append([None if field in nulls else field for field in fields])
                lines.append(self.line)
            elif not record.comment:
                rejected.append(self._rejected(record, self.line))
            self.line += record.lines
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
            header=self.header,
            marked=self.marked,
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
