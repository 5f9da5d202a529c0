"""The outcome of a preflight: faults by check, counted exactly, with some examples of each."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from dynamodb_bulk.preflight.check import Example, Fault, Severity
from dynamodb_bulk.preflight.registry import checks


@dataclass(kw_only=True)
class Found:
    """All that one check found."""

    count: int = 0
    examples: list[Example] = field(default_factory=list[Example])


class Findings:
    """Faults by check, with at most `most` examples of each."""

    def __init__(self, most: int = 5) -> None:
        self._most = most
        self._found: dict[str, Found] = {}

    def add(self, fault: Fault) -> None:
        """Count a fault, and keep its example if there is room for it."""
        assert fault.check in checks(), fault.check  # noqa: S101 - a word of ours, not of a user
        found = self._found.setdefault(fault.check, Found())
        found.count += fault.count
        if fault.example and len(found.examples) < self._most:
            found.examples.append(fault.example)

    def count(self, severity: Severity) -> int:
        """How many faults of a severity there are."""
        return sum(found.count for kind, found in self if checks()[kind].severity == severity)

    def __iter__(self) -> Iterator[tuple[str, Found]]:
        """Checks and what each found, in the order of a report."""
        return ((kind, self._found[kind]) for kind in checks() if kind in self._found)

    def __getitem__(self, kind: str) -> Found:
        """What a check found."""
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
    """What was read and what was found; `seconds` is wall time."""

    dataset: str
    files: int = 0
    bytes: int = 0
    rows: int = 0
    items: int = 0
    seconds: float = 0.0
    findings: Findings = field(default_factory=Findings)
    unusable: bool = False

    @property
    def good(self) -> bool:
        """Whether nothing stands against a load."""
        return not self.findings.count("error")

    def as_json(self) -> dict[str, Any]:
        """Return the report in plain values."""
        return {
            "dataset": self.dataset,
            "good": self.good,
            "files": self.files,
            "bytes": self.bytes,
            "rows": self.rows,
            "items": self.items,
            "seconds": round(self.seconds, 3),
            "errors": self.findings.count("error"),
            "warnings": self.findings.count("warning"),
            "findings": self.findings.as_json(),
        }
