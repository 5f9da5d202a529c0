"""Rows that do not become items, by why they do not: what reads and converts them says so."""

from collections.abc import Iterator
from functools import partial

from dynamodb_bulk.csv.batches import Rejected
from dynamodb_bulk.preflight.check import Check, Detector, Example, Fault
from dynamodb_bulk.preflight.rows import CheckedBatch

_CORRECT = "fix the value, or the column in the dataset file"


class _RejectedRows(Detector):
    def batch(self, batch: CheckedBatch) -> Iterator[Fault]:
        for one in batch.keys.rejected:
            yield Fault(one.kind, _example(one))


def _example(one: Rejected) -> Example:
    plain = one.column is None or one.kind.startswith("key")
    return Example(
        file=one.file,
        line=one.line,
        what=one.reason if plain else f"{one.column}: {one.reason}",
        column=one.column,
        value=one.row if one.value is None else one.value,
    )


_row = partial(Check, _RejectedRows, "rows", "error")
_value = partial(Check, _RejectedRows, "values", "error")
_key = partial(Check, _RejectedRows, "keys", "error")
CHECKS = (
    _row("column-count", "A row has the wrong number of fields", "fix or remove the row"),
    _row("blank-line", "A line is empty", "remove it"),
    _row("unclosed-quote", "A quote is opened and never closed", "close it, or set source.quoting: none"),
    _row("stray-quote", "Text follows a closing quote", 'write a quote inside of a quoted field as ""'),
    _row("not-utf8", "A row is not text in the file's encoding", "set source.encoding, or fix the row"),
    _row("record-too-long", "A row is longer than any item may be", "fix or remove the row"),
    _row("not-an-item", "A record is not an item as DynamoDB writes it", "fix or remove it"),
    _row(
        "broken-record",
        "A record cannot be read as an item, and AWS may lose the rest of its file",
        "fix or remove it",
    ),
    _row("not-a-record", "A record is not an object of JSON that DynamoDB can hold", "fix or remove it"),
    _row("item-too-large", "An item is larger than DynamoDB allows", "split it, or exclude columns"),
    _value(
        "unparsable",
        "A value does not have its column's type",
        "fix the value, or say how the column is written: type, decimal, thousands, date_format, booleans",
    ),
    _value("too-long", "A text is longer than its column", _CORRECT),
    _value("out-of-range", "A number is out of the range of its column", _CORRECT),
    _value(
        "value-missing", "A value that the condition compares with is missing", "give every row that value"
    ),
    _key("key-missing", "A key is missing", "give every row a key"),
    _key("key-empty", "A key is empty", "give every row a key"),
    _key("key-too-long", "A key is longer than DynamoDB allows", "shorten the key"),
    _key("key-type", "A key has a different type than the table's", "fix the row or the table's key"),
)
"""One for each `RejectionKind`."""
