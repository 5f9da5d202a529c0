"""Lines at the end of CSV files that are no rows: a total, the number of rows."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from dynamodb_bulk.csv.encodings import Utf8Text
from dynamodb_bulk.csv.footers import says_so
from dynamodb_bulk.csv.tokenizer import Record, RecordScanner

if TYPE_CHECKING:
    from dynamodb_bulk.init.dialect import Dialect
    from dynamodb_bulk.init.opening import DataFile

_BYTES = 64 * 1024
_MOST = 5
_ENOUGH = 5  # rows to tell a column of numbers by
_NUMBER = re.compile("[0-9][0-9.,]*")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?")


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
    if len(rows) > _ENOUGH and all(_NUMBER.fullmatch(row[place]) for row in rows[1:]):
        return True
    return any(_are_sums(fields[place + 1 :], [row[place + 1 :] for row in rows], sign) for sign in ".,")


def _are_sums(totals: Sequence[str], rows: Sequence[Sequence[str]], decimal: str) -> bool:
    """Whether each of the totals is the sum of those above it, or empty, and one is a sum."""
    found = False
    for place, text in enumerate(totals):
        total = _number(text, decimal)
        if total is None:
            if text.strip():
                return False
            continue
        above = [number for row in rows if (number := _number(row[place], decimal)) is not None]
        if sum(above) != total:
            return False
        found = found or bool(above)
    return found


def _number(text: str, decimal: str) -> Decimal | None:
    digits = text.strip().replace("," if decimal == "." else ".", "").replace(decimal, ".")
    return Decimal(digits) if _DECIMAL.fullmatch(digits) else None


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
