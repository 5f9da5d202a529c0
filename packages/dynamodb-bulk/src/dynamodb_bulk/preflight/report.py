"""The outcome of a check of one dataset."""

from dataclasses import dataclass, field
from typing import Any

from dynamodb_bulk.preflight.finding import Findings


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
