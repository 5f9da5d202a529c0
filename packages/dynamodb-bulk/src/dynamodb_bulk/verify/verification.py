"""How a table and the files it was loaded from compare."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["missing", "extra", "different"]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One key on which the two do not agree; `attributes`: of each that differs, what either says.

    `state`: `stays` after it was read again; `changing` where the table then held something else; `agrees`
    where it then held what the files say; `expired` where it is missing and its time to live is over;
    `unread` where it was not read again. `conditional`: every load with this key has a condition, which may
    have kept what was there.
    """

    kind: Kind
    key: dict[str, Any]
    state: Literal["stays", "changing", "agrees", "expired", "unread"] = "unread"
    conditional: bool = False
    place: str = ""
    expected: dict[str, Any] | None = None
    found: dict[str, Any] | None = None
    attributes: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])


@dataclass(frozen=True, kw_only=True)
class LoadShare:
    """Of one load: keys in its files, items of the table that are its own, rows that are no items."""

    name: str
    keys: int
    held: int
    rejected: int
    condition: str | None = None


@dataclass(frozen=True, kw_only=True)
class Verification:
    """Counts of keys. `differences` are those that were looked at again, `unlisted` others beyond them.

    `refused`: so many items the conditions of the loads refused, None if that is not known.
    """

    table: str
    by: str
    loads: tuple[LoadShare, ...]
    expected: int
    found: int
    same: int
    repeated: int
    differences: tuple[Difference, ...] = field(repr=False)
    unlisted: dict[str, int]
    extra_allowed: bool
    refused: int | None
    seconds: float
    read_units: float

    @property
    def counts(self) -> Counter[str]:
        """Differences that stay, by kind; those with a condition as `conditional`, others by their state."""
        counts: Counter[str] = Counter(self.unlisted)
        for one in self.differences:
            if one.state in ("changing", "agrees", "expired"):
                counts[one.state] += 1
            else:
                counts["conditional" if one.conditional else one.kind] += 1
        return counts

    @property
    def changing(self) -> bool:
        """Whether the table was written to while it was verified."""
        return self.counts["changing"] > 0

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is not good."""
        counts = self.counts
        found = [
            f"{counts[kind]:,} {words}"
            for kind, words in (
                ("missing", "missing"),
                ("different", "different"),
                ("extra", "that no file has"),
            )
            if counts[kind] and not (kind == "extra" and self.extra_allowed)
        ]
        if self.refused is not None and counts["conditional"] > self.refused:
            found.append(
                f"{counts['conditional']:,} not as in the files, and conditions refused {self.refused:,}"
            )
        if counts["changing"]:
            found.append(f"{counts['changing']:,} changed while the table was verified")
        return tuple(found)

    @property
    def good(self) -> bool:
        """Whether the table holds what the files say."""
        return not self.reasons
