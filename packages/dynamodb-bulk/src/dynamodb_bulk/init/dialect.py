"""The delimiter, quoting and header of CSV files, judged by pieces from the whole of them."""

import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from dynamodb_bulk.csv.encodings import Utf8Text
from dynamodb_bulk.csv.escapes import ESCAPE, WholeRows
from dynamodb_bulk.csv.footers import says_so
from dynamodb_bulk.csv.format import CsvFormat
from dynamodb_bulk.csv.tokenizer import Record, RecordScanner
from dynamodb_bulk.init.opening import DataFile
from dynamodb_bulk.init.text_facts import TextFacts
from dynamodb_bulk.spec.errors import InputError

SAMPLE = 512 * 1024
_RECORDS = 4_000
_LONGEST = 256 * 1024
_PLAIN = ("\t", ";", "|", ",", "\x01", "^", "~")  # of equally good ones the first
_CONSISTENT = 0.8
_TITLES = 20
_NARROW = 2
_RUN = re.compile(r"[^\w\s\"'.+\-/\\()\[\]{}<>@#]{2,3}|\|[^\w\s\"]\||::|##|@@")
_NAME = re.compile(r"[^\W\d][\w .:/()#%&-]{0,60}")
_VALUE = re.compile(r"[+-]?[0-9][0-9.,:/ TZ+-]*|")
_SEP_LINE = re.compile(rb"sep=(.)\r?\n")


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How files are written: `names` are those of the header, else none; `rows` a few of the first records.

    `lines` are those on which they begin. `doubts` by the key that they are about.
    """

    csv: CsvFormat
    columns: int
    share: float
    names: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    lines: tuple[int, ...] = ()
    doubts: dict[str, str] = field(default_factory=dict[str, str])
    comment: str = ""
    skip_rows: int = 0


def dialects(file: DataFile, facts: TextFacts) -> list[Dialect]:
    """Return the dialects in which pieces of the file have rows of equal numbers of fields, the best first.

    The last is that of a file with one column.
    """
    start, *later = _pieces(file, facts)
    skipped, comment = 0, ""
    candidates: list[str] = []
    if separated := _SEP_LINE.match(start):
        candidates, skipped = [separated[1].decode()], 1
        start = start[separated.end() :]
    lines = start.split(b"\n")
    if len(lines) > 1 and lines[0].startswith(b"#") and not lines[-2].startswith(b"#"):
        comment = "#"
    pieces = [_without(piece, comment) for piece in (start, *later)]
    found: list[Dialect] = []
    for delimiter in candidates or _candidates(pieces[0]):
        for quoting in ("rfc4180", "none"):
            csv = CsvFormat(delimiter=delimiter, quoting=quoting, encoding=facts.encoding)
            if quoting == "none" and facts.escapes and rb"\N" in start:
                csv = replace(csv, escape=ESCAPE)
            judged = _without_titles(_judged(pieces, csv, comment, skipped))
            if judged.columns > 1 and judged.share >= _CONSISTENT:
                found.append(judged)
    alone = CsvFormat(delimiter=",", encoding=facts.encoding)
    best_first = sorted(found, key=lambda one: _rank(one, found), reverse=True)
    if best_first and _has_single_quotes(best_first[0].rows[1:]):
        remedy = 'write the files with " as the quote, for example with a program that reads them'
        raise InputError(file.shown, "its fields are quoted with ', which is read as text", remedy)
    return [*best_first, _judged(pieces, alone, comment, skipped)]


def header_of(dialect: Dialect) -> tuple[tuple[str, ...], str]:
    """Return the names that the first record gives to the columns, and a doubt; no names if it is a row."""
    if not dialect.rows:
        return (), ""
    first, rest = dialect.rows[0], dialect.rows[1:]
    names = tuple(name.strip() for name in first)
    given = [name for name in names if name]
    if not given or not all(_NAME.fullmatch(name) for name in given):
        return (), ""
    distinct = _distinct(names)
    odd = [
        f"{new} has the name {old!r} in the files"
        for new, old in zip(distinct, names, strict=True)
        if new != old
    ]
    if odd and not rest:
        return (), ""
    if not rest:
        return names, "there is one line, which is taken for the names of the columns"
    columns = [[row[place] for row in rest if place < len(row) and row[place]] for place in range(len(names))]
    valued = [bool(values) and all(map(_VALUE.fullmatch, values)) for values in columns]
    if any(name and of_values for name, of_values in zip(names, valued, strict=True)):
        return distinct, "; ".join(odd)
    if odd:
        return (), ""
    again = any(name in values for name, values in zip(names, columns, strict=True))
    # Codes have one length, which the name of the column seldom has.
    lengths = [
        (len(name), {len(value) for value in values}) for name, values in zip(names, columns, strict=True)
    ]
    coded = sum(1 if size in found else -1 for size, found in lengths if len(found) == 1)
    if again or coded > 0:
        return (), "every column is text; the first line is taken for a row: if it holds names, write true"
    return names, "every column is text; the first line is taken for names: if it is a row, write false"


def _without_titles(found: Dialect) -> Dialect:
    """Skip lines in front of a header that spreadsheets write as wide as a row: titles, and empty lines."""
    titles = next((place for place, row in enumerate(found.rows[:_TITLES]) if sum(map(bool, row)) > 1), 0)
    if not titles or found.columns <= _NARROW:
        return found
    skipped = found.skip_rows + found.lines[titles] - found.lines[0]
    below = replace(found, rows=found.rows[titles:], lines=found.lines[titles:], skip_rows=skipped)
    names, doubt = header_of(below)
    return below if names and not doubt else found


def _has_single_quotes(rows: Sequence[tuple[str, ...]]) -> bool:
    """Whether most rows have fields that begin with a quote, and as many that end with one."""
    quoted = [
        [sum(len(field) > 1 and at(field, "'") for field in row) for at in (str.startswith, str.endswith)]
        for row in rows
    ]
    some = [begun for begun, ended in quoted if begun and begun == ended]
    return len(rows) > 1 and len(some) >= len(rows) * _CONSISTENT


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Return names of which each is there once, and none is empty."""
    found: list[str] = []
    for place, name in enumerate(names, start=1):
        new = base = name or f"column_{place}"
        number = 1
        while new in found or (new != name and new in names):
            number += 1
            new = f"{base}_{number}"
        found.append(new)
    return tuple(found)


