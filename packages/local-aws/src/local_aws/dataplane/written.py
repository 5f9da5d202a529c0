"""What becomes of items that are written, and where they go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True)
class PutCondition:
    """Says what the table has to hold for an item to be put, in the members of PutItem."""

    expression: str
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Names an item that its condition refused, and the item that is there ("" where there is none)."""

    position: int
    existing: str = ""


@dataclass(kw_only=True)
class Written:
    """Tells what became of a batch: refusals, and the position and reason of each failure."""

    stored: int = 0
    refused: list[Refusal] = field(default_factory=list[Refusal])
    failed: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])


class Sink(Protocol):
    """Takes items in DynamoDB JSON, each replacing a complete item of the same key.

    What is deleted counts as stored, too.
    """

    def put(
        self,
        items: Sequence[str],
        conditions: Sequence[PutCondition | None] | None = None,
        deleted: Sequence[bool] = (),
    ) -> Written:
        """Write items in order, or delete those of their keys that are `deleted`.

        `conditions`, one for each item, take the place of the sink's own.
        """
        ...


class ConditionError(Exception):
    """A condition is not one that DynamoDB takes."""
