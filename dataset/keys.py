"""The primary key of a DynamoDB table.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

from dataclasses import dataclass
from typing import Literal

KeyType = Literal["S", "N", "B"]


@dataclass(frozen=True, kw_only=True)
class KeyAttribute:
    """One attribute of a key, with its DynamoDB type."""

    name: str
    type: KeyType


@dataclass(frozen=True, kw_only=True)
class Demands:
    """What items have to hold beside the table's keys: `compared`, the attributes that a condition needs."""

    compared: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TableKeys:
    """The attributes that every item of the table must have."""

    partition: KeyAttribute
    sort: KeyAttribute | None = None
