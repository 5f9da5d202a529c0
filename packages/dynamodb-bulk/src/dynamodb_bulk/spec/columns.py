"""The columns of a file, in the words of a DMS external table definition.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html
"""

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from dynamodb_bulk.column_types.base import ColumnType

DateFormat = Literal[
    "YYYY-MM-dd HH:mm:ss", "YYYY/MM/dd HH:mm:ss", "MM/dd/YYYY HH:mm:ss", "YYYYMMdd HH:mm:ss",
    "YYYY-MM-dd HH:mm:ss.F", "YYYY/MM/dd HH:mm:ss.F", "MM/dd/YYYY HH:mm:ss.F", "YYYYMMdd HH:mm:ss.F",
]  # fmt: skip


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


def path_steps(path: str) -> tuple[str | int, ...]:
    """Return the names and places that a path goes through; raise ValueError."""
    if not _PATH.fullmatch(path):
        raise ValueError(f"expected a path like address.city or lines[0].sku, got {path!r}")
    return tuple(int(place) if place else name for name, place in _STEP.findall(path))


def _path(path: str) -> str:
    path_steps(path)
    return path


class Column(BaseModel):
    """One column: `length` in characters, `precision` and `scale` in decimal digits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    type: Annotated[str, BeforeValidator(_known_type), Field(json_schema_extra=_list_types)] = "STRING"
    length: int | None = Field(default=None, ge=1, le=2_147_483_647)
    precision: int | None = Field(default=None, ge=1, le=38)
    scale: int | None = Field(default=None, ge=0, le=31)
    date_format: DateFormat | None = None
    nullable: bool = True
    primary_key: bool = False
    path: Annotated[str, AfterValidator(_path)] | None = None
    """Where the value is in a record of JSON or Parquet, like lines[0].sku; left out: its name."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for need in self.column_type.needs:
            if getattr(self, need) is None:
                raise ValueError(f"a {self.type} column needs `{need}`")
        if self.date_format and self.column_type.in_format is None:
            dated = [name for name, one in _types().items() if one.in_format]
            listed = f"{', '.join(dated[:-1])} and {dated[-1]}"
            raise ValueError(f"`date_format` is for {listed}, not for {self.type}")
        return self

    @property
    def steps(self) -> tuple[str | int, ...]:
        """The names and places in a record that lead to its value."""
        return path_steps(self.path) if self.path else (self.name,)

    def described(self) -> dict[str, Any]:
        """Return all that decides what its values become; what a later version added only where it is set."""
        added = {name for name in ("path",) if getattr(self, name) is None}
        return self.model_dump(exclude=added)

    @property
    def column_type(self) -> "ColumnType":
        """All that its type says of its values."""
        return _types()[self.type]
