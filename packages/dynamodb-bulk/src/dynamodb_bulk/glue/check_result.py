"""What the ranges of a dataset's files show, put together as if one machine had read them."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Self

from pydantic import BaseModel

from dynamodb_bulk.glue.ranges import FileRange
from dynamodb_bulk.glue.work import Work
from dynamodb_bulk.preflight.check import Family
from dynamodb_bulk.preflight.checks.keys import duplicate_faults
from dynamodb_bulk.preflight.duplicates import Duplicate
from dynamodb_bulk.preflight.report import CheckReport, Findings, Found
from dynamodb_bulk.preflight.run import Preflight, Seen
from dynamodb_bulk.spec.loader import display_path
from dynamodb_bulk.spec.text import Unit


class CheckResult(BaseModel):
    """What the files hold and what was found in them, without what is known of the dataset itself."""

    rows: int
    items: int
    filtered: int
    bytes: int
    findings: Mapping[str, Found]
    explained: list[Family]
    states: dict[str, Any]
    units: dict[str, Unit]
    duplicates: int
    duplicate_rows: tuple[Duplicate, ...]

    @classmethod
    def of(
        cls,
        work: Work,
        parts: Sequence[tuple[FileRange, Seen]],
        duplicates: tuple[int, Sequence[Duplicate]],
    ) -> Self:
        """Put together what was seen of all ranges, in their order."""
        report = CheckReport(dataset="", findings=Findings(work.examples))
        preflight = work.preflight(report)
        for number, of_file in groupby(parts, key=lambda one: one[0].file):
            preflight.file(work.files[number], _joined((seen for _, seen in of_file), preflight))
        return cls(
            rows=report.rows,
            items=report.items,
            filtered=report.filtered,
            bytes=report.bytes,
            findings=report.findings.by_check,
            explained=sorted(preflight.explained),
            states=preflight.states,
            units={file: unit for file, unit in preflight.subject.units.items() if unit != "line"},
            duplicates=duplicates[0],
            duplicate_rows=tuple(duplicates[1]),
        )

    def report(self, work: Work, beside: Sequence[str], seconds: float) -> CheckReport:
        """Return the report of a check of the dataset, of which this is all that needs its rows."""
        report = CheckReport(
            dataset=display_path(work.dataset.path),
            findings=Findings(work.examples),
            files=len(work.files),
            seconds=seconds,
            method=work.method,
        )
        preflight = work.preflight(report, beside)
        preflight.before()
        report.findings.take(Findings(work.examples, self.findings), frozenset())
        report.rows, report.items, report.filtered = self.rows, self.items, self.filtered
        report.bytes = self.bytes
        preflight.subject.units.update(self.units)
        preflight.explained = frozenset(self.explained)
        preflight.join(self.states)
        preflight.after(duplicate_faults(self.duplicates, self.duplicate_rows, self.units))
        return report


def _joined(parts: Iterable[Seen], preflight: Preflight) -> Seen:
    whole = Seen.nothing(preflight.subject)
    for part in parts:
        whole.join(part)
        preflight.join(part.states)
        if part.broken:
            break
    return whole
