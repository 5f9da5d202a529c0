"""Rows of a CSV block in one go: fast, and only for blocks in which every line is one record."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import cast

import polars as pl

from dynamodb_bulk.csv.encodings import is_text
from dynamodb_bulk.csv.format import CsvFormat

_MARKS = tuple(bytes([mark]) for mark in b"\x01\x02\x03\x04\x05\x06\x07\x0e\x0f\x10")
# Lines with quotes are looked at one by one if there is at most one in so many bytes, else all at once.
FEW = 400
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, kw_only=True)
class Block:
    """The lines of a block as String columns `0`, `1`, …, two more than the definition has.

    The field after a line's last one is `mark`, a text that the block does not hold: a line has n fields
    where column n is `mark`. Of `count` lines those that are comments are in none of these, and `places` are
    the others' (None: all). `returns`: how many lines ended with \\r\\n, which is \\n in `lines`.
    """

    lines: bytes
    frame: pl.DataFrame
    mark: str
    count: int
    returns: int
    places: pl.Series | None = None


def split_block(block: bytes, columns: int, csv: CsvFormat) -> Block | None:
    """Split a block that ends with a row delimiter; None if it needs the record scanner."""
    lines = _with_newlines(block, csv)
    delimiter = csv.delimiter.encode()
    places = None
    if lines is not None and csv.comment:
        lines, places = _without_comments(lines, csv.comment.encode())
    # polars drops a byte order mark and each "\r" that ends a field.
    if lines is None or delimiter == b"\r" or lines.startswith(BYTE_ORDER_MARK):
        return None
    longer = len(delimiter) > 1  # than polars takes
    unused = list(
        islice((mark for mark in _MARKS if mark not in delimiter and mark not in lines), 2 + longer)
    )
    if len(unused) < 2 + longer or not is_text(lines):
        return None
    mark, carriage_return, separator = (*unused, delimiter)[:3]
    returns = b"\r" in lines
    text = lines.replace(delimiter, separator) if longer else lines
    quoted = csv.quotes and b'"' in text
    if quoted and not _is_well_quoted(text, separator.decode()):
        return None
    marked = text.replace(b"\n", separator + mark + b"\n")
    count = (len(marked) - len(text)) // 2
    frame = pl.DataFrame(schema=dict.fromkeys(map(str, range(columns + 2)), pl.String))
    if count:
        frame = pl.read_csv(
            marked.replace(b"\r", carriage_return) if returns else marked,
            has_header=False,
            separator=separator.decode(),
            quote_char='"' if quoted else None,
            schema=frame.schema,
            empty_string_is_null=False,
            missing_columns="insert",
            extra_columns="ignore",
        )
    if frame.height != count:
        return None
    if returns:
        frame = frame.with_columns(pl.all().str.replace_all(carriage_return.decode(), "\r", literal=True))
    if longer and quoted:
        frame = frame.with_columns(pl.all().str.replace_all(separator.decode(), csv.delimiter, literal=True))
    count += 0 if places is None else block.count(b"\n") - len(places)
    ended = block.count(b"\r\n") if csv.returns_end_rows and b"\r" in block else 0
    return Block(lines=lines, frame=frame, mark=mark.decode(), count=count, returns=ended, places=places)


def bad_lines(block: bytes, csv: CsvFormat) -> list[int]:
    """Where in a block those lines start that are not UTF-8, or incomplete records because of their quotes.

    Empty for formats whose lines cannot be told apart here; the block ends with a row delimiter.
    """
    delimiter, encoded = csv.delimiter, csv.delimiter.encode()
    if len(encoded) > 1:
        delimiter = next((mark.decode() for mark in _MARKS if mark not in block), "")
    if csv.row_delimiter != "\n" or not delimiter:
        return []
    bad: set[int] = set()
    if not is_text(block):
        start = 0
        for line in block.split(b"\n"):
            if not line.isascii() and not is_text(line):
                bad.add(start)
            start += len(line) + 1
    if csv.quotes:
        places = [(start, end) for start, end in _quoted_lines(block) if start not in bad]
        texts = [block[start:end].decode().replace(csv.delimiter, delimiter) for start, end in places]
        if csv.returns_end_rows:
            texts = [text.replace("\r\n", "\n") for text in texts]
        good = pl.Series(texts, dtype=pl.String).str.contains(_fields(delimiter))
        bad.update(places[index][0] for index in cast("list[int]", (~good).arg_true().to_list()))
    return sorted(bad)


def _with_newlines(block: bytes, csv: CsvFormat) -> bytes | None:
    if csv.row_delimiter == "\n":
        return block.replace(b"\r\n", b"\n") if csv.returns_end_rows and b"\r" in block else block
    if csv.row_delimiter == "\r\n" and block.count(b"\n") == block.count(b"\r\n"):
        return block.replace(b"\r\n", b"\n")
    return None


def _without_comments(lines: bytes, comment: bytes) -> tuple[bytes, pl.Series | None]:
    """The lines that are no comments, and their places; None for all.

    A line within quotes may look like a comment: then the others are not well quoted.
    """
    if not lines.startswith(comment) and b"\n" + comment not in lines:
        return lines, None
    kept: list[bytes] = []
    places: list[pl.Series] = []
    start = place = 0
    ends = [match.span() for match in re.finditer(rb"(?m)^" + re.escape(comment) + rb"[^\n]*\n", lines)]
    for end, after in [*ends, (len(lines), len(lines))]:
        kept.append(lines[start:end])
        count = kept[-1].count(b"\n")
        places.append(pl.int_range(place, place + count, dtype=pl.UInt64, eager=True))
        start, place = after, place + count + 1
    return b"".join(kept), pl.concat(places)


def _is_well_quoted(lines: bytes, delimiter: str) -> bool:
    """Return whether each quoted field ends before a delimiter and holds no newline."""
    quoted: list[bytes] = []
    for start, end in _quoted_lines(lines):
        quoted.append(lines[start:end])
        if len(quoted) * FEW > len(lines):
            quoted = [lines]
            break
    return bool(pl.Series([b"".join(quoted).decode()]).str.contains(_fields(delimiter))[0])


def _quoted_lines(lines: bytes) -> Iterator[tuple[int, int]]:
    at = lines.find(b'"')
    while at >= 0:
        end = lines.find(b"\n", at) + 1
        yield lines.rfind(b"\n", 0, at) + 1, end
        at = lines.find(b'"', end)


@cache
def _fields(delimiter: str) -> str:
    escaped = re.escape(delimiter)
    return rf'\A(?:(?:"[^"\n]*")+[{escaped}\n]|[^"{escaped}\n]*[{escaped}\n])*\z'