def _rank(one: Dialect, others: Sequence[Dialect]) -> tuple[float, ...]:
    part_of = any(
        one.csv.delimiter != other.csv.delimiter and one.csv.delimiter in other.csv.delimiter
        for other in others
        if other.share >= one.share
    )
    plain = _PLAIN.index(one.csv.delimiter) if one.csv.delimiter in _PLAIN else -1
    # A dump of MySQL or PostgreSQL, which says NULL with a backslash, quotes nothing.
    of_database = any(r"\N" in row for row in one.rows)
    return (round(one.share, 3), not part_of, one.columns, -plain, one.csv.quotes != of_database)


def _judged(pieces: Sequence[bytes], csv: CsvFormat, comment: str, skipped: int) -> Dialect:
    counts: Counter[int] = Counter()
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    for number, piece in enumerate(pieces):
        if csv.escape:
            rows_of_piece = WholeRows(io.BytesIO(piece), csv.delimiter)
            piece = b"".join(iter(partial(rows_of_piece.read, SAMPLE), b""))
        for line, record in _records(piece, csv):
            if len(record.fields) > 1 or not says_so(record.fields):  # a footer tells nothing of the rows
                counts[len(record.fields) if record.reason is None else 0] += 1
            if number == 0 and len(rows) < _RECORDS:
                rows.append(record.fields)
                lines.append(line)
    if not counts:
        return Dialect(csv=csv, columns=1, share=0)
    columns = max(counts, key=lambda count: (counts[count], count))
    share = counts[columns] / counts.total()
    before = 0
    while before < min(len(rows), 20) and len(rows[before]) != columns and share < 1:
        before += 1
    before = before if before < len(rows) and len(rows) > 2 * before else 0
    return Dialect(
        csv=csv,
        columns=columns,
        share=share,
        rows=tuple(rows[before:]),
        lines=tuple(lines[before:]),
        comment=comment,
        skip_rows=skipped + (lines[before] - 1 if before else 0),
    )


