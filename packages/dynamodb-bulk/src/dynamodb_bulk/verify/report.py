"""The report of a verification, and all differences for a file."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from rich.markup import escape

from dynamodb_bulk.spec.text import duration, number_of
from dynamodb_bulk.verify.verification import Difference, Verification

EXAMPLES = 5
_STATES = {
    "changing": "changed while the table was verified",
    "agrees": "agreed when it was read again",
    "expired": "has expired",
}
_NOTES = {
    "repeated": ("row", "with a duplicate key; either row may be the right one"),
    "conditional": ("item", "different from the files, which a condition may have kept"),
    "extra": ("item", "extra, in a table that the load did not create"),
    "expired": ("item", "missing and expired"),
    "agrees": ("item", "that differed at first and matched when read again"),
}
_SHOWN = 120


def summary(found: Verification) -> dict[str, Any]:
    """Return the report as plain values, with the differences that the text shows."""
    counts = found.counts
    return {
        "table": found.table,
        "by": found.by,
        "good": found.good,
        "verdict": found.verdict,
        "expected": found.expected,
        "found": found.found,
        "same": found.same,
        **{
            kind: counts[kind]
            for kind in ("missing", "extra", "different", "conditional", "changing", "agrees", "expired")
        },
        "loads": [asdict(load) for load in found.loads],
        "repeated": found.repeated,
        "seconds": found.seconds,
        "read_units": found.read_units,
        "examples": [asdict(one) for one in examples(found)],
    }


def lines(found: Verification, name: str) -> Iterator[str]:
    """Yield the report as lines in rich's markup."""
    colour = "green" if found.good else "yellow" if found.changing else "red"
    yield (
        f"[bold]{escape(name)}[/]: [{colour}]{escape(found.verdict)}[/]: {found.found:,} items in "
        f"{escape(found.by)}, {found.expected:,} keys in the files, {found.same:,} the same, "
        f"{duration(found.seconds)}" + (f", {found.read_units:,.0f} read units" if found.read_units else "")
    )
    yield from _shares(found)
    counts = found.counts + Counter(repeated=found.repeated)
    if not found.extra_allowed:
        counts["extra"] = 0  # they are in the verdict
    for kind, (noun, words) in _NOTES.items():
        if counts[kind]:
            yield f"  {number_of(counts[kind], noun)} {words}"
    if found.changing:
        yield (
            "  [yellow]the table is changing[/]: differences are not counted as failures; "
            "verify again when the table is idle"
        )
    shown = examples(found)
    for one in shown:
        yield f"  {escape(sentence(one))}"
    rest = len(found.differences) + sum(found.unlisted.values()) - len(shown)
    if rest:
        yield f"  … and {rest:,} more; --out FILE writes all of them"


def _shares(found: Verification) -> Iterator[str]:
    if len(found.loads) == 1 and not any(load.condition or load.rejected for load in found.loads):
        return
    for load in found.loads:
        condition = f"; its condition {load.condition} may have kept others" if load.condition else ""
        rejected = f"; {load.rejected:,} rejected rows" if load.rejected else ""
        yield escape(f"  {load.name}: {load.keys:,} keys, {load.held:,} items its own{condition}{rejected}")


def examples(found: Verification) -> list[Difference]:
    """Return the first of each kind."""
    shown: list[Difference] = []
    for kind in ("different", "missing", "extra"):
        alike = [one for one in found.differences if one.kind == kind]
        alike.sort(key=lambda one: (one.conditional, one.state != "stays"))
        shown += alike[:EXAMPLES]
    return shown


def sentence(one: Difference) -> str:
    """Return one difference."""
    key = _short(one.key)
    at = f" ({one.place})" if one.place else ""
    state = f"; it {_STATES[one.state]}" if one.state in _STATES else ""
    if one.kind == "missing":
        return f"missing {key}{at}{state}"
    if one.kind == "extra":
        return f"in no file {key}{state}"
    told = "; ".join(
        f"{name}: {_side(sides, 'expected', 'not in the files')}, found {_side(sides, 'found', 'nothing')}"
        for name, sides in list(one.attributes.items())[:EXAMPLES]
    )
    return f"different {key}{at}: {told}{state}"


def record(one: Difference) -> dict[str, Any]:
    """Return all of one difference, for a file."""
    return {name: value for name, value in asdict(one).items() if value not in ("", None, {}, False)}


def _side(sides: dict[str, Any], side: str, otherwise: str) -> str:
    word = "expected " if side == "expected" else ""
    return f"{word}{_short(sides[side])}" if side in sides else otherwise


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
