"""The primary key of a DynamoDB table.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

from dataclasses import dataclass
from typing import Literal

KeyType = Literal["S", "N", "B"]
KeyRole = Literal["partition", "sort"]


@dataclass(frozen=True, kw_only=True)
class KeyAttribute:
    """One attribute of a key, with its DynamoDB type."""

    name: str
    type: KeyType


@dataclass(frozen=True, kw_only=True)
class IndexKey:
    """An attribute that is a key of an index: items may leave it out, but not have it otherwise."""

    index: str
    role: KeyRole
    key: KeyAttribute


@dataclass(frozen=True, kw_only=True)
class Demands:
    """The requirements of items besides the table's keys; `compared`: attributes that a condition needs."""

    compared: tuple[str, ...] = ()
    index_keys: tuple[IndexKey, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TableKeys:
    """The attributes that every item of the table must have."""

    partition: KeyAttribute
    sort: KeyAttribute | None = None

    @property
    def by_role(self) -> dict[KeyRole, KeyAttribute]:
        """Those that the table has."""
        return {"partition": self.partition, **({"sort": self.sort} if self.sort else {})}
