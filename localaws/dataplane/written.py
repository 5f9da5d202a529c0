"""What becomes of items that are written, and where they go."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(kw_only=True)
class Written:
    """What became of a batch: items refused by the condition, and the position and reason of each failure."""

    stored: int = 0
    refused: int = 0
    failed: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])


class Sink(Protocol):
    """Takes items in DynamoDB JSON, each replacing a whole item of the same key."""

    def put(self, items: Sequence[str]) -> Written:
        """Write items in order."""
        ...


class ConditionError(Exception):
    """The condition of an object mapping is not one that DynamoDB takes."""
