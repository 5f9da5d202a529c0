"""What ImportTable would read differently in CSV files than this program does, if it read them unchanged."""

from collections.abc import Sequence

from dynamodb_bulk.csv.batches import RowBatch
from dynamodb_bulk.spec.text import located


def row_difference(batch: RowBatch, columns: Sequence[str]) -> str | None:
    """Return why ImportTable would read the rows differently, in a sentence."""
    file = batch.file
    if batch.marked:
        return f"{file} starts with a byte order mark"
    if batch.returns:
        return f"lines of {file} end with \\r\\n"
    if batch.header and batch.header != tuple(columns):
        return f"the header line of {file} has other names than the columns"
    if batch.bare_quotes:
        return located("a quote stands inside an unquoted field", file, batch.bare_quotes[0])
    if batch.operations:
        return f"rows of {file} have an operation in front"
    for one in batch.rejected:
        return located(f"it would not reject the row: {one.reason}", one.file, one.line, one.column)
    return None
