"""The fields of records that become the columns of a row, and what becomes of all others."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from dynamodb_bulk.csv.batches import OTHERS, UnfitValue, frame_name
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.keys import KeyType


@dataclass(frozen=True, kw_only=True)
class Field:
    """A column and the way to its value; `only`: the value has to be of this type already.

    `optional`: files may be without it. `zoned`: its times are written in UTC.
    """

    name: str
    label: str
    steps: tuple[str | int, ...]
    type: str
    nested: bool = False
    only: KeyType | None = None
    optional: bool = False
    zoned: bool = False

    def refuse(self, found: str) -> UnfitValue:
        """Return why a value of a kind, in words, cannot be this column's."""
        if self.only:
            return UnfitValue(f"{found}, the key is {self.only}", "key-type")
        return UnfitValue(f"{found}, the column is {self.type}; declare it as JSON", "unparsable")


@dataclass(frozen=True)
class Fields:
    """The columns of a frame in order; `but`: top-level fields that are not among the others.

    None: only the columns are read.
    """

    columns: tuple[Field, ...] = field(default=())
    but: frozenset[str] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names in a frame."""
        return (*(one.name for one in self.columns), *(() if self.but is None else (OTHERS,)))


def fields_of(
    columns: Sequence[Column], but: Collection[str] | None, only: dict[str, KeyType] | None = None
) -> Fields:
    """Return the fields for some columns."""
    return Fields(
        tuple(
            Field(
                name=frame_name(column.name),
                label=column.name,
                steps=column.steps,
                type=column.type,
                nested=column.column_type.nested,
                only=(only or {}).get(column.name),
                optional=but is not None and column.nullable,
                zoned=column.zoned,
            )
            for column in columns
        ),
        None if but is None else frozenset(but),
    )
