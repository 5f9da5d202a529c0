"""What reading a file gives: rows in polars frames, and the rows that are rejected, by kind."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from dynamodb_bulk.spec.text import Unit

if TYPE_CHECKING:
    import polars as pl

SHOWN = 200
# Why a row does not become an item, by kind: each has a check in the preflight.
RejectionKind = Literal[
    "column-count", "unclosed-quote", "stray-quote", "not-utf8", "record-too-long", "blank-line",
    "unparsable", "too-long", "out-of-range", "key-missing", "key-empty", "key-too-long", "key-type",
    "item-too-large", "not-an-item", "broken-record", "not-a-record", "value-missing",
]  # fmt: skip
# No column of a user's has it, so that no two have one name in a frame.
_MARK = "\0"


# The column of a frame with further members of each item, in DynamoDB JSON and without the outer braces.
OTHERS = "\0others"


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """One row that does not become an item, and why; `line` is 1-based, `row` the start of its text.

    `unit`: whether `line` counts lines, or records of an array or of Parquet.
    """

    file: str
    line: int
    reason: str
    column: str | None = None
    value: str | None = None
    row: str = ""
    unit: Unit = "line"
    kind: RejectionKind = field(default="unparsable", compare=False)  # follows from the reason


@dataclass(frozen=True, kw_only=True)
class Others:
    """Further members of each item, whose texts are made when they are asked for; a column `OTHERS`.

    `longest`: bytes that no row's are more than, in an item.
    """

    texts: "Callable[[], pl.Series]"
    longest: int


@dataclass(frozen=True, kw_only=True)
class RowBatch:
    """Rows that follow each other in a file.

    `lines` (UInt64) holds the line each row starts on, `frame` one String column per column of the
    definition with null for NULL, `rejected` the rows that could not be read. `returns`: how many of them
    end with \\r\\n. `bare_quotes` has the lines of those with a quote inside an unquoted field, `operations`
    says whether some have the field in front that DMS writes with IncludeOpForFullLoad. `header` has the
    fields of the file's header line, `marked` says whether it starts with a byte order mark that was removed.
    `filtered` rows are left out, as the source filters of the mappings ask for. `others`: where only those of
    their members that may be unfit are in the column `OTHERS`. `unit`: what `lines` counts.
    """

    file: str
    lines: "pl.Series"
    frame: "pl.DataFrame"
    rejected: tuple[Rejected, ...]
    delimiter: str = ","
    filtered: int = 0
    returns: int = 0
    bare_quotes: tuple[int, ...] = ()
    operations: bool = False
    header: tuple[str, ...] = ()
    marked: bool = False
    others: Others | None = None
    unit: Unit = "line"

    @property
    def whole(self) -> "pl.DataFrame":
        """The frame with all members of the items in it."""
        return self.with_others(self.frame)

    def with_others(self, frame: "pl.DataFrame") -> "pl.DataFrame":
        """Return a frame of the batch's rows with all members in it."""
        return frame if self.others is None else frame.with_columns(self.others.texts())


def frame_name(name: str) -> str:
    """The name in a frame: the column's own, unless polars would take that for a pattern of names.

    Patterns are `*` and `^…$`, wherever a name becomes an expression, including methods of a Series:
    https://docs.pola.rs/api/python/stable/reference/expressions/col.html
    """
    is_pattern = name == "*" or (name.startswith("^") and name.endswith("$"))
    return _MARK + name if is_pattern else name


def column_name(name: str) -> str:
    """The name of the column that has this name in a frame."""
    return name.removeprefix(_MARK)


class UnfitValue(ValueError):
    """A value that its column's type cannot hold; a plain ValueError is one that is not of the type."""

    def __init__(self, reason: str, kind: RejectionKind) -> None:
        super().__init__(reason)
        self.kind: RejectionKind = kind


def kind_of(error: ValueError, otherwise: RejectionKind = "unparsable") -> RejectionKind:
    """The kind that an error names, if it does."""
    return error.kind if isinstance(error, UnfitValue) else otherwise
