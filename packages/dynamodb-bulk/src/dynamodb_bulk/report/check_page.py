"""The outcome of checks as one HTML page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import polars as pl

from dynamodb_bulk.preflight.check import Check, Example
from dynamodb_bulk.preflight.profile import ColumnProfile, Profile
from dynamodb_bulk.preflight.registry import checks
from dynamodb_bulk.preflight.report import CheckReport, Found
from dynamodb_bulk.report.templating import html_page

_BINS = 24
_FEW = 12
Bars = list[tuple[str, int]]


@dataclass(frozen=True, kw_only=True)
class _Finding:
    kind: str
    severity: str
    words: Check
    found: Found

    @property
    def more(self) -> int:
        return self.found.count - len(self.found.examples) if self.found.examples else 0

    @property
    def examples(self) -> Iterator[tuple[str, ...]]:
        return map(_example, self.found.examples)


@dataclass(frozen=True, kw_only=True)
class _Checked:
    report: CheckReport
    columns: Sequence[tuple[ColumnProfile, Bars]]

    @property
    def cards(self) -> tuple[tuple[str, int], ...]:
        report = self.report
        return (
            ("rows", report.rows), ("items", report.items), ("rejected rows", report.rows - report.items),
            ("errors", report.count("error")), ("warnings", report.count("warning")),
            ("files", report.files), ("bytes", report.bytes),
        )  # fmt: skip

    @property
    def findings(self) -> Iterator[_Finding]:
        for kind, found in self.report.findings:
            severity = self.report.severity(kind)
            yield _Finding(kind=kind, severity=severity, words=checks()[kind], found=found)


def render_check(checked: Sequence[tuple[CheckReport, Profile | None]]) -> str:
    """Return the page of some checked datasets."""
    shown = [
        _Checked(
            report=report,
            columns=[(column, spread(column)) for column in profile.columns] if profile else (),
        )
        for report, profile in checked
    ]
    return html_page("check_page.html", checks=shown)


def _example(one: Example) -> tuple[str, ...]:
    line = "" if one.line is None else f"{one.line:,}" if one.unit == "line" else f"{one.unit} {one.line:,}"
    return one.file, line, one.what, "" if one.value is None else repr(one.value)


def spread(column: ColumnProfile) -> Bars:
    """Bars of a sample: of each value where there are few, of numbers by size, of texts by length."""
    sample = column.sample
    if not len(sample):
        return []
    counts = sample.value_counts(sort=True)
    if counts.height <= _FEW:
        words = cast("list[str]", counts[counts.columns[0]].to_list())
        return list(zip(words, cast("list[int]", counts["count"].to_list()), strict=True))
    numbers = (
        sample.cast(pl.Float64, strict=False).drop_nulls() if column.is_number else sample.str.len_chars()
    )
    low, high = cast("float", numbers.min() or 0), cast("float", numbers.max() or 0)
    if low == high:
        return [(f"{low:g}", len(numbers))]
    step = (high - low) / _BINS
    bins = ((numbers - low) / step).floor().cast(pl.Int64).clip(0, _BINS - 1)
    found = dict(bins.value_counts().iter_rows())
    unit = "" if column.is_number else " characters"
    return [
        (f"{low + place * step:g} to {low + (place + 1) * step:g}{unit}", found.get(place, 0))
        for place in range(_BINS)
    ]
