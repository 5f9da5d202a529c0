"""Numbers in the one form in which equal numbers have equal texts."""

from decimal import Context, Decimal

import polars as pl

_EXACT = Context(prec=38)
_PLAIN = r"\A-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?\z"


def canonical_numbers(texts: pl.Series) -> pl.Series:
    """Numbers (String) of at most 38 digits without exponent or needless zeros: 1, 1.0 and 1e0 are `1`."""
    plain = texts.is_null() | texts.str.contains(_PLAIN)
    text = pl.col(texts.name)
    cut = pl.when(text.str.contains(".", literal=True)).then(
        text.str.strip_chars_end("0").str.strip_chars_end(".")
    )
    short = cut.otherwise(text)
    simple = texts.to_frame().select(
        pl.when(short != "-0").then(short).otherwise(pl.lit("0")).alias(texts.name)
    )[texts.name]
    simple = simple.zip_with(texts.is_not_null(), texts)
    if plain.all():
        return simple
    others = texts.map_elements(canonical_number, return_dtype=pl.String)
    return simple.zip_with(plain, others)


def canonical_number(text: str) -> str:
    """Return one number in that form; raise decimal.InvalidOperation for what is no number."""
    number = Decimal(text)
    return format(number.normalize(_EXACT), "f") if number else "0"
