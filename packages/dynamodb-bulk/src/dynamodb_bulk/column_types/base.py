"""A column type: how texts of a file are its values, and what these are in items and in files."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

if TYPE_CHECKING:
    from dynamodb_bulk.spec.columns import Column

DynamoType = Literal["S", "N", "BOOL", "B", "JSON"]
Expression = Callable[[pl.Expr], pl.Expr]
Parse = Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class ValueType:
    """How to check and write the values of one column.

    `plain`: an expression over String values that is true if `rewrite` (nothing: the text itself) gives
    the right text. `parse`: the same for any one text; raise ValueError with the reason of a rejection.
    `same`: an expression that is true only where `rewrite` would change nothing, so that a column of such
    texts needs none. `fits`: where only validity counts, an expression that is true for no text that `parse`
    refuses, and faster than `plain`.
    """

    plain: Expression
    parse: Parse
    rewrite: Expression | None = None
    same: Expression | None = None
    fits: Expression | None = None

    @property
    def unwritten(self) -> "ValueType":
        """The type for values of which only the validity counts."""
        return ValueType(plain=self.fits or self.plain, parse=self.parse)


def matches(pattern: str) -> Expression:
    """Return whether all of a text is the pattern."""
    return lambda text: text.str.contains(rf"\A(?:{pattern})\z")


def _as_text(_: "Column", text: pl.Expr) -> pl.Expr:
    return text


def _anything(_: "Column") -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class ColumnType:
    """One type, by its name in dataset files and in external table definitions.

    What DMS does with a value that does not fit its column is not documented; such rows are rejected.
    """

    name: str
    becomes: DynamoType
    """What its values are in items."""
    values: Callable[["Column"], ValueType]
    """How to check and write the values of a column."""
    needs: tuple[str, ...] = ()
    """What a column of it must say, as keys of a column."""
    dms_needs: tuple[str, ...] = ()
    """What a column of it must say as well where DMS loads."""
    by_dms: bool = True
    """Whether DMS writes it to DynamoDB; the others are written by a conversion only."""
    any_text: bool = False
    """Whether it holds any text: then it tells nothing about a file, and is escaped in JSON."""
    nested: bool = False
    """Whether its texts are values of any type in DynamoDB JSON, which only records have."""
    large_object: bool = False
    """Whether DMS cuts it at LobMaxSize."""
    exponents: bool = False
    """Whether its numbers may have an exponent, so that their texts stay as they are."""
    pattern: str | None = None
    """What a value of it looks like in an item, where it stands between other texts; None: any text."""
    typed: Callable[["Column", pl.Expr], pl.Expr] = _as_text
    """A column of texts as items hold them, as a column of Parquet; null where a value does not fit."""
    takes: tuple[str, ...] = ()
    """What a column of it may say of its texts, as keys of a column."""
    check: Callable[["Column"], None] = _anything
    """Raise ValueError where what a column says does not go together."""
    in_file: Callable[["Column", pl.Expr], pl.Expr] | None = None
    """A text of an item as the column's files hold it, null where they cannot; None: unchanged."""

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers in items."""
        return self.becomes == "N"
