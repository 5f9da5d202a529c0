"""The outcome of checks as one HTML page that needs nothing else."""

from collections.abc import Iterable, Sequence
from html import escape as escape_html
from typing import cast

import polars as pl

from dynamodb_bulk.preflight.check import Example
from dynamodb_bulk.preflight.profile import ColumnProfile, Profile
from dynamodb_bulk.preflight.registry import checks
from dynamodb_bulk.preflight.report import CheckReport, Found
from dynamodb_bulk.spec.text import visible_lines

_WIDTH, _HEIGHT = 180, 36  # of a picture
_BINS = 24
_FEW = 12
_STYLE = """
:root {
  color-scheme: light dark;
  --line: #8884; --soft: #888; --error: #c62828; --warning: #b26a00; --good: #2e7d32; --bar: #4a7ebb;
}
body { font: 15px/1.45 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; }
h2 { font-size: 1.2rem; margin-top: 2.5rem; }
h3 { font-size: 1rem; margin-top: 1.8rem; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; color: var(--soft); font-weight: 500; }
td, th { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
code { font-size: .85em; overflow-wrap: anywhere; }
small { color: var(--soft); }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.error { color: var(--error); }
.warning { color: var(--warning); }
.note { color: var(--soft); }
.good { color: var(--good); }
.cards { display: flex; flex-wrap: wrap; gap: .8rem; }
.cards div { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem 1rem; min-width: 7rem; }
.cards b { display: block; font-size: 1.3rem; }
svg rect { fill: var(--bar); }
svg rect.rest { fill: var(--line); }
"""


def render_page(checks: Sequence[tuple[CheckReport, Profile | None]]) -> str:
    """Return the page of some checked datasets."""
    bodies = "".join(_dataset(report, profile) for report, profile in checks)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Check</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><h1>Check of {len(checks)} "
        f"{'dataset' if len(checks) == 1 else 'datasets'}</h1>{bodies}</body></html>\n"
    )


def _dataset(report: CheckReport, profile: Profile | None) -> str:
    errors, warnings = report.findings.count("error"), report.findings.count("warning")
    verdict = '<span class="good">good</span>' if report.good else '<span class="error">not good</span>'
    cards = (
        ("rows", report.rows), ("items", report.items), ("rejected rows", report.rows - report.items),
        ("errors", errors), ("warnings", warnings), ("files", report.files), ("bytes", report.bytes),
    )  # fmt: skip
    shown = "".join(f"<div><small>{name}</small><b>{count:,}</b></div>" for name, count in cards)
    return (
        f'<h2>{_escape(report.dataset)}: {verdict}</h2><div class="cards">{shown}</div>'
        + "".join(_finding(kind, found) for kind, found in report.findings)
        + (_columns(profile.columns) if profile and profile.columns else "")
    )


def _finding(kind: str, found: Found) -> str:
    words = checks()[kind]
    more = found.count - len(found.examples)
    rest = f"<p><small>and {more:,} more</small></p>" if more > 0 and found.examples else ""
    return (
        f'<h3><span class="{words.severity}">{words.severity}</span> {found.count:,} x '
        f"{_escape(words.sentence)} <small>{kind}</small></h3><p>{_escape(words.remedy)}</p>"
        + _table(("file", "line", "what", "value"), map(_example, found.examples))
        + rest
    )


def _example(one: Example) -> str:
    value = "" if one.value is None else f"<code>{_escape(repr(one.value))}</code>"
    line = "" if one.line is None else f"{one.line:,}" if one.unit == "line" else f"{one.unit} {one.line:,}"
    file, what = _escape(one.file), _escape(one.what)
    return f'<td><code>{file}</code></td><td class="n">{line}</td><td>{what}</td><td>{value}</td>'


def _columns(columns: Sequence[ColumnProfile]) -> str:
    headings = (
        "column",
        "type",
        "NULL",
        "",
        "different",
        "smallest",
        "largest",
        "characters",
        "spread of a sample",
    )
    return "<h3>Columns</h3>" + _table(headings, map(_column, columns))


def _column(column: ColumnProfile) -> str:
    nulls = column.nulls / column.rows if column.rows else 0
    lengths = "" if column.shortest is None else f"{column.shortest:,} to {column.longest:,}"
    about = "" if column.distinct_is_exact else "about "
    return (
        f"<td><b>{_escape(column.name)}</b></td><td>{column.type}</td>"
        f'<td class="n">{nulls:.1%}</td><td>{_share(column.nulls, column.rows)}</td>'
        f'<td class="n">{about}{column.distinct:,}</td><td><code>{_shown(column.smallest)}</code></td>'
        f'<td><code>{_shown(column.largest)}</code></td><td class="n">{lengths}</td>'
        f"<td>{_spread(column)}</td>"
    )


def _shown(value: object) -> str:
    if value is None:
        return ""
    text = f"{value:.12g}" if isinstance(value, float) else str(value)
    return _escape(text if len(text) <= 40 else text[:39] + "…")


def _table(headings: Sequence[str], rows: Iterable[str]) -> str:
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    if not body:
        return ""
    return f"<table><tr>{''.join(f'<th>{heading}</th>' for heading in headings)}</tr>{body}</table>"


def _escape(text: str) -> str:
    return escape_html(visible_lines(text))


def _spread(column: ColumnProfile) -> str:
    """Bars of a sample: of each value where there are few, of numbers by size, of texts by length."""
    sample = column.sample
    if not len(sample):
        return ""
    counts = sample.value_counts(sort=True)
    if counts.height <= _FEW:
        words = cast("list[str]", counts[counts.columns[0]].to_list())
        return _bars(cast("list[int]", counts["count"].to_list()), words)
    numbers = (
        sample.cast(pl.Float64, strict=False).drop_nulls() if column.is_number else sample.str.len_chars()
    )
    low, high = cast("float", numbers.min() or 0), cast("float", numbers.max() or 0)
    if low == high:
        return _bars([len(numbers)], [f"{low:g}"])
    step = (high - low) / _BINS
    bins = ((numbers - low) / step).floor().cast(pl.Int64).clip(0, _BINS - 1)
    found = dict(bins.value_counts().iter_rows())
    unit = "" if column.is_number else " characters"
    labels = [f"{low + place * step:g} to {low + (place + 1) * step:g}{unit}" for place in range(_BINS)]
    return _bars([found.get(place, 0) for place in range(_BINS)], labels)


def _bars(counts: Sequence[int], labels: Sequence[str]) -> str:
    """A bar for each count; the label shows where the pointer is."""
    tallest = max([*counts, 1])
    width = _WIDTH / len(counts)
    drawn: list[str] = []
    for place, (count, label) in enumerate(zip(counts, labels, strict=True)):
        height = _HEIGHT * count / tallest
        drawn.append(
            f'<rect x="{place * width:.1f}" y="{_HEIGHT - height:.1f}" width="{max(width - 1, 0.5):.1f}" '
            f'height="{height:.1f}"><title>{escape_html(label)}: {count:,}</title></rect>'
        )
    size = f'width="{_WIDTH}" height="{_HEIGHT}"'
    return f'<svg {size} role="img" aria-label="spread of the values">{"".join(drawn)}</svg>'


def _share(part: int, whole: int) -> str:
    """A bar that is filled as far as `part` is of `whole`."""
    filled = 60 * part / whole if whole else 0
    return (
        '<svg width="60" height="8" role="img" aria-label="share">'
        f'<rect class="rest" width="60" height="8"/><rect width="{filled:.1f}" height="8"/></svg>'
    )
