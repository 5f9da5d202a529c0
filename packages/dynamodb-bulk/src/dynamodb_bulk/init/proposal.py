"""A dataset file to be written: its keys in their order, each with what is to be said about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dynamodb_bulk.init.check_ahead import CheckAhead
from dynamodb_bulk.init.column_choice import Choice
from dynamodb_bulk.init.key_search import likely
from dynamodb_bulk.preflight.report import CheckReport

OWN_TEXT = ("STRING", "INT2", "INT4", "INT8")
"""Types of which different texts of a file are different keys; 1.0 and 1.00 are one."""


@dataclass(frozen=True, kw_only=True)
class KeyCandidate:
    """Columns that are different in every row, with their types in DynamoDB."""

    columns: tuple[str, ...]
    types: tuple[str, ...]

    @property
    def shown(self) -> str:
        """The columns as `--key` takes them."""
        return ",".join(self.columns)


@dataclass(kw_only=True)
class Proposal:
    """What was found; `notes` are comments by the key of the source that they are about.

    `keys`: candidates, the likeliest first; `fields`: what JSON and Parquet files hold, for a comment.
    `nulls`: the texts for NULL. `ahead`: the check of all rows, as far as it is certain already.
    """

    name: str
    source: dict[str, Any]
    rows: int
    columns: dict[str, Choice] = field(default_factory=dict[str, Choice])
    fields: list[str] = field(default_factory=list[str])
    keys: list[KeyCandidate] = field(default_factory=list[KeyCandidate])
    types: dict[str, str] = field(default_factory=dict[str, str])
    table: dict[str, Any] = field(default_factory=dict[str, Any])
    notes: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    documents: dict[str, str] = field(default_factory=dict[str, str])
    head: list[str] = field(default_factory=list[str])
    nulls: tuple[str, ...] = ()
    ahead: CheckAhead | None = None

    def note(self, key: str, text: str) -> None:
        """Add a comment to a key of the source, or to `table`."""
        if text:
            self.notes.setdefault(key, []).append(text)

    def check_report(self, path: Path, key: KeyCandidate | None) -> CheckReport | None:
        """Return what `bulk check` reports of the dataset file at `path`, if that is known of all rows."""
        exact = (
            key is not None
            and key in self.keys
            and all(
                self.columns[name].keys["type"] in OWN_TEXT for name in key.columns if name in self.columns
            )
        )
        return self.ahead.report(path) if self.ahead and exact else None

    @property
    def clear_key(self) -> KeyCandidate | None:
        """The one candidate that no other comes near; None if there is none.

        The first column wins over others with names as likely, and where columns have none.
        """
        single = [one for one in self.keys if len(one.columns) == 1]
        if not single:
            return None
        if len(single) == 1:
            return single[0]
        best, second = (self._rank(one) for one in single[:2])
        leads = single[0].columns[0] == next(iter(self.types))
        named = best <= 1 and (best < second or leads)
        return single[0] if named or (leads and self.source.get("header") is False) else None

    def _rank(self, candidate: KeyCandidate) -> int:
        return likely(candidate.columns[0], 0)[0]


def ranked(
    found: Sequence[tuple[str, ...]], types: dict[str, str], order: Sequence[str]
) -> list[KeyCandidate]:
    """Return the candidates among sets of columns that are unique, the likeliest first."""
    sets = [columns for columns in found if all(types.get(one) in ("S", "N") for one in columns)]
    sets.sort(key=lambda columns: [likely(one, order.index(one)) for one in columns])
    return [KeyCandidate(columns=one, types=tuple(types[name] for name in one)) for one in sets]
