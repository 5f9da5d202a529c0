"""The rows of a Parquet file, a few thousand at a time."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import polars as pl

from dynamodb_bulk.csv.batches import OTHERS, Others, RowBatch, frame_name
from dynamodb_bulk.items.templates import Json, escape, members_json, named
from dynamodb_bulk.records.fields import Field, Fields
from dynamodb_bulk.records.parquet_limits import may_not_fit, most_bytes, odd_name
from dynamodb_bulk.records.parquet_values import NoText, fragment_of, text_of, type_of, words_for
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.mistakes import nearest

BATCH_ROWS = 50_000
# What polars says of files that are whole, what it means, and what to do.
_NOT_READ = (
    ("ncrypt", "the file is encrypted", "write it without encryption"),
    ("more than one occurrence", "two of its columns have one name", "rename one of them"),
    (
        "precision must be between",
        "a column is a decimal of more than 38 digits, which DynamoDB does not hold",
        "write it as a decimal of at most 38 digits, or as text",
    ),
    ("invalid UTF-8", "a text in it is not UTF-8", "write its column as binary, or its text as UTF-8"),
)


@dataclass(frozen=True, kw_only=True)
class Slice:
    """Some rows that follow each other in a file, of which the bytes of these are at `path`."""

    path: Path
    start: int
    rows: int


def read_parquet_rows(slices: Iterable[Slice], file: str, fields: Fields) -> Iterator[RowBatch]:
    """Read the rows of a file, a slice of which is in memory; `lines` are their places in it, from 1.

    Raise InputError if it cannot be read, or has not the columns.
    """
    columns: _Columns | None = None
    for part in slices:
        with told(file):
            scan = pl.scan_parquet(part.path, glob=False)
            schema = None if columns else scan.collect_schema()
        columns = columns or _Columns(file, cast("pl.Schema", schema), fields)
        with told(file):
            frame = scan.select(pl.nth(columns.read)).slice(part.start, part.rows).collect()
        if frame.height != part.rows:
            raise damaged(file, f"{frame.height:,} rows where it says {part.rows:,}")
        for place in range(0, frame.height, BATCH_ROWS):
            yield columns.batch(frame[place : place + BATCH_ROWS], part.start + place)


class _Columns:
    """How the columns of a file become those of a frame."""

    def __init__(self, file: str, schema: pl.Schema, fields: Fields) -> None:
        self._file = file
        self._names = list(schema)
        self._types = list(schema.values())
        self._fields = fields
        but = fields.but if fields.but is not None else frozenset(self._names)
        self._others = [name for name in self._names if name not in but]
        used = {self._names.index(str(one.steps[0])) for one in fields.columns if one.steps[0] in schema}
        self.read = sorted(used | {self._names.index(name) for name in self._others})
        self._texts = [self._text(one).alias(one.name) for one in fields.columns]
        self._members = {name: self._member(name) for name in self._others}
        kinds = {name: (pl.nth(self._at(name)), self._kind(name)) for name in self._others}
        doubts = {
            name: pl.lit(True) if odd_name(name) else may_not_fit(*kind) for name, kind in kinds.items()
        }
        self._doubtful = [name for name, doubt in doubts.items() if doubt is not None]
        self._doubts = [doubt.alias(str(at)) for at, doubt in enumerate(doubts.values()) if doubt is not None]
        names = sum(len(name.encode()) for name in self._others)
        self._longest = pl.sum_horizontal(
            pl.lit(names), *(most_bytes(*kind) for kind in kinds.values())
        ).max()

    def batch(self, frame: pl.DataFrame, seen: int) -> RowBatch:
        texts = frame.select(self._texts) if self._texts else pl.DataFrame(height=frame.height)
        lines = pl.int_range(seen + 1, seen + 1 + frame.height, dtype=pl.UInt64, eager=True).alias("line")
        if self._fields.but is None:
            return RowBatch(file=self._file, lines=lines, frame=texts, rejected=(), unit="record")
        doubts = frame.select(self._doubts).row(0) if self._doubts else ()
        doubtful = [name for name, doubt in zip(self._doubtful, doubts, strict=True) if doubt]
        return RowBatch(
            file=self._file,
            lines=lines,
            frame=texts.with_columns(self._members_of(frame, doubtful)),
            rejected=(),
            unit="record",
            others=Others(
                texts=lambda: self._members_of(frame, self._others),
                longest=frame.select(self._longest).item() if self._others else 0,
            ),
        )

    def _members_of(self, frame: pl.DataFrame, others: Sequence[str]) -> pl.Series:
        """Return those members of the items, null where there are none."""
        if not others:
            return pl.repeat(None, frame.height, dtype=pl.String, eager=True).alias(OTHERS)
        plain = [self._at(name) for name in others if self._kind(name) == pl.String]
        escaped = frame
        if plain:
            names = [frame_name(str(place)) for place in plain]
            texts = frame.select(pl.nth(place).alias(name) for place, name in zip(plain, names, strict=True))
            texts = escape(texts)
            for place, name in zip(plain, names, strict=True):
                escaped = escaped.with_columns(texts[name].alias(frame.columns[place]))
        certain = [not frame.to_series(self._at(name)).null_count() for name in others]
        members = [self._members[name] for name in others]
        found = escaped.select(members_json(members, certain).alias(OTHERS))[OTHERS]
        return found if any(certain) else found.set(found == "", None)

    def _member(self, name: str) -> Json:
        with self._told(name):
            return named(name, fragment_of(pl.nth(self._at(name)), self._kind(name), escaped=True))

    def _text(self, one: Field) -> pl.Expr:
        name, *steps = one.steps
        if name not in self._names:
            if one.optional:
                return pl.lit(None, dtype=pl.String)
            raise InputError(self._file, f"no column {name!r} in the file", nearest(str(name), self._names))
        with self._told(one.label):
            value, kind = pl.nth(self._at(str(name))), self._kind(str(name))
            for step in steps:
                value, kind = _inside(value, kind, step)
            if kind == pl.Null:
                return pl.lit(None, dtype=pl.String)
            if one.nested:
                return fragment_of(value, kind).expression()
            if one.only and type_of(kind) != one.only:
                raise NoText(f"{words_for(kind)}, the key is {one.only}")
            if isinstance(kind, pl.Datetime) and kind.time_zone and one.type == "DATETIME" and not one.zoned:
                raise NoText("times in a time zone; set its timezone: UTC")
            return text_of(value, kind)

    @contextmanager
    def _told(self, column: str) -> Generator[None]:
        try:
            yield
        except NoText as error:
            raise InputError(self._file, f"column {column}: {error}") from None

    def _kind(self, name: str) -> pl.DataType:
        return self._types[self._names.index(name)]

    def _at(self, name: str) -> int:
        """The place of a column among those that are read."""
        return self.read.index(self._names.index(name))


def _inside(value: pl.Expr, kind: pl.DataType, step: str | int) -> tuple[pl.Expr, pl.DataType]:
    match kind, step:
        case pl.Struct(), str():
            fields = {one.name: one.dtype for one in cast("Any", kind).fields}
            if step in fields and frame_name(step) == step:
                return value.struct.field(step), fields[step]
            raise NoText(f"no {step!r} in it, but {', '.join(fields)}")
        case pl.Map(), str():
            return value.map.get(step), cast("Any", kind).value
        case pl.List(), int():
            return value.list.get(step, null_on_oob=True), cast("Any", kind).inner
        case pl.Array(), int():
            return value.arr.get(step, null_on_oob=True), cast("Any", kind).inner
        case _:
            raise NoText(f"{step!r} in its path leads into {words_for(kind)}")


@contextmanager
def told(file: str) -> Generator[None]:
    """Report what polars refuses in one line."""
    try:
        yield
    except (pl.exceptions.PolarsError, OSError) as error:
        raise damaged(file, error) from None
    except BaseException as error:
        # A damaged file makes polars panic in places, which is not an Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise damaged(file, error) from None


def damaged(file: str, error: object) -> InputError:
    """Return the error of a file that cannot be read."""
    said = (str(error).splitlines() or [""])[0][:200]
    known = next((one for one in _NOT_READ if one[0] in said), None)
    if known:
        return InputError(file, *known[1:])
    return InputError(
        file, f"not a Parquet file, or a damaged one: {said}", "check source.format and the file"
    )
