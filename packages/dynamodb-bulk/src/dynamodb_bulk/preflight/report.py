"""The outcome of a preflight: faults by check, counted exactly, with some examples of each."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from dynamodb_bulk.preflight.check import Example, Family, Fault, Severity
from dynamodb_bulk.preflight.registry import checks


@dataclass(kw_only=True)
class Found:
    """All that one check found; so many of `count` are `explained` by what another one found."""

    count: int = 0
    explained: int = 0
    examples: list[Example] = field(default_factory=list[Example])


class Findings:
    """Faults by check, with at most `most` examples of each."""

    def __init__(self, most: int = 5, found: Mapping[str, Found] | None = None) -> None:
        self._most = most
        self._found: dict[str, Found] = dict(found or {})

    def add(self, fault: Fault) -> None:
        """Count a fault, and keep its example if there is room for it."""
        assert fault.check in checks(), fault.check  # noqa: S101 - a word of ours, not of a user
        found = self._found.setdefault(fault.check, Found())
        found.count += fault.count
        if fault.example and len(found.examples) < self._most:
            found.examples.append(fault.example)

    @property
    def explained(self) -> frozenset[Family]:
        """The families whose faults follow from what was found."""
        causes = (checks()[kind] for kind, found in self._found.items() if found.count)
        return frozenset[Family]().union(*(cause.explains for cause in causes if not cause.in_first_line))

    @property
    def explains_first_line(self) -> frozenset[Family]:
        """The families whose faults in the first line of a file follow from what was found there."""
        causes = (checks()[kind] for kind, found in self._found.items() if found.count)
        return self.explained.union(*(cause.explains for cause in causes))

    def take(self, others: "Findings", explained: frozenset[Family]) -> None:
        """Take the faults of a file, or of its first line."""
        for kind, other in others._found.items():
            found = self._found.setdefault(kind, Found())
            found.count += other.count
            found.explained += other.explained
            if checks()[kind].family in explained:
                found.explained += other.count
            else:
                found.examples += other.examples[: self._most - len(found.examples)]

    @property
    def by_check(self) -> Mapping[str, Found]:
        """All that was found, what is explained included."""
        return self._found

    def count(self, severity: Severity) -> int:
        """How many faults of a severity are reported."""
        return sum(found.count for kind, found in self if checks()[kind].severity == severity)

    def __iter__(self) -> Iterator[tuple[str, Found]]:
        """Checks and what each found that nothing explains, in the order of a report."""
        for kind in checks():
            found = self._found.get(kind, Found())
            if found.count > found.explained:
                yield kind, Found(count=found.count - found.explained, examples=found.examples)

    def __getitem__(self, kind: str) -> Found:
        """All that a check found, what is explained included."""
        return self._found.get(kind, Found())

    def fatal_for(self, method: str) -> Iterator[tuple[str, Found]]:
        """Return what keeps a method from loading the files, since it would change values."""
        return ((kind, found) for kind, found in self if method in checks()[kind].fatal_for)

    def as_json(self) -> list[dict[str, Any]]:
        """The findings with the words of their checks."""
        return [
            {"kind": kind, "severity": checks()[kind].severity, "sentence": checks()[kind].sentence,
             "remedy": checks()[kind].remedy, "count": found.count,
             "examples": [asdict(example) for example in found.examples]}
            for kind, found in self
        ]  # fmt: skip


@dataclass(kw_only=True)
class CheckReport:
    """What was read and what was found, for a `method` if one is named; `seconds` is wall time.

    `partial`: not all of the files was read.
    """

    dataset: str
    files: int = 0
    bytes: int = 0
    rows: int = 0
    items: int = 0
    filtered: int = 0
    seconds: float = 0.0
    findings: Findings = field(default_factory=Findings)
    unusable: bool = False
    partial: bool = False
    method: str = ""

    def severity(self, kind: str) -> Severity:
        """How grave the faults of a check are for the method."""
        return "error" if self.method in checks()[kind].fatal_for else checks()[kind].severity

    def count(self, severity: Severity) -> int:
        """How many faults of a severity there are."""
        return sum(found.count for kind, found in self.findings if self.severity(kind) == severity)

    @property
    def good(self) -> bool:
        """Whether nothing stands against a load."""
        return not self.count("error")

    def as_json(self) -> dict[str, Any]:
        """Return the report in plain values."""
        return {
            "dataset": self.dataset,
            "good": self.good,
            "files": self.files,
            "bytes": self.bytes,
            "rows": self.rows,
            "items": self.items,
            "filtered": self.filtered,
            "seconds": round(self.seconds, 3),
            "errors": self.count("error"),
            "warnings": self.count("warning"),
            "findings": [
                {**found, "severity": self.severity(found["kind"])} for found in self.findings.as_json()
            ],
        }
