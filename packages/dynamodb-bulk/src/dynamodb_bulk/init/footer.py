"""Lines at the end of CSV files that are no rows: a total, the number of rows."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dynamodb_bulk.csv.encodings import Utf8Text
from dynamodb_bulk.csv.tokenizer import Record, RecordScanner

if TYPE_CHECKING:
    from dynamodb_bulk.init.dialect import Dialect
    from dynamodb_bulk.init.opening import DataFile

_BYTES = 64 * 1024
_MOST = 5
_ENOUGH = 5  # rows to tell a column of numbers by
_TOTAL = re.compile(
    r"\W*(?:(?:sub|grand )?totals?|sum|summe|gesamt(?:summe)?|somme|totale|suma|trailer|eof"
    r"|end of (?:file|report))\b.*",
    re.IGNORECASE,
)
_NUMBER = "[0-9][0-9.,]*"
_COUNT = re.compile(
    rf"\W*(?:{_NUMBER} (?:rows?|records?|lines?)\b.*"
    rf"|(?:rows?|records?|lines?|row count|count) ?[:=] ?{_NUMBER})\W*",
    re.IGNORECASE,
)


def footer_of(files: "Sequence[DataFile]", dialect: "Dialect") -> int:
    """Return how many lines each of the files ends with that are a footer; 0 where the files differ.

    Only what says so is one: a line that is merely short may be the rest of a row.
    """
    found = {_footer(file, dialect) for file in files}
    return found.pop() if len(found) == 1 else 0


def _footer(file: "DataFile", dialect: "Dialect") -> int:
    records = _last_records(file, dialect)
    count = 0
    for place, record in enumerate(reversed(records[-_MOST:]), start=1):
        if record.raw.strip():
            if not _is_footer(record, dialect):
                break
            count = place
    return count


def _is_footer(record: Record, dialect: "Dialect") -> bool:
    fields = record.fields
    if not says_so(fields):
        return False
    # A row may have such a name as well, and then as many values as the others.
    rows = [row for row in dialect.rows if len(row) == dialect.columns and not says_so(row)]
    lacking = [place for place, field in enumerate(fields) if not field]
    if len(fields) != dialect.columns or any(all(row[place] for row in rows) for place in lacking):
        return True
    # "Total" in a column of numbers; the first row may be the header.
    place = next(place for place, field in enumerate(fields) if field)
    return len(rows) > _ENOUGH and all(re.fullmatch(_NUMBER, row[place]) for row in rows[1:])


def says_so(fields: Sequence[str]) -> bool:
    """Whether the first value of a line is the word for a total, or says a number of rows."""
    said = next((field for field in fields if field), "")
    return bool(_TOTAL.fullmatch(said) or _COUNT.fullmatch(said))


def _last_records(file: "DataFile", dialect: "Dialect") -> list[Record]:
    """Return the records at the end of a file; none of one that cannot be sought, and is large."""
    csv = dialect.csv
    if csv.escape:
        return []
    start = max(0, file.source.size - _BYTES)
    end = file.text(start, file.source.size, csv.encoding)
    if end is None:
        with file.open() as stream:
            end = Utf8Text(stream, csv.encoding).read(_BYTES + 1)
        if len(end) > _BYTES:
            return []
    elif start:
        end = end[end.find(b"\n") + 1 :]
    line_end = csv.row_delimiter.encode()
    end = end if end.endswith(line_end) else end + line_end
    return list(RecordScanner(csv, _BYTES).scan(end, last=True))
