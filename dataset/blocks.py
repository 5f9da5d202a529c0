"""Rows of a CSV block in one go: fast, and only for blocks in which every line is one record."""

import io
import re
from dataclasses import dataclass
from functools import cache

import polars as pl

from dataset.csvformat import CsvFormat

_MARKS = b"\x01\x02\x03\x04\x05\x06\x07\x0e\x0f\x10"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, kw_only=True)
class Block:
    """The lines of a block as String columns `0`, `1`, …, two more than the definition has.

    The field after a line's last one is `mark`, a text that the block does not hold: a line has n fields
    where column n is `mark`.
    """

    lines: bytes
    frame: pl.DataFrame
    mark: str


def split_block(block: bytes, columns: int, csv: CsvFormat) -> Block | None:
    """Split a block that ends with a row delimiter; None if it needs the record scanner."""
    lines = _with_newlines(block, csv)
    delimiter = csv.delimiter.encode()
    # polars drops a byte order mark and each "\r" that ends a field, and takes delimiters of one byte only.
    if lines is None or len(delimiter) > 1 or delimiter == b"\r" or lines.startswith(_BYTE_ORDER_MARK):
        return None
    unused = [bytes([mark]) for mark in _MARKS if mark not in lines and mark != delimiter[0]]
    quoted = csv.quotes and b'"' in lines
    if len(unused) < 2 or not _is_well_formed(lines, csv.delimiter, quoted=quoted):
        return None
    mark, carriage_return = unused[:2]
    marked = lines.replace(b"\n", delimiter + mark + b"\n").replace(b"\r", carriage_return)
    frame = pl.read_csv(
        io.BytesIO(marked),
        has_header=False,
        separator=csv.delimiter,
        quote_char='"' if quoted else None,
        schema={str(index): pl.String for index in range(columns + 2)},
        empty_string_is_null=False,
        missing_columns="insert",
        extra_columns="ignore",
    )
    if frame.height != lines.count(b"\n"):
        return None
    if b"\r" in lines:
        frame = frame.with_columns(pl.all().str.replace_all(carriage_return.decode(), "\r", literal=True))
    return Block(lines=lines, frame=frame, mark=mark.decode())


def _with_newlines(block: bytes, csv: CsvFormat) -> bytes | None:
    if csv.row_delimiter == "\n":
        return block
    if csv.row_delimiter == "\r\n" and block.count(b"\n") == block.count(b"\r\n"):
        return block.replace(b"\r\n", b"\n")
    return None


def _is_well_formed(lines: bytes, delimiter: str, *, quoted: bool) -> bool:
    """Whether this is UTF-8 in which each quoted field ends before a delimiter and holds no newline."""
    try:
        text = lines.decode()
    except UnicodeDecodeError:
        return False
    return not quoted or bool(pl.Series([text]).str.contains(_fields(delimiter))[0])


@cache
def _fields(delimiter: str) -> str:
    escaped = re.escape(delimiter)
    return rf'\A(?:(?:"[^"\n]*")+[{escaped}\n]|[^"{escaped}\n]*[{escaped}\n])*\z'
