"""The check of a dataset while its rows are surveyed, by the dataset that the first of them show."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import gettempdir

from dynamodb_bulk.csv.batches import RowBatch
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.preflight.check import Subject
from dynamodb_bulk.preflight.checks.keys import DuplicateKeys
from dynamodb_bulk.preflight.layout import Layout
from dynamodb_bulk.preflight.report import CheckReport
from dynamodb_bulk.preflight.rows import CheckedBatch
from dynamodb_bulk.preflight.run import Preflight, Seen
from dynamodb_bulk.sources.reading import SourceFile, local_files
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path

_LENGTH = 100_000
_PRECISION, _SCALE = 38, 12
_WHOLE = ("INT2", "INT4", "INT8")


class CheckAhead:
    """Checks rows as they are surveyed, so that they need not be read again for it.

    `dataset` is what the first rows show; the survey measures how large values are, which is left to it. The
    first row that is rejected ends it: then the files are read again, and all is found.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = _roomy(dataset)
        self._to_item = self._dataset.row_to_item()
        self._files: dict[str, tuple[SourceFile, Preflight, Seen]] = {}
        self._holds = True

    def take(self, file: SourceFile, batch: RowBatch, layout: Layout) -> None:
        """Check the rows that follow in a file, which is read through the layout."""
        if not self._holds:
            return
        keys = self._to_item.check(batch)
        self._holds = not keys.rejected
        checked = CheckedBatch(
            rows=batch, keys=keys, table=self._dataset.keys, layout=layout, unit=batch.unit
        )
        _, preflight, seen = self._seen(file)
        seen.take(checked, preflight.detectors)

    def end(self, file: SourceFile, layout: Layout) -> None:
        """Take that a file was read to its end."""
        _, preflight, seen = self._seen(file)
        seen.layout, seen.states = layout, preflight.states

    def report(self, path: Path) -> CheckReport | None:
        """Return what `bulk check` reports of a dataset file whose keys are known to be distinct.

        None where the rows have to be read for that.
        """
        try:
            dataset = open_dataset(path)
            files = local_files(dataset)
        except InputError:
            return None
        known = {name: (file.size, file.version) for name, (file, _, _) in self._files.items()}
        same = known == {file.name: (file.size, file.version) for file in files}
        if not (self._holds and same and _reading(_roomy(dataset)) == _reading(self._dataset)):
            return None
        report = CheckReport(dataset=display_path(path), files=len(files))
        preflight = _preflight(dataset, files, report)
        preflight.before()
        for file in files:
            seen = self._files[file.name][2]
            preflight.join(seen.states)
            preflight.file(file, seen)
        preflight.after()
        return report

    def _seen(self, file: SourceFile) -> tuple[SourceFile, Preflight, Seen]:
        if file.name not in self._files:
            preflight = _preflight(self._dataset, [file], CheckReport(dataset=""))
            self._files[file.name] = file, preflight, Seen.nothing(preflight.subject)
        return self._files[file.name]


def _preflight(dataset: Dataset, files: Sequence[SourceFile], report: CheckReport) -> Preflight:
    subject = Subject(dataset=dataset, files=files, beside=(), folder=Path(gettempdir()), examples=5)
    return Preflight(subject, report, but=(DuplicateKeys,))


def _roomy(dataset: Dataset) -> Dataset:
    """The dataset with room in its columns for what later rows may hold."""
    columns = tuple(map(_roomy_column, dataset.columns))
    return replace(dataset, external_table=dataset.external_table.model_copy(update={"columns": columns}))


def _roomy_column(column: Column) -> Column:
    if column.type == "STRING" and column.length and column.length <= _LENGTH:
        return column.model_copy(update={"length": _LENGTH})
    if column.type in _WHOLE:
        return column.model_copy(update={"type": "INT8"})
    if column.type == "NUMERIC" and (column.scale or 0) <= _SCALE:
        scale = _SCALE if column.scale else column.scale
        return column.model_copy(update={"precision": _PRECISION, "scale": scale})
    return column


def _reading(dataset: Dataset) -> tuple[object, ...]:
    """What decides which items rows become, and what is known of them on the way."""
    return (
        dataset.source.model_copy(update={"files": ()}),
        dataset.columns,
        dataset.table,
        dataset.object_mapping.mapping_parameters,
        dataset.attributes,
        dataset.put_condition,
        bool(dataset.dms_obstacles),
    )
