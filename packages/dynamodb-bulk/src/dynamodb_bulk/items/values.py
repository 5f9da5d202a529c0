"""Convert texts of a file to values of a column's type: the text for DynamoDB, or a reason for rejection.

Each type has a pattern for `plain` texts, checked for a column at once, and a `parse` function for the
texts that are not plain. What DMS does with a value that does not fit its column is not documented; such
rows are rejected.
Source of the types: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from dynamodb_bulk.csv.rejection import UnfitValue
from dynamodb_bulk.items.dates import date_type
from dynamodb_bulk.spec.columns import Column

Parse = Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class ValueType:
    """How to check and write the values of one column.

    `plain`: an expression over String values that is true if `rewrite` (nothing: the text itself) gives
    the right text. `parse`: the same for any one text; raise ValueError with the reason of a rejection.
    `same`: an expression that is true only where `rewrite` would change nothing, so that a column of such
    texts needs none. `fits`: where only validity counts, an expression that is true for no text that `parse`
    refuses, and faster than `plain`.
    """

    plain: Callable[[pl.Expr], pl.Expr]
    parse: Parse
    rewrite: Callable[[pl.Expr], pl.Expr] | None = None
    same: Callable[[pl.Expr], pl.Expr] | None = None
    fits: Callable[[pl.Expr], pl.Expr] | None = None

    @property
    def unwritten(self) -> "ValueType":
        """The type for values of which only the validity counts."""
        return ValueType(plain=self.fits or self.plain, parse=self.parse)


# The types that hold the same numbers, by the largest of them.
_HELD: dict[int, type[pl.DataType]] = {
    2 ** (bits - signed) - 1: held
    for bits, signed, held in (
        (8, 1, pl.Int8), (16, 1, pl.Int16), (32, 1, pl.Int32), (64, 1, pl.Int64),
        (8, 0, pl.UInt8), (16, 0, pl.UInt16), (32, 0, pl.UInt32), (64, 0, pl.UInt64),
    )
}  # fmt: skip


def value_type(column: Column) -> ValueType:
    """Return the type of a column's values.

    Not documented by AWS, and done here: BOOLEAN is true, false, 1 or 0 in any case; a number has no spaces
    around it; a value longer than its column is rejected rather than cut.
    """
    match column.type:
        case "CLOB":
            return ValueType(plain=lambda text: text.is_not_null(), parse=lambda text: text)
        case "STRING":
            return _string(column.length or 0)
        case "DATE" | "DATETIME":
            form = date_type(column.type, column.date_format, column.scale or 0)
            return ValueType(plain=form.plain, parse=form.parse, rewrite=form.rewrite, same=form.same)
        case "BOOLEAN":
            return BOOLEAN
        case "NUMERIC":
            return _numeric(column.precision or 0, column.scale or 0)
        case "REAL4" | "REAL8":
            return NUMBER
        case "TIME":
            return TIME
        case "BYTE" | "BLOB":
            return hexadecimal(column.length)
        case _:
            return _integer(column.type, column.rule.minimum, column.rule.maximum)


def matches(pattern: str) -> Callable[[pl.Expr], pl.Expr]:
    """Return whether all of a text is the pattern."""
    return lambda text: text.str.contains(rf"\A(?:{pattern})\z")


def _string(length: int) -> ValueType:
    def parse(text: str) -> str:
        if len(text) > length:
            raise UnfitValue(f"{len(text)} characters, the column has room for {length}", "too-long")
        return text

    return ValueType(plain=lambda text: text.str.len_chars() <= length, parse=parse)


def _integer(name: str, minimum: int, maximum: int) -> ValueType:
    sure = len(str(maximum)) - 1
    form = re.compile(r"[+-]?[0-9]+")

    def parse(text: str) -> str:
        if not form.fullmatch(text):
            raise ValueError("not a whole number")
        sign, digits = ("-" if text[0] == "-" else "", text.lstrip("+-").lstrip("0") or "0")
        if len(digits) > sure + 1 or not minimum <= int(sign + digits) <= maximum:
            raise UnfitValue(f"{name} holds {minimum} to {maximum}", "out-of-range")
        return sign + digits if digits != "0" else digits

    held = _HELD[maximum]

    def fits(text: pl.Expr) -> pl.Expr:
        return text.is_null() | text.cast(held, strict=False).is_not_null()

    def plain(text: pl.Expr) -> pl.Expr:
        # Of what fits, "+…" < "-0…" < "-1" < "." < "0" < "00" < "1": no plus and no zero in front.
        return fits(text) & ((text >= "1") | (text == "0") | (text >= "-1") & (text < "."))

    return ValueType(plain=plain, parse=parse, fits=fits)


def _numeric(precision: int, scale: int) -> ValueType:
    form = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?")
    room = max(0, precision - scale)

    def parse(text: str) -> str:
        found = form.fullmatch(text)
        whole = found[2].lstrip("0") if found else ""
        fraction = (found[3] or "") if found else ""
        if not found or not (found[2] or fraction):
            raise ValueError("not a decimal number")
        if len(whole) > room:
            raise UnfitValue(
                f"{len(whole)} digits before the point, precision {precision} and scale {scale} allow {room}",
                "out-of-range",
            )
        if len(fraction) > scale:
            cut = fraction.rstrip("0")
            if len(cut) > scale:
                raise UnfitValue(f"{len(cut)} decimals, scale {scale} allows {scale}", "out-of-range")
            fraction = fraction[:scale]
        sign = "-" if found[1] == "-" and (whole or fraction.strip("0")) else ""
        return sign + (whole or "0") + (f".{fraction}" if fraction else "")

    decimals = rf"(?:\.[0-9]{{1,{scale}}})?" if scale else ""
    whole = f"-?[1-9][0-9]{{0,{room - 1}}}" if room > 0 else "0"
    return ValueType(plain=matches(f"(?:0|{whole}){decimals}"), parse=parse)


def _boolean(text: str) -> str:
    value = {"true": "true", "1": "true", "false": "false", "0": "false"}.get(text.lower())
    if value is None:
        raise ValueError("not true, false, 1 or 0")
    return value


_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?"


def _time(text: str) -> str:
    if not re.fullmatch(_TIME, text):
        raise ValueError(f"{text[:20]!r} is not a time in the form HH:mm:ss, with or without a fraction")
    return text


TIME = ValueType(plain=matches(_TIME), parse=_time)
BOOLEAN = ValueType(plain=lambda text: (text == "true") | (text == "false"), parse=_boolean)
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
_DIGITS = 38
_LARGEST = 125
_SMALLEST = -130
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,6})?")


def _number(text: str) -> str:
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


NUMBER = ValueType(
    plain=matches(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?(?:[eE][+-]?[0-9]{1,2})?"),
    parse=_number,
)
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
