"""Rows that do not become items, as findings."""

from dynamodb_bulk.csv.batches import Rejected
from dynamodb_bulk.preflight.finding import Example

RETURN = "carriage-return"


def reject_finding(one: Rejected, last_column: str | None) -> tuple[str, Example]:
    """Return the kind of a rejected row, and the row as an example; RETURN if only its \\r is wrong."""
    at_end = (one.column == last_column and (one.value or "").endswith("\r")) or (
        one.kind == "stray-quote" and one.row.endswith('"\r')
    )
    plain = one.column is None or one.kind.startswith("key")
    example = Example(
        file=one.file,
        line=one.line,
        what=one.reason if plain else f"{one.column}: {one.reason}",
        column=one.column,
        value=one.row if one.value is None else one.value,
    )
    return RETURN if at_end else one.kind, example
