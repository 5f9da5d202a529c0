"""Numbers with a decimal comma, or with separators of thousands."""

import re

import polars as pl

from dynamodb_bulk.column_types.base import ValueType, matches
from dynamodb_bulk.spec.columns import Column

# Programs write a space between thousands as one that breaks no line, or as a thin one.
_SPACES = " \u00a0\u2009\u202f"


def in_form(number: ValueType, column: Column) -> ValueType:
    """Return how to check and write the numbers of a column that are in its own form.

    Thousands are separated everywhere in a number or nowhere, in groups of three digits or, by commas as in
    India, of two and a last one of three. A space stands for each kind of space. What looks like another form
    is rejected.
    """
    between = column.thousands or ""
    decimal = column.decimal or ("," if between == "." else ".")  # whole numbers say nothing of decimals
    if decimal == "." and not between:
        return number
    whole = "[0-9]*"
    sign = f"[{_SPACES}]" if between and between in _SPACES else re.escape(between)
    if between:
        whole += f"|[1-9][0-9]{{0,2}}(?:{sign}[0-9]{{3}})+"
    if between == ",":
        whole += "|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}"
    form = rf"[+-]?(?:{whole})(?:{re.escape(decimal)}[0-9]*)?(?:[eE][+-]?[0-9]+)?"
    of_form = matches(form)
    shown = f"decimals after {decimal!r}" + (f" and thousands before {between!r}" if between else "")

    def parse(text: str) -> str:
        if not re.fullmatch(form, text):
            raise ValueError(f"not a number with {shown}")
        return number.parse(re.sub(sign, "", text).replace(decimal, "."))

    def moved(text: pl.Expr) -> pl.Expr:
        if between:
            text = text.str.replace_all(sign, "")
        return text if decimal == "." else text.str.replace(decimal, ".", literal=True)

    fits = number.fits or number.plain
    return ValueType(
        plain=lambda text: of_form(text) & number.plain(moved(text)),
        parse=parse,
        rewrite=moved,
        fits=lambda text: of_form(text) & fits(moved(text)),
    )


def with_decimal(column: Column, text: pl.Expr) -> pl.Expr:
    """Return the text of a number with the column's decimal sign; thousands are not separated."""
    return text if column.decimal != "," else text.str.replace(".", ",", literal=True)
