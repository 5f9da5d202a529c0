"""Checks one dataset: every check, every row, in one pass; a second look only at keys that seem doubled."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from dynamodb_bulk.csv.batches import RowBatch
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.preflight.check import Fault, Subject
from dynamodb_bulk.preflight.layout import Layout
from dynamodb_bulk.preflight.registry import checks
from dynamodb_bulk.preflight.report import CheckReport, Findings
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
) -> CheckReport:
    """Check a dataset whose `files` these are; `watch` sees every batch of rows as well."""
    findings = Findings(examples)
    report = CheckReport(dataset=display_path(dataset.path), findings=findings, files=len(files))
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="dynamodb-bulk-") as folder:
        subject = Subject(dataset=dataset, files=files, beside=beside, folder=Path(folder), examples=examples)
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
        self._collect(detector.before() for detector in self._detectors)
        for file in self._subject.files:
            try:
                self._check_file(file)
            except InputError as error:
                self._collect(detector.file_broken(error) for detector in self._detectors)
            self._report.bytes += file.size
        self._collect(detector.after() for detector in self._detectors)

    def _check_file(self, file: SourceFile) -> None:
        layout: Layout | None = None
        for batch in self._subject.batches(file):
            layout = batch.layout
            self._collect(detector.batch(batch) for detector in self._detectors)
            self._report.rows += len(batch.keys.lines) + len(batch.keys.rejected)
            self._report.items += len(batch.keys.lines)
            self._report.filtered += batch.rows.filtered if batch.rows else 0
            if self._watch and batch.rows is not None:
                self._watch(batch.rows)
            if self._progress:
                self._progress(self._report.rows, self._report.bytes + (layout.bytes_read if layout else 0))
        if layout:
            self._collect(detector.file_end(file, layout) for detector in self._detectors)

    def _collect(self, found: Iterable[Iterable[Fault]]) -> None:
        for faults in found:
            for fault in faults:
                self._report.findings.add(fault)