def _records(piece: bytes, csv: CsvFormat) -> Iterator[tuple[int, Record]]:
    """Yield the records with the lines on which they begin, empty ones apart."""
    end, line = csv.row_delimiter.encode(), 1
    for record in RecordScanner(csv, _LONGEST).scan(piece if piece.endswith(end) else piece + end, last=True):
        if record.raw.strip(b"\r\n") or csv.delimiter.isspace():
            yield line, record
        line += record.lines


def _candidates(piece: bytes) -> list[str]:
    text = piece.decode(errors="replace")
    lines = [line for line in text.split("\n")[:50] if line.strip()]
    plain = [one for one in _PLAIN if one in text]
    runs: Counter[str] = Counter(run for line in lines for run in set(_RUN.findall(line)))
    return [
        *plain,
        *(run for run, seen in runs.items() if seen >= len(lines) * _CONSISTENT and '"' not in run),
    ]


def _without(piece: bytes, comment: str) -> bytes:
    if not comment:
        return piece
    return b"\n".join(line for line in piece.split(b"\n") if not line.startswith(comment.encode()))


def _pieces(file: DataFile, facts: TextFacts) -> list[bytes]:
    """Return whole lines from the start of a file, and from its middle and end where it can be sought."""
    encoding = facts.encoding
    with file.open() as stream:
        start = Utf8Text(stream, encoding).read(SAMPLE)
    whole = len(start) < SAMPLE
    pieces = [start if whole else start[: start.rfind(b"\n") + 1] or start]
    size = file.source.size
    for place in () if whole else (size // 2, size - SAMPLE // 2):
        if piece := file.text(place, place + SAMPLE // 2, encoding):
            first, last = piece.find(b"\n") + 1, piece.rfind(b"\n") + 1
            pieces.append(piece[first:last])
    return [piece for piece in pieces if piece]


def same_header(files: Sequence[DataFile], facts: TextFacts, dialect: Dialect) -> bool:
    """Whether the first line of every file names the same columns; raise InputError where they differ."""
    headers = {file.shown: _first_fields(file, facts, dialect) for file in files}
    (first, names), *others = headers.items()
    same = [shown for shown, header in others if header == names]
    for shown, header in others:
        if header == names:
            continue
        if not same and len(header) == len(names) and not all(map(_NAME.fullmatch, header)):
            continue
        if sorted(header) == sorted(names):
            what = f"its header has the columns in another order than that of {first}"
        else:
            missing = [name for name in names if name not in header]
            more = [name for name in header if name not in names]
            parts = [
                f"{word} {', '.join(those[:5])}" for word, those in (("no", missing), ("also", more)) if those
            ]
            what = f"its header differs from that of {first}: {' and '.join(parts)}"
        raise InputError(shown, what, "write a dataset for each kind of file")
    return bool(others) and len(same) == len(others)


def _first_fields(file: DataFile, facts: TextFacts, dialect: Dialect) -> tuple[str, ...]:
    with file.open() as stream:
        start = Utf8Text(stream, facts.encoding).read(64 * 1024)
    start = _without(start, dialect.comment)
    for _ in range(dialect.skip_rows):
        start = start[start.find(b"\n") + 1 :]
    found = next(_records(start, dialect.csv), None)
    return tuple(name.strip() for name in found[1].fields) if found else ()
