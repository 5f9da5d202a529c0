"""The result of comparing a table with the files it was loaded from."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["missing", "extra", "different"]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A key with different items in files and table; `attributes` has both values of each that differs.

    `state`: `stays` if it still differs when read again; `changing` if the table then held something else;
    `agrees` if it then matched the files; `expired` if it is missing and its time to live is over; `unread`
    if it was not read again. `conditional`: every load with this key has a condition, which may have kept
    the earlier item.
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
    """The counts of one load: keys in its files, items of the table that are its own, rejected rows."""

    name: str
    keys: int
    held: int
    rejected: int
    condition: str | None = None


@dataclass(frozen=True, kw_only=True)
class Verification:
    """Counts of keys. `differences` are those that were read again, `unlisted` the others.

    `refused` is how many conditions of the loads failed, None if unknown.
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
        """Whether the table changed during the comparison."""
        return self.counts["changing"] > 0

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is not good."""
        counts = self.counts
        found = [
            f"{counts[kind]:,} {kind}"
            for kind in ("missing", "different", "extra")
            if counts[kind] and not (kind == "extra" and self.extra_allowed)
        ]
        if self.refused is not None and counts["conditional"] > self.refused:
            found.append(
                f"{counts['conditional']:,} different, but only {self.refused:,} failed their condition"
            )
        if counts["changing"]:
            found.append(f"{counts['changing']:,} changed while the table was verified")
        return tuple(found)

    @property
    def verdict(self) -> str:
        """The verdict in a few words."""
        return "; ".join(self.reasons) or "good"

    @property
    def good(self) -> bool:
        """Whether the table matches the files."""
        return not self.reasons
