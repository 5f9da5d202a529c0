"""What stands in texts that every type accepts and that is hardly meant: NULs, more than DMS takes."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, cast

import polars as pl

from dynamodb_bulk.csv.batches import RowBatch, column_name, frame_name
from dynamodb_bulk.preflight.check import Check, Detector, Example, Fault, Subject
from dynamodb_bulk.preflight.rows import CheckedBatch

_MARK = "\ufeff"
_LEADING_ZERO = r"\A0[0-9]"
_SECONDS = len("YYYY-MM-dd HH:mm:ss")
_FRACTION = r":[0-9]{2}\.([0-9]*[1-9])0*\z"


class _NulBytes(Detector):
    def batch(self, batch: CheckedBatch) -> Iterator[Fault]:
        rows = batch.rows
        if rows is None or not batch.layout or not batch.layout.nul_bytes:
            return
        for place, name in enumerate(map(column_name, rows.frame.columns)):
            held = rows.frame.to_series(place).str.contains("\0", literal=True)
            for row in cast("list[int]", held.arg_true().to_list()):
                example = Example(file=rows.file, line=rows.lines[row], column=name, what=f"in {name}")
                yield Fault("nul-byte", example)


class _MarksWithin(Detector):
    """Lines that begin with a byte order mark, as where files were put together: it is part of the value."""

    def batch(self, batch: CheckedBatch) -> Iterator[Fault]:
        rows = batch.rows
        if rows is None or not batch.layout or not batch.layout.marks_within:
            return
        name = column_name(rows.frame.columns[0])
        for row in cast("list[int]", rows.frame.to_series(0).str.starts_with(_MARK).arg_true().to_list()):
            yield Fault(
                "mark-within", Example(file=rows.file, line=rows.lines[row], column=name, what=f"in {name}")
            )


class _CutTexts(Detector):
    """The texts of large objects that DMS would cut.

    Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.TargetMetadata.html
    """

    def batch(self, batch: CheckedBatch) -> Iterator[Fault]:
        if (rows := batch.rows) is None:
            return
        metadata = cast("dict[str, object]", self.dataset.task_settings.get("TargetMetadata") or {})
        limit = given if isinstance(given := metadata.get("LobMaxSize"), int) else 32
        for column in self.dataset.columns:
            if column.column_type.large_object:
                sizes = rows.frame[frame_name(column.name)].str.len_bytes()
                for row in cast("list[int]", (sizes > limit * 1024).arg_true().to_list()):
                    what = f"{column.name} has {sizes[row]:,} bytes, LobMaxSize is {limit} KB"
                    example = Example(file=rows.file, line=rows.lines[row], column=column.name, what=what)
                    yield Fault("cut-by-dms", example)


class _Pattern:
    """Looks for a pattern in columns, each with an expression that is true for all texts that may have it."""

    def __init__(self, pattern: str, likely: Mapping[str, pl.Expr]) -> None:
        self._held = {name: may & _text(name).str.contains(pattern) for name, may in likely.items()}
        self._any = [
            _text(name).filter(may).str.contains(pattern).any().alias(name) for name, may in likely.items()
        ]

    def columns(self, rows: RowBatch | None) -> Iterator[tuple[str, RowBatch, pl.Series]]:
        """Yield the columns that hold it, with the rows and the places of those in which it is."""
        if rows is None or not self._any:
            return
        for name, found in rows.frame.select(self._any).row(0, named=True).items():
            if found:
                yield name, rows, rows.frame.select(self._held[name].arg_true()).to_series()


class _CutFractions(Detector):
    """Fractions of seconds in columns without a scale, which DMS would drop.

    Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html
    """

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        lengths = {
            column.name: len(column.date_format.removesuffix(".F")) if column.date_format else _SECONDS
            for column in self.dataset.columns
            if column.type == "DATETIME" and column.scale is None and not self.dataset.dms_obstacles
        }
        longer = {name: _text(name).str.len_bytes() > length for name, length in lengths.items()}
        self._fractions = _Pattern(_FRACTION, longer)

    def batch(self, batch: CheckedBatch) -> Iterator[Fault]:
        for name, rows, held in self._fractions.columns(batch.rows):
            texts = rows.frame[frame_name(name)].gather(held)
            what = f"{name} needs `scale: {texts.str.extract(_FRACTION).str.len_bytes().max()}`"
            line = rows.lines[held[0]]
            example = Example(file=rows.file, line=line, column=name, what=what, value=texts[0])
            yield Fault("fraction-cut-by-dms", example, len(held))


class _LeadingZeros(Detector):
    """Numbers such as 007, of which a number keeps 7."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        numbers = [column.name for column in self.dataset.columns if column.column_type.is_number]
        self._zeros = _Pattern(_LEADING_ZERO, {name: _text(name).str.starts_with("0") for name in numbers})

    def batch(self, batch: CheckedBatch) -> Iterator[Fault]:
        for name, rows, held in self._zeros.columns(batch.rows):
            line, value = rows.lines[held[0]], rows.frame[frame_name(name)][held[0]]
            example = Example(file=rows.file, line=line, column=name, what=f"in {name}", value=value)
            yield Fault("leading-zeros", example, len(held))


