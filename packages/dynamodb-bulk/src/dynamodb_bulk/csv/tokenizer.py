"""Records of a CSV file one by one: slow, and right for anything a file can hold."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from dynamodb_bulk.csv.batches import RejectionKind
from dynamodb_bulk.csv.encodings import byte_of
from dynamodb_bulk.csv.format import CsvFormat

_QUOTED = re.compile(rb'"([^"]*+(?:""[^"]*+)*+)"')
_AFTER_QUOTE = "text follows a closing quote"
_NOT_CLOSED = "a quote is opened and not closed"


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its fields, or the reason why it has none. `lines` counts its row delimiters.

    `returns`: it ends with \\r\\n. `bare_quote`: an unquoted field of it holds a quote. A `comment` is a line
    without fields.
    """

    raw: bytes
    fields: tuple[str, ...]
    reason: str | None
    lines: int
    end: int
    kind: RejectionKind = "column-count"
    returns: bool = False
    bare_quote: bool = False
    comment: bool = False


class RecordScanner:
    """Split bytes into records.

    A field that starts with a quote ends with one, delimiters between them are data, `""` is a quote;
    quotes elsewhere in a field are text, and so are backslashes. A record whose quote is never closed, or
    that is longer than `longest` bytes, is rejected and reading continues at the next line.
    """

    def __init__(self, csv: CsvFormat, longest: int) -> None:
        self._row_end = csv.row_delimiter.encode()
        self._return = b"\r" if csv.returns_end_rows else b""
        self._field_end = re.compile(
            b"(?P<row>%s%s)|%s"
            % (
                self._return and b"\r?",
                re.escape(self._row_end),
                re.escape(csv.delimiter.encode()),
            )
        )
        self._quotes = csv.quotes
        self._delimiter = csv.delimiter
        # Where neither can be part of the other, a line without quotes is a record.
        self._lines_apart = csv.row_delimiter == "\n" and "\r" not in csv.delimiter
        self._comment = csv.comment.encode()
        self._longest = longest

    def scan(self, data: bytes, *, last: bool, start: int = 0) -> Iterator[Record]:
        """The complete records from `start`; the `last` data of a file must end with a row delimiter."""
        while start < len(data):
            if self._comment and data.startswith(self._comment, start):
                record = self._skipped(data, start)
            else:
                record = self._record(data, start)
            length = (record.end if record else len(data)) - start
            if length > self._longest + len(self._row_end):
                record = self._line(data, start, self.too_long, "record-too-long")
            elif record is None and last:
                record = self._line(data, start, _NOT_CLOSED, "unclosed-quote")
            if record is None:
                return
            yield record
            start = record.end

    @property
    def too_long(self) -> str:
        """The reason for a record over the limit."""
        return f"the record is longer than {self._longest:,} bytes; is a quote not closed?"

    def _record(self, data: bytes, start: int) -> Record | None:
        stop = data.find(b"\n", start) if self._lines_apart else -1
        if stop >= 0 and not (self._quotes and b'"' in data[start:stop]):
            return self._plain(data[start:stop], stop + 1)
        fields: list[bytes] = []
        reason: str | None = None
        bare = False
        position = start
        while True:
            quoted = _QUOTED.match(data, position) if self._quotes else None
            if quoted:
                value = quoted[1].replace(b'""', b'"')
                position = quoted.end()
                end = self._field_end.match(data, position)
                if end is None:
                    reason = _AFTER_QUOTE
                    end = self._field_end.search(data, position)
            elif self._quotes and data.startswith(b'"', position):
                return None
            else:
                end = self._field_end.search(data, position)
                value = data[position : end.start()] if end else b""
                bare = bare or (self._quotes and b'"' in value)
            if end is None:
                return None
            fields.append(value)
            position = end.end()
            if end.lastgroup:
                record = self._finished(data[start : end.start()], fields, reason, position)
                returns = len(end["row"]) > len(self._row_end)
                return replace(record, returns=returns, bare_quote=bare) if returns or bare else record

    def _plain(self, line: bytes, end: int) -> Record:
        raw = line.removesuffix(self._return)
        returns = len(raw) < len(line)
        try:
            return Record(raw, tuple(raw.decode().split(self._delimiter)), None, 1, end, returns=returns)
        except UnicodeDecodeError as error:
            return Record(raw, (), _no_text(error), 1, end, "not-utf8", returns)

    def _finished(self, raw: bytes, fields: list[bytes], reason: str | None, end: int) -> Record:
        texts: tuple[str, ...] = ()
        kind: RejectionKind = "column-count" if reason is None else "stray-quote"
        if reason is None:
            try:
                texts = tuple(field.decode() for field in fields)
            except UnicodeDecodeError as error:
                reason, kind = _no_text(error), "not-utf8"
        return Record(raw, texts, reason, raw.count(self._row_end) + 1, end, kind)

    def _skipped(self, data: bytes, start: int) -> Record | None:
        record = self._line(data, start, "a comment", "column-count")
        return replace(record, comment=True) if record else None

    def _line(self, data: bytes, start: int, reason: str, kind: RejectionKind) -> Record | None:
        stop = data.find(self._row_end, start)
        if stop < 0:
            return None
        raw = data[start:stop].removesuffix(self._return)
        returns = start + len(raw) < stop
        return Record(raw, (), reason, 1, stop + len(self._row_end), kind, returns)


def _no_text(error: UnicodeDecodeError) -> str:
    byte = byte_of(error.object, error.start)
    if byte is None:
        return f"not UTF-8: byte 0x{error.object[error.start]:02x}"
    return f"byte 0x{byte:02x} is not text in the file's encoding"
