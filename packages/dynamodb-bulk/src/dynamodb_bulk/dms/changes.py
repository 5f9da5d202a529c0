"""The files of changes of a DMS task: rows with an operation, a table and a schema in front.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html#CHAP_Source.S3.CDC
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO, Literal, cast

import polars as pl

from dynamodb_bulk.csv.batches import Rejected, RowBatch, frame_name
from dynamodb_bulk.csv.format import QUOTE, CsvFormat
from dynamodb_bulk.csv.reader import BLOCK_BYTES, read_rows
from dynamodb_bulk.dms.definition import ExternalTable

Operation = Literal["INSERT", "UPDATE", "DELETE"]
OPERATIONS: tuple[Operation, ...] = ("INSERT", "UPDATE", "DELETE")
_WORDS: dict[str, Operation] = {word: full for full in OPERATIONS for word in (full, full[0])}
# No column of a user's has these names.
_OPERATION, _TABLE, _SCHEMA = _FRONT = ("\0operation", "\0table", "\0schema")


@dataclass(frozen=True, kw_only=True)
class ChangeBatch:
    """Changes of one table that follow each other in a file.

    `operations` (String) has an `Operation` for each of the `rows`; those that are not changes are rejected.
    `others`: rows of other tables, which are not among them.
    """

    operations: pl.Series
    rows: RowBatch
    others: int = 0

    def of(self, lines: pl.Series) -> pl.Series:
        """Return the operations of those rows that begin on these lines."""
        if len(lines) == len(self.rows.lines):
            return self.operations
        return self.operations.filter(self.rows.lines.is_in(lines.implode()))

    def filtered(self, rows: RowBatch) -> "ChangeBatch":
        """Return the changes with some of its rows."""
        return replace(self, operations=self.of(rows.lines), rows=rows)

    @property
    def last(self) -> int:
        """The line of the last row, a rejected one included; 0 without rows."""
        rows = self.rows
        return max([0, *rows.lines.tail(1).to_list(), *(row.line for row in rows.rejected)])

    def after(self, line: int) -> "ChangeBatch":
        """Return the changes that begin behind a line."""
        rejected = tuple(row for row in self.rows.rejected if row.line > line)
        return replace(self, rows=replace(self.rows, rejected=rejected)).where(self.rows.lines > line)

    def where(self, chosen: pl.Series) -> "ChangeBatch":
        """Return the changes in rows that are chosen (Boolean)."""
        rows = replace(self.rows, lines=self.rows.lines.filter(chosen), frame=self.rows.frame.filter(chosen))
        return replace(self, operations=self.operations.filter(chosen), rows=rows)


def read_changes(
    stream: BinaryIO, file: str, table: ExternalTable, csv: CsvFormat, *, block_bytes: int = BLOCK_BYTES
) -> Iterator[ChangeBatch]:
    """Read the changes of a table in a file that may hold those of other tables, too.

    The operation is `INSERT`, `UPDATE` or `DELETE`, or its first letter, in any case. A row of this table
    with another operation or the wrong number of columns is rejected.
    """
    names = [*_FRONT, *(column.name for column in table.columns)]
    plain = replace(csv, literal=True, operations=False)
    for batch in read_rows(stream, file, names, plain, block_bytes=block_bytes):
        yield _of_table(batch, table, plain)


def _of_table(batch: RowBatch, table: ExternalTable, csv: CsvFormat) -> ChangeBatch:
    frame = batch.frame
    ours = ((frame[_TABLE] == table.name) & (frame[_SCHEMA] == table.owner)).fill_null(value=False)
    operations = frame[_OPERATION].str.to_uppercase().replace_strict(_WORDS, default=None)
    known = ours & operations.is_not_null()
    rejected = [_of_change(row, table) for row in batch.rejected if _may_be_of(row, table, csv)]
    others = len(batch.rejected) - len(rejected) + len(ours) - int(ours.sum())
    unknown = cast("list[int]", (ours & ~known).arg_true().to_list())
    rejected += [_without_operation(batch, row, table) for row in unknown]
    columns = [frame_name(column.name) for column in table.columns]
    rows = replace(
        batch,
        lines=batch.lines.filter(known),
        frame=frame.select(columns).filter(known),
        rejected=tuple(sorted(rejected, key=lambda one: one.line)),
    )
    return ChangeBatch(operations=operations.filter(known), rows=rows, others=others)


def _may_be_of(row: Rejected, table: ExternalTable, csv: CsvFormat) -> bool:
    """Return whether a row that cannot be read names the table, or is too short to name any."""
    fields = row.row.split(csv.delimiter)[:3]
    if csv.quotes:
        fields = [field.strip(QUOTE) for field in fields]
    return len(fields) < len(_FRONT) or fields[1:] == [table.name, table.owner]


def _of_change(row: Rejected, table: ExternalTable) -> Rejected:
    if row.kind != "column-count":
        return row
    found, wanted = row.reason.partition(",")[0], len(_FRONT) + len(table.columns)
    reason = f"{found}, and a change of {table.name} has {wanted}, with operation, table and schema"
    return replace(row, reason=reason)


def _without_operation(batch: RowBatch, row: int, table: ExternalTable) -> Rejected:
    fields = cast("tuple[str | None, ...]", batch.frame.row(row))
    return Rejected(
        file=batch.file,
        line=batch.lines[row],
        reason=f"the operation of a change of {table.name} is INSERT, UPDATE or DELETE, or I, U or D",
        column="operation",
        value=fields[0] or "",
        row=batch.delimiter.join(field or "" for field in fields)[:200],
    )
