"""The columns of a file, in the words of a DMS external table definition.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html
"""

import re
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from dynamodb_bulk.spec.date_patterns import date_pattern
from dynamodb_bulk.spec.mistakes import nearest

if TYPE_CHECKING:
    from dynamodb_bulk.column_types.base import ColumnType

OF_TYPES = ("date_format", "timezone", "decimal", "thousands", "booleans")
"""What a column says of its texts, where its type takes it."""


_ADDED = ("path", "timezone", "decimal", "thousands", "booleans")
_POINT = {"decimal": "."}
_OF_NUMBERS = '0123456789+-eE"\n\r'


@cache
def zone_names() -> frozenset[str]:
    """The names of time zones that are known here."""
    from zoneinfo import available_timezones  # looks through a thousand files

    return frozenset(available_timezones())


_PATH = re.compile(r"[^.\[\]]+(?:\[[0-9]{1,6}\])*(?:\.[^.\[\]]+(?:\[[0-9]{1,6}\])*)*")
_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")


def _types() -> "dict[str, ColumnType]":
    from dynamodb_bulk.column_types.registry import (
        column_types,  # brings polars: only where there are columns
    )

    return column_types()


def _known_type(name: Any) -> Any:
    if isinstance(name, str) and name in _types():
        return name
    expected = ", ".join(repr(one) for one in _types())
    raise PydanticCustomError("literal_error", "Input should be {expected}", {"expected": expected})


def _list_types(schema: dict[str, Any]) -> None:
    schema["enum"] = list(_types())


def _pattern(text: str) -> str:
    date_pattern(text)
    return text


def _zone(name: str) -> str:
    if name not in zone_names():
        raise ValueError(
            f"{name!r} is no time zone; {nearest(name, zone_names(), 'write one like Europe/Berlin')}"
        )
    return name


def separator_of_thousands(text: str) -> str:
    """Return the text; raise ValueError if it cannot stand between digits."""
    if len(text) > 1 or (text and text in _OF_NUMBERS):
        raise ValueError(f'expected one character that is not part of a number, or "", got {text!r}')
    return text


def _by_name(data: Any) -> Any:
    # YAML reads the keys `true` and `false` as what they say.
    if not isinstance(data, dict):
        return data
    given = cast("dict[object, object]", data)
    return {str(key).lower() if isinstance(key, bool) else key: value for key, value in given.items()}


class Booleans(BaseModel):
    """The texts that are true, and those that are false; the first of each is the one that is written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    true: tuple[str, ...] = Field(min_length=1)
    false: tuple[str, ...] = Field(min_length=1)

    _named = model_validator(mode="before")(_by_name)

    @model_validator(mode="after")
    def _different(self) -> Self:
        if both := set(self.true) & set(self.false):
            raise ValueError(f"{min(both)!r} is both true and false")
        return self


def path_steps(path: str) -> tuple[str | int, ...]:
    """Return the names and places that a path goes through; raise ValueError."""
    if not _PATH.fullmatch(path):
        raise ValueError(f"expected a path like address.city or lines[0].sku, got {path!r}")
    return tuple(int(place) if place else name for name, place in _STEP.findall(path))


def _path(path: str) -> str:
    path_steps(path)
    return path


class Column(BaseModel):
    """One column: `length` in characters, `precision` and `scale` in decimal digits.

    What its texts look like: dates by a pattern, times in a time zone, numbers with a decimal comma or with
    separators of thousands, own booleans. Without a time zone, times stay as they are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    type: Annotated[str, BeforeValidator(_known_type), Field(json_schema_extra=_list_types)] = "STRING"
    length: int | None = Field(default=None, ge=1, le=2_147_483_647)
    precision: int | None = Field(default=None, ge=1, le=38)
    scale: int | None = Field(default=None, ge=0, le=31)
    date_format: Annotated[str, AfterValidator(_pattern)] | None = None
    timezone: Annotated[str, AfterValidator(_zone)] | None = None
    decimal: Literal[".", ","] | None = None
    thousands: Annotated[str, AfterValidator(separator_of_thousands)] | None = None
    booleans: Booleans | None = None
    nullable: bool = True
    primary_key: bool = False
    path: Annotated[str, AfterValidator(_path)] | None = None
    """Where the value is in a record of JSON or Parquet, like lines[0].sku; left out: its name."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for need in self.column_type.needs:
            if getattr(self, need) is None:
                raise ValueError(f"a {self.type} column needs `{need}`")
        for key in OF_TYPES:
            if getattr(self, key) is not None and key not in self.column_type.takes:
                those = [name for name, one in _types().items() if key in one.takes]
                listed = " and ".join(filter(None, (", ".join(those[:-1]), those[-1])))
                raise ValueError(f"`{key}` is for {listed}, not for {self.type}")
        self.column_type.check(self)
        if self.unclear:
            raise ValueError(f"{self.thousands!r} separates both thousands and decimals")
        return self

    @property
    def unclear(self) -> bool:
        """Whether one sign separates both thousands and decimals in it."""
        return "decimal" in self.column_type.takes and self.thousands == (self.decimal or ".")

    @property
    def zoned(self) -> bool:
        """Whether its times are written in UTC."""
        return bool(self.timezone or (self.date_format and "offset" in date_pattern(self.date_format).tokens))

    @property
    def in_items(self) -> "Column":
        """The column of the same values as they are in items."""
        plain = dict.fromkeys(OF_TYPES)
        return self.model_copy(update={**plain, "timezone": "UTC" if self.zoned else None})

    @property
    def own_form(self) -> tuple[str, ...]:
        """The keys by which its texts may look different from those in items."""
        return tuple(key for key in OF_TYPES if getattr(self, key) not in (None, "", _POINT.get(key)))

    @property
    def steps(self) -> tuple[str | int, ...]:
        """The names and places in a record that lead to its value."""
        return path_steps(self.path) if self.path else (self.name,)

    def described(self) -> dict[str, Any]:
        """Return all that decides what its values become; what a later version added only where it is set."""
        added = {name for name in _ADDED if getattr(self, name) is None}
        return self.model_dump(exclude=added)

    @property
    def column_type(self) -> "ColumnType":
        """All that its type says of its values."""
        return _types()[self.type]