class _NumberForms(Detector):
    """Numbers such as 1.50 and 1e3, of which DynamoDB keeps 1.5 and 1000: the first of each column.

    To count all took a fifth of the time of a check.
    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
    """

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        self._unfound: dict[str, _Pattern] = {}
        self._found: dict[str, Example] = {}
        for column in self.dataset.columns:
            text, kind = _text(column.name), column.column_type
            if kind.exponents or (kind.is_number and column.scale):
                ends = text.str.ends_with("0")
                likely = ends | text.str.contains_any(["e", "E"]) if kind.exponents else ends
                form = rf"[{column.decimal or '.'}][0-9]*0\z|[eE]"
                self._unfound[column.name] = _Pattern(form, {column.name: likely})

    def batch(self, batch: CheckedBatch) -> Iterator[Fault]:
        for one in tuple(self._unfound.values()):
            for name, rows, held in one.columns(batch.rows):
                del self._unfound[name]
                line, value = rows.lines[held[0]], rows.frame[frame_name(name)][held[0]]
                what = f"first in {name}"
                self._found[name] = Example(file=rows.file, line=line, column=name, what=what, value=value)
        yield from ()

    def after(self) -> Iterator[Fault]:
        for example in self._found.values():
            yield Fault("number-form", example)

    def state(self) -> dict[str, dict[str, Any]]:
        return {name: asdict(example) for name, example in self._found.items()}

    def join(self, state: dict[str, dict[str, Any]]) -> None:
        for name, example in state.items():
            self._found.setdefault(name, Example(**example))


def _text(name: str) -> pl.Expr:
    return pl.col(frame_name(name))


CHECKS = (
    Check(
        _LeadingZeros,
        "values",
        "warning",
        "leading-zeros",
        "A number has leading zeros, which are lost",
        "read the column as STRING to keep them",
    ),
    Check(
        _NumberForms,
        "values",
        "note",
        "number-form",
        "DynamoDB stores the numbers of a column without final zeros and exponents: their values stay",
        "read the column as STRING to keep the text",
    ),
    Check(
        _CutFractions,
        "values",
        "warning",
        "fraction-cut-by-dms",
        "DMS drops the fraction of a second of a column without a scale",
        "set the scale of the column, or use another method",
        fatal_for=("dms",),
    ),
    Check(
        _NulBytes,
        "rows",
        "warning",
        "nul-byte",
        "A value holds a NUL byte",
        "check where the file comes from",
    ),
    Check(
        _MarksWithin,
        "rows",
        "error",
        "mark-within",
        "A line begins with a byte order mark, which is part of its value: files were put together",
        "remove the mark, and the header line that may follow it; or list the files separately",
    ),
    Check(
        _CutTexts,
        "rows",
        "warning",
        "cut-by-dms",
        "DMS truncates a text at LobMaxSize",
        "raise LobMaxSize in the task settings",
        fatal_for=("dms",),
    ),
)
