"""Small pictures in SVG of how a column's values are spread."""

from collections.abc import Sequence
from html import escape
from typing import cast

import polars as pl

from dynamodb_bulk.preflight.profile import ColumnProfile

WIDTH, HEIGHT = 180, 36
BINS = 24
FEW = 12


def spread(column: ColumnProfile) -> str:
    """Bars of a sample: of each value where there are few, of numbers by size, of texts by length."""
    sample = column.sample
    if not len(sample):
        return ""
    counts = sample.value_counts(sort=True)
    if counts.height <= FEW:
        words = cast("list[str]", counts[counts.columns[0]].to_list())
        return bars(cast("list[int]", counts["count"].to_list()), words)
    numbers = (
        sample.cast(pl.Float64, strict=False).drop_nulls() if column.is_number else sample.str.len_chars()
    )
    low, high = cast("float", numbers.min() or 0), cast("float", numbers.max() or 0)
    if low == high:
        return bars([len(numbers)], [f"{low:g}"])
    step = (high - low) / BINS
    bins = ((numbers - low) / step).floor().cast(pl.Int64).clip(0, BINS - 1)
    found = dict(bins.value_counts().iter_rows())
    unit = "" if column.is_number else " characters"
    labels = [f"{low + place * step:g} to {low + (place + 1) * step:g}{unit}" for place in range(BINS)]
    return bars([found.get(place, 0) for place in range(BINS)], labels)


def bars(counts: Sequence[int], labels: Sequence[str]) -> str:
    """Return a bar for each count; the label shows where the pointer is."""
    tallest = max([*counts, 1])
    width = WIDTH / len(counts)
    drawn: list[str] = []
    for place, (count, label) in enumerate(zip(counts, labels, strict=True)):
        height = HEIGHT * count / tallest
        drawn.append(
            f'<rect x="{place * width:.1f}" y="{HEIGHT - height:.1f}" width="{max(width - 1, 0.5):.1f}" '
            f'height="{height:.1f}"><title>{escape(label)}: {count:,}</title></rect>'
        )
    size = f'width="{WIDTH}" height="{HEIGHT}"'
    return f'<svg {size} role="img" aria-label="spread of the values">{"".join(drawn)}</svg>'


def share(part: int, whole: int) -> str:
    """Return a bar that is filled as far as `part` is of `whole`."""
    filled = 60 * part / whole if whole else 0
    return (
        '<svg width="60" height="8" role="img" aria-label="share">'
        f'<rect class="rest" width="60" height="8"/><rect width="{filled:.1f}" height="8"/></svg>'
    )
