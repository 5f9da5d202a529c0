"""What stands in texts that every type accepts and that is hardly meant: NULs, more than DMS takes."""

from collections.abc import Iterator
from typing import cast

from dynamodb_bulk.csv.batches import RowBatch, column_name, frame_name
from dynamodb_bulk.preflight.check import Check, Detector, Example, Fault, Subject
from dynamodb_bulk.preflight.rows import CheckedBatch

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


class _CutFractions(Detector):
    """Fractions of seconds in columns without a scale, which DMS would drop.

    Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html
    """

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        self._lengths = {
            column.name: len(column.date_format.removesuffix(".F")) if column.date_format else _SECONDS
            for column in self.dataset.columns
            if column.type == "DATETIME" and column.scale is None and not self.dataset.dms_obstacles
        }

    def batch(self, batch: CheckedBatch) -> Iterator[Fault]:
        for name, length in self._lengths.items() if batch.rows is not None else ():
            rows = cast("RowBatch", batch.rows)
            texts = rows.frame[frame_name(name)]
            longer = (texts.str.len_bytes() > length).arg_true()
            fractions = texts.gather(longer).str.extract(_FRACTION)
            held = longer.filter(fractions.is_not_null())
            if not len(held):
                continue
            example = Example(
                file=rows.file,
                line=rows.lines[held[0]],
                column=name,
                what=f"{name} needs `scale: {fractions.str.len_bytes().max()}`",
                value=texts[held[0]],
            )
            yield Fault("fraction-cut-by-dms", example, len(held))


class _LeadingZeros(Detector):
    """Numbers such as 007, of which a number keeps 7."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        self._columns = [column.name for column in self.dataset.columns if column.column_type.is_number]

    def batch(self, batch: CheckedBatch) -> Iterator[Fault]:
        for name in self._columns if batch.rows is not None else ():
            rows = cast("RowBatch", batch.rows)
            texts = rows.frame[frame_name(name)]
            zero = texts.str.starts_with("0").arg_true()
            held = zero.filter(texts.gather(zero).str.contains(_LEADING_ZERO))
            if len(held):
                line, value = rows.lines[held[0]], texts[held[0]]
                example = Example(file=rows.file, line=line, column=name, what=f"in {name}", value=value)
                yield Fault("leading-zeros", example, len(held))


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
        _CutTexts,
        "rows",
        "warning",
        "cut-by-dms",
        "DMS truncates a text at LobMaxSize",
        "raise LobMaxSize in the task settings",
        fatal_for=("dms",),
    ),
)
