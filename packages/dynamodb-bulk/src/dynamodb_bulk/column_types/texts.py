"""Texts: STRING, of a length in characters, and CLOB, of any."""

from dynamodb_bulk.column_types.base import ColumnType, ValueType
from dynamodb_bulk.csv.batches import UnfitValue
from dynamodb_bulk.spec.columns import Column

_ANY = ValueType(plain=lambda text: text.is_null() | True, parse=lambda text: text)


def _string(column: Column) -> ValueType:
    """A text that is longer than its column is rejected rather than cut, which AWS does not document."""
    if (length := column.length) is None:
        return _ANY

    def parse(text: str) -> str:
        if len(text) > length:
            raise UnfitValue(f"{len(text)} characters, the column has room for {length}", "too-long")
        return text

    return ValueType(plain=lambda text: text.str.len_chars() <= length, parse=parse)


TYPES = (
    ColumnType(name="STRING", becomes="S", dms_needs=("length",), any_text=True, values=_string),
    ColumnType(name="CLOB", becomes="S", any_text=True, large_object=True, values=lambda _: _ANY),
)
