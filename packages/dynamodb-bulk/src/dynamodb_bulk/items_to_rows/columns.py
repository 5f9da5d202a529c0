"""Find each column's text in the texts of an item, and the columns that are in none."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dynamodb_bulk.items_to_rows.template_tree import Leaf
from dynamodb_bulk.spec.columns import Column


@dataclass(frozen=True, kw_only=True)
class Source:
    """The leaf that gives the columns in `gives`; the others in its template are known before."""

    leaf: Leaf
    gives: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Lost:
    """A column that items do not give back, and why."""

    column: str
    reason: str


def find_sources(
    columns: Sequence[Column], leaves: Sequence[Leaf]
) -> tuple[tuple[Source, ...], tuple[Lost, ...]]:
    """Return the sources in the order in which they can be read, and the columns that are lost."""
    patterns = value_patterns(columns)
    sources: list[Source] = []
    known: set[str] = set()
    for column in columns:
        best = min(
            (leaf for leaf in leaves if _gives_alone(leaf, column.name)),
            key=lambda leaf, number=column.column_type.is_number: _rank(leaf, number=number),
            default=None,
        )
        if best:
            sources.append(Source(leaf=best, gives=(column.name,)))
            known.add(column.name)
    texts = [leaf for leaf in leaves if leaf.kind == "S" and len(leaf.columns) > 1]
    for most in (1, len(columns)):
        for leaf in sorted(texts, key=lambda leaf: len(_unknown(leaf, known))):
            unknown = _unknown(leaf, known)
            once = all(leaf.columns.count(name) == 1 for name in unknown)
            if unknown and once and len(unknown) <= most and (len(unknown) == 1 or _apart(leaf, patterns)):
                sources.append(Source(leaf=leaf, gives=unknown))
                known.update(unknown)
    lost = tuple(
        Lost(column=column.name, reason=_why(column.name, leaves))
        for column in columns
        if column.name not in known
    )
    return tuple(sources), lost


def value_patterns(columns: Sequence[Column]) -> Mapping[str, str | None]:
    """Return what a template between others may be taken for, by the name of its column; None: any text."""
    return {column.name: column.column_type.pattern for column in columns}


def cutting_patterns(leaf: Leaf, patterns: Mapping[str, str | None]) -> tuple[str, str]:
    """Return two patterns with a group per column: one matches the longest texts from the left, one the
    shortest.

    If both give the same, there is no other way to split the text.
    """
    longest, shortest = r"(?s)\A", r"(?s)\A"
    for place, piece in enumerate(leaf.pieces):
        if place % 2 == 0:
            longest += re.escape(piece)
            shortest += re.escape(piece)
            continue
        form = patterns[piece]
        if form is None:
            longest += "(.*)"
            shortest += "(.*?)"
        else:
            lazy = form.replace("+", "+?").replace(")?", ")??")
            longest += f"((?:{form})?)"
            shortest += f"((?:{lazy})??)"
    return longest + r"\z", shortest + r"\z"


def _apart(leaf: Leaf, patterns: Mapping[str, str | None]) -> bool:
    """Return whether no two texts that can be anything stand side by side."""
    free = [patterns.get(name) is None for name in leaf.columns]
    between = leaf.pieces[2:-1:2]
    return not any(
        not literal and first and second
        for literal, first, second in zip(between, free, free[1:], strict=False)
    )


def _gives_alone(leaf: Leaf, column: str) -> bool:
    return leaf.sole == column or (leaf.kind == "S" and leaf.columns == (column,))


def _rank(leaf: Leaf, *, number: bool) -> int:
    """Texts keep more of a number than numbers do (1.50), and an entire text more than one in others."""
    if leaf.kind == "N" and number:
        return 2
    if leaf.delimiter is not None:
        return 4
    if leaf.sole is not None:
        return 0 if leaf.kind == "S" else 1
    return 1 if number else 3


def _unknown(leaf: Leaf, known: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in leaf.columns if name not in set(known)))


def _why(column: str, leaves: Sequence[Leaf]) -> str:
    inside = [leaf for leaf in leaves if column in leaf.columns]
    if not inside:
        return "no attribute is made of it"
    names = ", ".join(dict.fromkeys(leaf.shown for leaf in inside))
    return f"it is only in {names}, where it cannot be separated from the text next to it"
