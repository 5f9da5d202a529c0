"""Check that all attributes built from the same column agree."""

from collections.abc import Iterator, Sequence
from decimal import InvalidOperation
from typing import cast

import polars as pl

from dynamodb_bulk.csv.batches import SHOWN, frame_name
from dynamodb_bulk.items.numbers import canonical_number, canonical_numbers
from dynamodb_bulk.items.validation import Problem
from dynamodb_bulk.items_to_rows.template_tree import Leaf

_BUILT = "\0built"


def disagreements(leaf: Leaf, frame: pl.DataFrame) -> Iterator[tuple[int, Problem]]:
    """Yield the rows whose columns, put into the leaf's template again, do not give the leaf's text."""
    if leaf.constant is not None:
        wanted = "true" if leaf.constant else "false"
        bad = frame[leaf.alias] != wanted
    else:
        text = pl.col(frame_name(leaf.sole)) if leaf.sole is not None else built_text(leaf.pieces)
        built = frame.select(text.alias(_BUILT))[_BUILT]
        if len(built) < frame.height:  # a literal has one row
            built = pl.repeat(built[0], frame.height, dtype=pl.String, eager=True).alias(_BUILT)
        bad = _differ(leaf, frame[leaf.alias], built)
    for row in cast("list[int]", bad.arg_true().to_list()):
        found = str(frame[leaf.alias][row])[:SHOWN]
        yield row, Problem(reason=_reason(leaf, found))


def built_text(pieces: Sequence[str]) -> pl.Expr:
    """Return the text of literal, column, literal, …, where NULL is an empty text."""
    parts = [
        pl.col(frame_name(piece)).fill_null("") if place % 2 else pl.lit(piece)
        for place, piece in enumerate(pieces)
    ]
    return pl.concat_str(parts)


def _differ(leaf: Leaf, found: pl.Series, built: pl.Series) -> pl.Series:
    if leaf.kind == "N":
        return _canonical(found).ne_missing(_canonical(built))
    if leaf.kind in ("B", "BS"):
        found, built = found.str.to_lowercase(), built.str.to_lowercase()
    differ = found.ne_missing(built)
    if leaf.delimiter is None or not differ.any():
        return differ
    rows = cast("list[int]", differ.arg_true().to_list())
    same = [_same_elements(leaf, found[row], built[row]) for row in rows]
    return differ.scatter(pl.Series(rows, dtype=pl.UInt32), [not one for one in same])


def _canonical(texts: pl.Series) -> pl.Series:
    try:
        return canonical_numbers(texts)
    except (InvalidOperation, pl.exceptions.PolarsError):
        return texts.map_elements(_number_or_text, return_dtype=pl.String)


def _number_or_text(text: str) -> str:
    try:
        return canonical_number(text)
    except InvalidOperation:
        return text


def _same_elements(leaf: Leaf, found: str | None, built: str | None) -> bool:
    if found is None or built is None:
        return False
    elements = [text.split(leaf.delimiter or "") if text else [] for text in (found, built)]
    if leaf.of == "N":
        elements = [[_number_or_text(element) for element in one] for one in elements]
    if leaf.kind == "L":
        return elements[0] == elements[1]
    return sorted(elements[0]) == sorted(elements[1])


def _reason(leaf: Leaf, found: str) -> str:
    template = "".join(f"${{{one}}}" if place % 2 else one for place, one in enumerate(leaf.pieces))
    if leaf.constant is not None or not leaf.columns:
        return f"attribute {leaf.shown} is {found!r}, not {template or str(leaf.constant).lower()!r}"
    return f"attribute {leaf.shown} is {found!r}, which {template} does not give with these columns"
