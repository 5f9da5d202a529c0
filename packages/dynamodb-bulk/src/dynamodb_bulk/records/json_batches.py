"""Records of JSON as rows, one by one."""

from collections.abc import Iterable

import polars as pl

from dynamodb_bulk.csv.batches import Rejected, RejectionKind, RowBatch, kind_of
from dynamodb_bulk.records.fields import Fields
from dynamodb_bulk.records.json_scanner import Record
from dynamodb_bulk.records.json_values import ColumnProblem, take_fields
from dynamodb_bulk.spec.text import Unit


def record_batch(records: Iterable[Record], file: str, fields: Fields, unit: Unit = "line") -> RowBatch:
    """Return the rows of some records, whose numbers count the unit; each is one, or rejected."""
    rows: list[list[str | None]] = []
    numbers: list[int] = []
    rejected: list[Rejected] = []

    def reject(record: Record, reason: str, kind: RejectionKind, column: str | None = None) -> None:
        row = record.raw.encode(errors="replace").decode()
        rejected.append(
            Rejected(
                file=file, line=record.number, reason=reason, row=row, kind=kind, column=column, unit=unit
            )
        )

    for record in records:
        if record.reason is not None:
            reject(record, record.reason, record.kind)
            continue
        try:
            texts = take_fields(record.value, fields)
        except ColumnProblem as problem:
            reject(record, str(problem), kind_of(problem.error), problem.column)
        except ValueError as error:
            reject(record, str(error), kind_of(error))
        else:
            rows.append(texts)
            numbers.append(record.number)
    frame = pl.DataFrame(rows, schema=dict.fromkeys(fields.names, pl.String), orient="row")
    lines = pl.Series("line", numbers, dtype=pl.UInt64)
    return RowBatch(file=file, lines=lines, frame=frame, rejected=tuple(rejected), unit=unit)
