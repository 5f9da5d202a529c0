"""The rows of a CSV file, read in blocks.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import BinaryIO, cast

from dynamodb_bulk.csv.batches import RowBatch
from dynamodb_bulk.csv.block_rows import BlockRows, Split
from dynamodb_bulk.csv.encodings import Utf8Text
from dynamodb_bulk.csv.escapes import WholeRows, unescaped
from dynamodb_bulk.csv.format import CsvFormat
from dynamodb_bulk.machine import in_order

BLOCK_BYTES = 8 * 1024 * 1024
RECORD_BYTES = 16 * 1024 * 1024


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
    yield from _without_footer(batches, csv.skip_footer) if csv.skip_footer else batches


class _Reader:
    """Knows where in the file it is: in the lines that are skipped, the header, the rows, or a long line."""

    def __init__(
        self, file: str, columns: tuple[str, ...], csv: CsvFormat, record_bytes: int, skipped_lines: int
    ) -> None:
        self._csv = csv
        self._longest = record_bytes
        self._row_end = csv.row_delimiter.encode()
        self._rows = BlockRows(file, columns, csv, record_bytes)
        self._rows.line += skipped_lines
        self._rest = b""
        self._headers = csv.header_rows
        self._skipped = csv.skip_rows
        self._in_long_line = False

    def batches(self, stream: BinaryIO, size: int) -> Iterator[RowBatch]:
        """Yield the rows of a stream, of which `size` bytes are read at once."""
        text = None if self._csv.literal else Utf8Text(stream, self._csv.encoding)
        source = cast("BinaryIO", text or stream)
        if self._csv.escape:
            whole = WholeRows(source, self._csv.delimiter)
            batches = self._batches(text, cast("BinaryIO", whole), size)
            yield from unescaped(batches, whole, self._csv.delimiter)
        else:
            yield from self._batches(text, source, size)

    def _batches(self, text: Utf8Text | None, source: BinaryIO, size: int) -> Iterator[RowBatch]:
        chunks = enumerate(whole_lines(source, size, self._row_end[-1:]))
        for chunk, split in in_order(self._split_ahead, chunks):
            self._rows.marked = text is not None and text.marked
            yield from self.take(chunk, split, last=False)
        yield from self.take(b"", None, last=True)

    def _split_ahead(self, numbered: tuple[int, bytes]) -> tuple[bytes, Split]:
        """Return a chunk, and it as a block if it may begin with a row, and ends one."""
        number, chunk = numbered
        in_front = number == 0 and (self._csv.header_rows or self._csv.skip_rows)
        whole = chunk.endswith(self._row_end) and not in_front
        return chunk, (self._rows.split(chunk),) if whole else None

    def take(self, chunk: bytes, split: Split, *, last: bool) -> Iterator[RowBatch]:
        """Yield the rows that are complete now; what is not waits for the next chunk."""
        data = self._rest + chunk
        if last and data and not data.endswith(self._row_end):
            data += self._row_end
        data = self._after_header(self._after_skipped(self._after_long_line(data)), last=last)
        if not self._skipped and not self._headers:
            start = yield from self._rows.batches(data, split if data is chunk else None, last=last)
            data = data[start:]
        self._rest = data
        yield from self._overlong_line()

    def _after_skipped(self, data: bytes) -> bytes:
        start = 0
        while self._skipped and (stop := data.find(self._row_end, start)) >= 0:
            start = stop + len(self._row_end)
            self._rows.line += 1
            self._skipped -= 1
        return data[start:]

    def _after_header(self, data: bytes, *, last: bool) -> bytes:
        start = 0
        for record in self._rows.scanner.scan(data, last=last) if self._headers and not self._skipped else ():
            start = record.end
            self._rows.line += record.lines
            if not record.comment:
                self._headers = 0
                self._rows.header = record.fields
                break
        return data[start:]

    def _after_long_line(self, data: bytes) -> bytes:
        if not self._in_long_line:
            return data
        stop = data.find(self._row_end)
        if stop < 0:
            return data[len(data) - len(self._row_end) + 1 :]
        self._in_long_line = False
        self._rows.line += 1
        return data[stop + len(self._row_end) :]

    def _overlong_line(self) -> Iterator[RowBatch]:
        """Yield a line that outgrows the limit is given up before it fills the memory."""
        too_long = len(self._rest) > self._longest + len(self._row_end)
        if self._in_long_line or not too_long or self._row_end in self._rest:
            return
        self._in_long_line = True
        if self._skipped:
            self._skipped -= 1
        elif self._headers:
            self._headers = 0
        else:
            yield self._rows.too_long(self._rest)


def whole_lines(stream: BinaryIO, size: int, end: bytes) -> Iterator[bytes]:
    """Yield about `size` bytes of a stream at a time, cut after a byte that ends a line if there is one."""
    rest = b""
    while chunk := stream.read(size):
        stop = chunk.rfind(end) + 1 or len(chunk)
        yield b"".join((rest, memoryview(chunk)[:stop]))
        rest = chunk[stop:]
    if rest:
        yield rest


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
