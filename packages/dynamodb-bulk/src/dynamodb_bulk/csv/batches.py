"""The result of reading a file: batches of rows, and the rows that could not be read."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dynamodb_bulk.csv.rejection import RejectionKind

if TYPE_CHECKING:
    import polars as pl

SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """One row that does not become an item, and why; `line` is 1-based, `row` the start of its text."""

    file: str
    line: int
    reason: str
    column: str | None = None
    value: str | None = None
    row: str = ""
    kind: RejectionKind = field(default="unparsable", compare=False)  # follows from the reason


@dataclass(frozen=True, kw_only=True)
class RowBatch:
    """Rows that follow each other in a file.

    `lines` (UInt64) holds the line each row starts on, `frame` one String column per column of the
    definition with null for NULL, `rejected` the rows that could not be read.
    """

    file: str
    lines: "pl.Series"
    frame: "pl.DataFrame"
    rejected: tuple[Rejected, ...]
    delimiter: str = ","
