"""Checks one dataset: every check, every row, in one pass; a second look only at keys that seem doubled."""

import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from dynamodb_bulk.csv.batches import RowBatch
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.preflight.check import OF_ROWS, Detector, Family, Fault, Subject
from dynamodb_bulk.preflight.layout import Layout
from dynamodb_bulk.preflight.portions import Portion, portions
from dynamodb_bulk.preflight.registry import checks
from dynamodb_bulk.preflight.report import CheckReport, Findings
from dynamodb_bulk.preflight.rows import CheckedBatch
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path
from dynamodb_bulk.spec.text import Unit

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
            _run(subject, report, progress, watch)
        except OSError as error:
            free = shutil.disk_usage(folder).free
            raise InputError(
                folder, f"{error.strerror or error}, {free:,} bytes are free", "set TMPDIR to a larger disk"
            ) from None
    report.seconds = time.perf_counter() - started
    return report


@dataclass(kw_only=True)
class Seen:
    """What was seen of a file, or of a part of it; `broken`: why it cannot be read any further.

    Faults in the `first` line are kept apart: it may be a header. `states` of detectors are by their names.
    """

    found: Findings
    first: Findings
    rows: int = 0
    items: int = 0
    filtered: int = 0
    layout: Layout | None = None
    broken: InputError | None = None
    units: dict[str, Unit] = field(default_factory=dict[str, Unit])
    states: dict[str, Any] = field(default_factory=dict[str, Any])

    @classmethod
    def nothing(cls, subject: Subject) -> Self:
        """Return what is seen before anything is read."""
        most = subject.examples
        return cls(found=Findings(most), first=Findings(most), units=subject.units)

    def sort(self, faults: Iterable[Iterable[Fault]]) -> None:
        """Take faults, by whether they are of a row in the first line."""
        for fault in (fault for each in faults for fault in each):
            fault = _in_units(fault, self.units)
            of_row = checks()[fault.check].family in OF_ROWS
            (self.first if of_row and fault.example and fault.example.line == 1 else self.found).add(fault)

    def take(self, batch: CheckedBatch, detectors: Sequence[Detector]) -> None:
        """Have the detectors look at the rows that follow."""
        self.layout = batch.layout
        self.sort(detector.batch(batch) for detector in detectors)
        self.rows += len(batch.keys.lines) + len(batch.keys.rejected)
        self.items += len(batch.keys.lines)
        self.filtered += batch.rows.filtered if batch.rows else 0

    def join(self, after: "Seen") -> None:
        """Take what was seen of the part of the file that follows."""
        nothing = frozenset[Family]()
        self.found.take(after.found, nothing)
        self.first.take(after.first, nothing)
        self.rows += after.rows
        self.items += after.items
        self.filtered += after.filtered
        self.broken = after.broken
        self.units.update(after.units)
        if self.layout and after.layout:
            self.layout.join(after.layout)
        else:
            self.layout = self.layout or after.layout


def see(
    subject: Subject,
    portion: Portion,
    detectors: Sequence[Detector],
    note: Callable[[Seen, CheckedBatch], None] | None = None,
) -> Seen:
    """Have the detectors look at a file, and return what they saw; `note` is called after every batch."""
    seen = Seen.nothing(subject)
    try:
        for batch in subject.batches(portion):
            seen.take(batch, detectors)
            if note:
                note(seen, batch)
    except InputError as error:
        seen.broken = error
    return seen


def _in_units(fault: Fault, units: Mapping[str, Unit]) -> Fault:
    """Return the fault with what the number of its row counts."""
    if fault.example and (unit := units.get(fault.example.file)):
        return replace(fault, example=replace(fault.example, unit=unit))
    return fault


class Preflight:
    """Gathers in a report what the detectors find before, in and after the files."""

    def __init__(self, subject: Subject, report: CheckReport, but: Collection[type[Detector]] = ()) -> None:
        self.subject = subject
        self.report = report
        kinds = dict.fromkeys(check.detector for check in checks().values() if check.detector)
        self.detectors = [kind(subject) for kind in kinds if kind not in but]
        self.explained = frozenset[Family]()

    @property
    def states(self) -> dict[str, Any]:
        """What the detectors remember, by their names."""
        return {type(one).__name__: one.state() for one in self.detectors}

    def join(self, states: Mapping[str, Any]) -> None:
        """Have the detectors go on from what others of their kinds remember."""
        for detector in self.detectors:
            state = states.get(type(detector).__name__)
            if state is not None:
                detector.join(state)

    def before(self) -> None:
        """Take what is known before a file is read."""
        self._take(detector.before() for detector in self.detectors)

    def file(self, file: SourceFile, seen: Seen) -> None:
        """Take what was seen of a file by the same detectors."""
        report = self.report
        if seen.broken:
            seen.sort([detector.file_broken(seen.broken) for detector in self.detectors])
        elif seen.layout:
            seen.sort([detector.file_end(file, seen.layout) for detector in self.detectors])
        report.findings.take(seen.first, seen.found.explains_first_line)
        report.findings.take(seen.found, seen.found.explained)
        report.rows += seen.rows
        report.items += seen.items
        report.filtered += seen.filtered
        report.bytes += file.size
        self.explained |= seen.found.explained

    def after(self, more: Iterable[Fault] = ()) -> None:
        """Take what is known when all files are read, and `more` that is known then."""
        self._take([more, *(detector.after() for detector in self.detectors)])

    def _take(self, faults: Iterable[Iterable[Fault]]) -> None:
        found = Findings(self.subject.examples)
        for fault in (fault for each in faults for fault in each):
            found.add(_in_units(fault, self.subject.units))
        self.report.findings.take(found, self.explained)


def _run(subject: Subject, report: CheckReport, progress: Progress | None, watch: Watch | None) -> None:
    preflight = Preflight(subject, report)

    def note(seen: Seen, batch: CheckedBatch) -> None:
        if watch and batch.rows is not None:
            watch(batch.rows)
        if progress:
            read = batch.layout.bytes_read if batch.layout else 0
            progress(report.rows + seen.rows, report.bytes + read)

    preflight.before()
    for portion in subject.portions:
        preflight.file(portion.file, see(subject, portion, preflight.detectors, note))
    preflight.after()
    read = {portion.file.name for portion in subject.portions}
    report.partial = any(portion.cut for portion in subject.portions) or any(
        file.name not in read for file in subject.files
    )
