"""REAL4 and REAL8: every number that DynamoDB holds, also with an exponent.

Files of Parquet hold them as texts, as no binary number holds them all.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

import re
from decimal import Decimal

from dynamodb_bulk.column_types.base import ColumnType, ValueType, matches
from dynamodb_bulk.column_types.number_forms import in_form, with_decimal
from dynamodb_bulk.csv.batches import UnfitValue

_DIGITS = 38
_LARGEST = 125
_SMALLEST = -130
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,6})?")


def _parse(text: str) -> str:
    if not _NUMBER.fullmatch(text):
        raise ValueError("not a number")
    number = Decimal(text)
    if len("".join(map(str, number.as_tuple().digits)).strip("0")) > _DIGITS:
        raise UnfitValue(
            f"more than {_DIGITS} significant digits, which DynamoDB cannot hold", "out-of-range"
        )
    if number and not _SMALLEST <= number.adjusted() <= _LARGEST:
        raise UnfitValue("outside of 1E-130 to 9.99E+125, which DynamoDB cannot hold", "out-of-range")
    return text.removeprefix("+")


NUMBER = ValueType(plain=matches(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?(?:[eE][+-]?[0-9]{1,2})?"), parse=_parse)
TYPES = tuple(
    ColumnType(
        name=name,
        becomes="N",
        takes=("decimal", "thousands"),
        values=lambda column: in_form(NUMBER, column),
        exponents=True,
        in_file=with_decimal,
    )
    for name in ("REAL4", "REAL8")
)
