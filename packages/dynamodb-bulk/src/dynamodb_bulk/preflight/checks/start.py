"""What the start of a file looks like: its delimiter, and whether its first line is a header."""

import csv
from collections.abc import Iterator, Sequence
from functools import partial

from dynamodb_bulk.csv.format import CsvFormat
from dynamodb_bulk.preflight.check import Check, Detector, Example, Fault
from dynamodb_bulk.preflight.layout import Layout
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.columns import Column

_DELIMITERS = ",;|\t:^~\x01 "
_LINES = 200
_NAMES = {"\t": "a tab", "\x01": "the character \\x01", " ": "a space"}


class _Start(Detector):
    def file_end(self, file: SourceFile, layout: Layout) -> Iterator[Fault]:
        if layout.is_text and not layout.ends_lines_with_returns:
            yield from _guess(layout.text, file.name, self.dataset.columns, self.dataset.csv)


def _guess(text: str, file: str, columns: Sequence[Column], form: CsvFormat) -> Iterator[Fault]:
    """The faults of the first lines of a file; `text` may end within a line."""
    lines = text.replace("\r\n", "\n").split("\n")[: _LINES + form.skip_rows]
    numbered = list(enumerate(lines[:-1] or lines, 1))[form.skip_rows :]
    kept = {n: line for n, line in numbered if line and not (form.comment and line.startswith(form.comment))}
    if not kept:
        return
    at, lines = next(iter(kept)), list(kept.values())
    delimiter = _delimiter(lines, len(columns), form)
    if delimiter != form.delimiter:
        what = f"fields look separated by {_shown(delimiter)}, the dataset says {_shown(form.delimiter)}"
        yield Fault("wrong-delimiter", Example(file=file, line=at, what=what))
    first = ["" if field in form.null_values else field for field in _split(lines[:1], delimiter, form)[0]]
    finding = _header(first, columns, expected=form.header_rows == 1)
    if finding:
        yield Fault(finding[0], Example(file=file, line=at, what=finding[1], value=lines[0][:200]))


def _delimiter(lines: Sequence[str], columns: int, form: CsvFormat) -> str:
    if columns < 2 or _share(lines, form.delimiter, columns, form) > 0.2:
        return form.delimiter
    shares = {one: _share(lines, one, columns, form) for one in _DELIMITERS if one != form.delimiter}
    best = max(shares, key=lambda one: shares[one])
    return best if shares[best] >= 0.8 else form.delimiter


def _share(lines: Sequence[str], delimiter: str, columns: int, form: CsvFormat) -> float:
    """Return the share of lines that have as many fields as there are columns."""
    counts = [len(fields) for fields in _split(lines, delimiter, form)]
    return sum(count == columns for count in counts) / len(counts) if counts else 0


def _split(lines: Sequence[str], delimiter: str, form: CsvFormat) -> list[list[str]]:
    if not form.quotes:
        return [line.split(delimiter) for line in lines]
    one = delimiter if len(delimiter) == 1 else "\x1f"
    try:
        return list(csv.reader([line.replace(delimiter, one) for line in lines], delimiter=one))
    except (csv.Error, ValueError, TypeError):
        return [line.split(delimiter) for line in lines]


def _header(first: Sequence[str], columns: Sequence[Column], *, expected: bool) -> tuple[str, str] | None:
    names = [column.name.lower() for column in columns]
    words = [field.strip().lower() for field in first]
    same = sum(word == name for word, name in zip(words, names, strict=False))
    known = len(set(words) & set(names))
    if not expected:
        if known * 2 >= len(names) and not _is_data(first, columns):
            return "header-unexpected", f"{known} of the {len(names)} columns' names are in the first line"
        return None
    if same == len(names) == len(words):
        return None
    moved = (word in names and names.index(word) != place for place, word in enumerate(words))
    if len(words) == len(names) and any(moved):
        return "header-order", f"the file has {', '.join(first[:8])}"
    if known == 0 and _is_data(first, columns):
        return "header-missing", "the first line matches the columns' types and has none of their names"
    differing = [f"{field!r} for {column.name}" for field, column in zip(first, columns, strict=False)
                 if field.strip().lower() != column.name.lower()]  # fmt: skip
    return "header-differs", ", ".join(differing[:3]) or f"{len(first)} names for {len(columns)} columns"


def _is_data(first: Sequence[str], columns: Sequence[Column]) -> bool:
    """Return whether every value fits its column, and some column is not one that any text fits."""
    if len(first) != len(columns):
        return False
    telling = False
    for field, column in zip(first, columns, strict=True):
        if not field:
            continue
        try:
            column.column_type.values(column).parse(field)
        except ValueError:
            return False
        telling = telling or not column.column_type.any_text
    return telling


def _shown(delimiter: str) -> str:
    return _NAMES.get(delimiter, f"`{delimiter}`")


_error = partial(Check, _Start, "files", "error")
CHECKS = (
    _error("wrong-delimiter", "The fields are separated by a different character", "set source.delimiter"),
    _error(
        "header-unexpected",
        "The first line holds the names of columns and would be loaded",
        "set source.header: true",
    ),
    _error("header-missing", "The first line is data and would be skipped", "set source.header: false"),
    _error(
        "header-order",
        "The header names the columns in a different order",
        "put the columns into the order of the file",
    ),
    Check(
        _Start,
        "files",
        "warning",
        "header-differs",
        "The header names differ from those of the columns",
        "check that the columns are in the order of the file",
    ),
)
