"""Bytes in hexadecimal: BYTE, of a length in bytes, and BLOB, of any. DMS does not write them to DynamoDB."""

import re

from dynamodb_bulk.column_types.base import ColumnType, ValueType, matches

_HEX = re.compile("(?:[0-9a-fA-F]{2})*")


def hexadecimal(longest: int | None = None) -> ValueType:
    """Bytes, two digits each, at most `longest` of them; they stay hexadecimal until they are written."""

    def parse(text: str) -> str:
        if not _HEX.fullmatch(text):
            raise ValueError("not bytes in hexadecimal, two digits each")
        if longest is not None and len(text) > 2 * longest:
            raise ValueError(f"{len(text) // 2} bytes, the column has room for {longest}")
        return text

    plain = matches(_HEX.pattern)
    if longest is None:
        return ValueType(plain=plain, parse=parse)
    return ValueType(plain=lambda text: plain(text) & (text.str.len_bytes() <= 2 * longest), parse=parse)


def _type(name: str) -> ColumnType:
    return ColumnType(
        name=name,
        becomes="B",
        by_dms=False,
        values=lambda column: hexadecimal(column.length),
        typed=lambda _, text: text.str.decode("hex", strict=False),
    )


TYPES = (_type("BYTE"), _type("BLOB"))
