"""Checks one dataset: every check, every row, in one pass; a second look only at keys that seem doubled."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from dynamodb_bulk.csv.batches import RowBatch
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.preflight.check import OF_ROWS, Family, Fault, Subject
from dynamodb_bulk.preflight.layout import Layout
from dynamodb_bulk.preflight.portions import Portion, portions
from dynamodb_bulk.preflight.registry import checks
from dynamodb_bulk.preflight.report import CheckReport, Findings
from dynamodb_bulk.preflight.rows import CheckedBatch
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path

# Rows and bytes as stored that have been read, of one dataset.
Progress = Callable[[int, int], None]
Watch = Callable[[RowBatch], None]


def check_dataset(
    dataset: Dataset,
    files: Sequence[SourceFile],
    *,
    beside: Sequence[str] = (),
    examples: int = 5,
    progress: Progress | None = None,
    watch: Watch | None = None,
    whole: int | None = None,
    method: str = "",
) -> CheckReport:
    """Check a dataset whose `files` these are, for a method; `watch` sees every batch of rows as well.

    Files of more than `whole` bytes in all are only sampled.
    """
    findings = Findings(examples)
    shown = display_path(dataset.path)
    report = CheckReport(dataset=shown, findings=findings, files=len(files), method=method)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="dynamodb-bulk-") as folder:
        subject = Subject(
            dataset=dataset,
            files=files,
            portions=portions(dataset, files, whole),
            beside=beside,
            folder=Path(folder),
            examples=examples,
            method=method,
        )
        try:
            _Preflight(subject, report, progress, watch).run()
        except OSError as error:
            free = shutil.disk_usage(folder).free
            raise InputError(
                folder, f"{error.strerror or error}, {free:,} bytes are free", "set TMPDIR to a larger disk"
            ) from None
    report.seconds = time.perf_counter() - started
    return report


class _Preflight:
    def __init__(
        self, subject: Subject, report: CheckReport, progress: Progress | None, watch: Watch | None
    ) -> None:
        self._subject = subject
        self._report = report
        self._progress = progress
        self._watch = watch
        kinds = dict.fromkeys(check.detector for check in checks().values() if check.detector)
        self._detectors = [kind(subject) for kind in kinds]

    def run(self) -> None:
        findings, explained, subject = self._report.findings, frozenset[Family](), self._subject
        findings.take(self._found(detector.before() for detector in self._detectors), explained)
        for portion in subject.portions:
            explained |= self._check_file(portion)
            self._report.bytes += portion.file.size
        findings.take(self._found(detector.after() for detector in self._detectors), explained)
        read = {portion.file.name for portion in subject.portions}
        self._report.partial = any(portion.cut for portion in subject.portions) or any(
            file.name not in read for file in subject.files
        )

    def _check_file(self, portion: Portion) -> frozenset[Family]:
        """Return the families whose faults follow from the way the file is."""
        layout: Layout | None = None
        found, first = Findings(self._subject.examples), Findings(self._subject.examples)
        try:
            for batch in self._subject.batches(portion):
                layout = batch.layout
                self._sort((detector.batch(batch) for detector in self._detectors), found, first)
                self._note(batch)
            if layout:
                faults = (detector.file_end(portion.file, layout) for detector in self._detectors)
                self._sort(faults, found, first)
        except InputError as error:
            self._sort((detector.file_broken(error) for detector in self._detectors), found, first)
        self._report.findings.take(first, found.explains_first_line)
        self._report.findings.take(found, found.explained)
        return found.explained

    def _note(self, batch: CheckedBatch) -> None:
        self._report.rows += len(batch.keys.lines) + len(batch.keys.rejected)
        self._report.items += len(batch.keys.lines)
        self._report.filtered += batch.rows.filtered if batch.rows else 0
        if self._watch and batch.rows is not None:
            self._watch(batch.rows)
        if self._progress:
            read = batch.layout.bytes_read if batch.layout else 0
            self._progress(self._report.rows, self._report.bytes + read)

    def _found(self, faults: Iterable[Iterable[Fault]]) -> Findings:
        found = Findings(self._subject.examples)
        self._sort(faults, found, found)
        return found

    def _sort(self, faults: Iterable[Iterable[Fault]], found: Findings, first: Findings) -> None:
        """Keep faults of rows in the first line apart: it may be a header."""
        for fault in (fault for each in faults for fault in each):
            if fault.example and (unit := self._subject.units.get(fault.example.file)):
                fault = replace(fault, example=replace(fault.example, unit=unit))
            of_row = checks()[fault.check].family in OF_ROWS
            (first if of_row and fault.example and fault.example.line == 1 else found).add(fault)
