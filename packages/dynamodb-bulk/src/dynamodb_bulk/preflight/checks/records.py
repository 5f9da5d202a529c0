"""Columns that no record of JSON or Parquet has, which a mistyped name or path makes."""

from collections.abc import Iterator

from dynamodb_bulk.preflight.check import Check, Detector, Example, Fault, Subject
from dynamodb_bulk.preflight.rows import CheckedBatch
from dynamodb_bulk.spec.loader import display_path


class _EmptyColumns(Detector):
    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        declared = self.dataset.source.holds_records and self.dataset.other_fields is None
        self._empty = {one.name: one for one in self.dataset.fields.columns} if declared else {}
        self._rows = 0

    def batch(self, batch: CheckedBatch) -> Iterator[Fault]:
        if batch.rows is not None and self._empty:
            frame = batch.rows.frame
            self._rows += frame.height
            for name in [name for name in self._empty if frame[name].null_count() < frame.height]:
                del self._empty[name]
        yield from ()

    def state(self) -> tuple[list[str], int]:
        return list(self._empty), self._rows

    def join(self, state: tuple[list[str], int]) -> None:
        empty, rows = state
        self._empty = {name: one for name, one in self._empty.items() if name in empty}
        self._rows += rows

    def after(self) -> Iterator[Fault]:
        for one in self._empty.values() if self._rows else ():
            what = f"column {one.label}: NULL in all {self._rows:,} records"
            yield Fault("empty-column", Example(file=display_path(self.dataset.path), what=what))


CHECKS = (
    Check(
        _EmptyColumns,
        "values",
        "warning",
        "empty-column",
        "No record has a value for a column",
        "check the name or the path of the column",
    ),
)
