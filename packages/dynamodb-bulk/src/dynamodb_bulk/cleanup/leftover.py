"""A leftover in AWS."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from dynamodb_bulk.aws.clock import aws_now


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """Kind and name, the reason, the owner (`<project>/<stack>`, empty if unknown) and the time of creation.

    `retained` says why `--delete` retains it; if empty, `delete` deletes it and may be repeated.
    `of_account`: the account's own, which no stack leaves.
    """

    kind: str
    name: str
    reason: str = ""
    owner: str = ""
    created: datetime | None = None
    retained: str = ""
    of_account: bool = False
    delete: Callable[[], object] | None = field(default=None, repr=False, compare=False)

    @property
    def removable(self) -> bool:
        """Whether `--delete` deletes it."""
        return self.delete is not None and not self.retained

    @property
    def age_days(self) -> int | None:
        """Whole days since it was made; None when AWS does not say."""
        return None if self.created is None else max((aws_now() - self.created).days, 0)

    def as_json(self) -> dict[str, Any]:
        """Return the fields that people and programs read."""
        return {
            "kind": self.kind,
            "name": self.name,
            "reason": self.reason,
            "owner": self.owner or None,
            "created": self.created.isoformat() if self.created else None,
            "age_days": self.age_days,
            "removable": self.removable,
            "kept": self.retained or None,
        }

    def line(self) -> str:
        """For users."""
        facts = [f"of {self.owner}"] if self.owner else []
        if self.age_days is not None:
            facts.append({0: "made today", 1: "1 day old"}.get(self.age_days, f"{self.age_days:,} days old"))
        about = f" ({', '.join(facts)})" if facts else ""
        return f"{self.reason}{about}{f'; stays: {self.retained}' if self.retained else ''}"


def from_milliseconds(time: int | None) -> datetime | None:
    """Return a time of CloudWatch Logs."""
    return None if time is None else datetime.fromtimestamp(time / 1000, UTC)
