"""Values that are more than one text: bytes in hexadecimal, sets and lists cut at a delimiter.

A value's text becomes the content of its DynamoDB JSON. Sources: https://docs.aws.amazon.com/
amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html and …/Constraints.html
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Literal

import polars as pl

from dynamodb_bulk.column_types.base import ValueType, matches
from dynamodb_bulk.column_types.binary import hexadecimal
from dynamodb_bulk.column_types.reals import NUMBER

ElementKind = Literal["S", "N", "B"]
ESCAPED = [*map(chr, range(32)), '"', "\\"]

_WHOLE_NUMBER = "(?:0|-?[1-9][0-9]{0,17})"


def base64(text: pl.Expr) -> pl.Expr:
    """Hexadecimal as DynamoDB JSON wants bytes; null where it is not a hexadecimal."""
    return text.str.decode("hex", strict=False).bin.encode("base64")


def split_set(kind: ElementKind, delimiter: str) -> ValueType:
    """Return the elements of a set as a JSON array: at least one, each different from the others."""

    def parse(text: str) -> str:
        if not text:
            raise ValueError("a set without elements, which DynamoDB does not hold")
        elements = _elements(kind, text, delimiter)
        distinct = {Decimal(element) for element in elements} if kind == "N" else set(elements)
        if len(distinct) < len(elements):
            raise ValueError("an element is twice in the set, which DynamoDB refuses")
        return _array(elements)

    def plain(text: pl.Expr) -> pl.Expr:
        parts = text.str.split(delimiter).list
        return _plain(kind, delimiter)(text) & (parts.n_unique() == parts.len())

    def rewrite(text: pl.Expr) -> pl.Expr:
        return _joined('["', text, delimiter, '","', '"]')

    return ValueType(plain=plain, parse=parse, rewrite=rewrite)


def split_list(kind: ElementKind, delimiter: str) -> ValueType:
    """Return the elements of a list as a JSON array of DynamoDB JSON."""

    def parse(text: str) -> str:
        return _array([{kind: element} for element in _elements(kind, text, delimiter)] if text else [])

    def rewrite(text: pl.Expr) -> pl.Expr:
        return _joined(f'[{{"{kind}":"', text, delimiter, f'"}},{{"{kind}":"', '"}]')

    return ValueType(plain=_plain(kind, delimiter), parse=parse, rewrite=rewrite)


def _elements(kind: ElementKind, text: str, delimiter: str) -> list[str]:
    found: list[str] = []
    for element in text.split(delimiter):
        try:
            found.append(_PARSE[kind](element))
        except ValueError as error:
            raise ValueError(f"element {element[:40]!r}: {error}") from None
    return found


def _plain(kind: ElementKind, delimiter: str) -> Callable[[pl.Expr], pl.Expr]:
    """Return whether the text needs nothing but other delimiters."""
    if kind == "N" and not set(delimiter) & set("0123456789+-.eE"):
        return matches(f"{_WHOLE_NUMBER}(?:{re.escape(delimiter)}{_WHOLE_NUMBER})*")
    if kind == "S":
        return lambda text: (text != "") & ~text.str.contains_any(ESCAPED)
    return lambda text: text.is_null()


def _joined(start: str, text: pl.Expr, delimiter: str, between: str, end: str) -> pl.Expr:
    middle = text.str.replace_all(delimiter, between, literal=True)
    return pl.concat_str(pl.lit(start), middle, pl.lit(end))


def _array(elements: Sequence[object]) -> str:
    return json.dumps(elements, ensure_ascii=False, separators=(",", ":"))


def _base64(text: str) -> str:
    return b64encode(bytes.fromhex(hexadecimal().parse(text))).decode()


_PARSE: dict[ElementKind, Callable[[str], str]] = {"S": str, "N": NUMBER.parse, "B": _base64}
