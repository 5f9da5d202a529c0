"""What the start of a file looks like: its delimiter, and whether its first line is a header."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from dynamodb_bulk.csv.format import CsvFormat
from dynamodb_bulk.preflight.check import OF_ROWS, Check, Detector, Example, Fault
from dynamodb_bulk.preflight.layout import Layout
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.text import number_of

_DELIMITERS = ",;|\t:^~\x01 "
_LINES = 200
_FEW, _MOST = 0.2, 0.8
_NAMED = 5
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
    delimiter, fields = _separated(lines, len(columns), form)
    first = ["" if field in form.null_values else field for field in _split(lines[:1], delimiter, form)[0]]
    differ = _other_columns(first, columns) if fields != len(columns) else ""
    found = partial(Example, file=file, line=at, value=lines[0][:200])
    if delimiter != form.delimiter:
        what = f"fields look separated by {_shown(delimiter)}, the dataset says {_shown(form.delimiter)}"
        yield Fault("wrong-delimiter", found(what=f"{what}: {differ}" if differ else what))
    elif differ:
        yield Fault("other-columns", found(what=differ))
    elif finding := _header(first, columns, expected=form.header_rows == 1):
        yield Fault(finding[0], found(what=finding[1]))


def _separated(lines: Sequence[str], columns: int, form: CsvFormat) -> tuple[str, int]:
    """Return the delimiter by which the lines look separated, and into how many fields.

    The declared one counts unless it explains no lines and another one does: by the number of columns, or
    where the declared one separates nothing.
    """
    declared = _field_counts(lines, form.delimiter, form)
    if declared[columns] > _FEW * declared.total():
        return form.delimiter, columns
    others = {one: _field_counts(lines, one, form) for one in _DELIMITERS if one != form.delimiter}
    if columns > 1:
        best = max(others, key=lambda one: others[one][columns])
        if others[best][columns] >= _MOST * others[best].total():
            return best, columns
    fields, count = declared.most_common(1)[0]
    if count < max(2, _MOST * declared.total()):
        return form.delimiter, columns
    if fields == 1:
        for one, counts in others.items():
            found, count = counts.most_common(1)[0]
            if one != " " and found > 1 and count >= _MOST * counts.total():  # many texts have spaces
                return one, found
    return form.delimiter, fields


def _field_counts(lines: Sequence[str], delimiter: str, form: CsvFormat) -> Counter[int]:
    return Counter(len(fields) for fields in _split(lines, delimiter, form))


def _other_columns(first: Sequence[str], columns: Sequence[Column]) -> str:
    """How the columns of a file differ from the dataset's, by name where its first line has some of these."""
    names = {column.name.lower(): column.name for column in columns}
    words = [word.strip() for word in first]
    what = f"{number_of(len(first), 'column')}, the dataset names {len(columns):,}"
    if not names.keys() & {word.lower() for word in words}:
        return what
    missing = [word for word in words if word.lower() not in names]
    surplus = [name for key, name in names.items() if key not in {word.lower() for word in words}]
    lists = [f"missing {_listed(missing)}"] if missing else []
    lists += [f"not in the file: {_listed(surplus)}"] if surplus else []
    return f"{what}: {'; '.join(lists)}" if lists else what


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


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
    # A name that is there twice has not moved where it stands in its own place as well.
    moved = (words[names.index(word)] != word for word in words if word in names)
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


_error = partial(Check, _Start, "files", "error", explains=OF_ROWS)
CHECKS = (
    _error("wrong-delimiter", "The fields are separated by a different character", "set source.delimiter"),
    _error(
        "other-columns",
        "The file has a different number of columns",
        "name all of them in `columns`, in the order of the file: `bulk init` does",
    ),
    _error(
        "header-unexpected",
        "The first line holds the names of columns and would be loaded",
        "set source.header: true",
        in_first_line=True,
    ),
    Check(
        _Start,
        "files",
        "error",
        "header-missing",
        "The first line is data and would be skipped",
        "set source.header: false",
    ),
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
