"""The type of a CSV column, by the facts of all its values, with the doubts about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dynamodb_bulk.init.date_layout import date_column
from dynamodb_bulk.init.values import BOOLEANS, NUMBERS, ColumnFacts, is_time

_DIGITS = 38
_INTEGERS = (("INT2", 2**15 - 1), ("INT4", 2**31 - 1), ("INT8", 2**63 - 1))
_LENGTHS = (1, 2, 3, 5, 10, 20, 50, 100, 200, 255, 500, 1000, 2000, 4000, 10_000, 100_000)
_STRING_NULLS = ("", r"\N")  # taken for NULL in a column of text too


@dataclass(kw_only=True)
class Choice:
    """A column as it is written in a dataset file, and the comment behind it."""

    keys: dict[str, Any]
    note: str = ""
    doubts: list[str] = field(default_factory=list[str])

    @property
    def is_text(self) -> bool:
        """Whether its values are texts."""
        return self.keys["type"] in ("STRING", "CLOB")


@dataclass(frozen=True, kw_only=True)
class Notation:
    """How numbers of the files are written."""

    decimal: str = "."
    thousands: str = ""
    doubt: str = ""


def notation_of(facts: Sequence[ColumnFacts], delimiter: str) -> Notation:
    """Return the notation in which most columns are numbers; a file with `;` is likely of decimal commas."""
    clear: dict[str, int] = {".": 0, ",": 0}
    signs: dict[str, str] = {".": "", ",": ""}
    unclear: list[str] = []
    for column in facts:
        kinds = [] if column.text else [_kinds(form) for form in column.forms]
        if not kinds or not all(kinds):
            continue
        for decimal in clear:
            needed = _needed(decimal)
            if all(kind & needed for kind in kinds) and any(kind <= needed for kind in kinds):
                clear[decimal] += 1
                found = {one[-1] for kind in kinds for one in kind & needed if one.startswith("thousands")}
                certain = {
                    one[-1] for kind in kinds if kind <= needed for one in kind if one[:9] == "thousands"
                }
                signs[decimal] = next(iter(certain or found), signs[decimal])
        if all(len(kind) > 1 and "whole" not in kind for kind in kinds):
            unclear.append(column.name)
    if clear["."] == clear[","]:
        decimal = "," if delimiter == ";" and any(map(_with_comma, facts)) else "."
    else:
        decimal = max(clear, key=lambda one: clear[one])
    other = "," if decimal == "." else "."
    if (
        unclear
        and not signs[decimal]
        and any(_has(column, other) for column in facts if column.name in unclear)
    ):
        signs[decimal] = other
    doubt = (
        f"{', '.join(unclear[:3])}: the sign in 1.234 and 1,234 may begin a fraction or part thousands"
        if unclear
        else ""
    )
    return Notation(decimal=decimal, thousands=signs[decimal], doubt=doubt)


def _with_comma(facts: ColumnFacts) -> bool:
    return _has(facts, ",")


def _has(facts: ColumnFacts, sign: str) -> bool:
    return not facts.text and any(sign in form and _kinds(form) for form in facts.forms)


def choose(facts: ColumnFacts, notation: Notation) -> Choice:
    """Return the type of a column."""
    if not facts.values:
        return Choice(keys={"type": "STRING", "length": 10}, note="always empty")
    choice = None
    if not facts.text:
        choice = _number(facts, notation) or _boolean(facts) or date_column(facts, Choice) or _time(facts)
    return choice or _text(facts)


def null_texts(facts: Sequence[ColumnFacts], choices: Sequence[Choice]) -> tuple[list[str], list[str]]:
    """Return the texts for NULL, and doubts about them."""
    texts: dict[str, None] = {}
    in_text: dict[str, list[str]] = {}
    for column, choice in zip(facts, choices, strict=True):
        for text, count in column.nulls.items():
            if not count:
                continue
            if not choice.is_text or text == r"\N" or (text in ("NULL", "null") and column.values):
                texts[text] = None
            if choice.is_text and text not in _STRING_NULLS:
                in_text.setdefault(text, []).append(f"{column.name} ({count:,})")
    if not texts:
        texts[""] = None
    doubts = [
        f"{text} stands for NULL: also in the text of {', '.join(columns[:3])}"
        if text in texts
        else f"{text} is in the text of {', '.join(columns[:3])} and stays; add it here if it stands for NULL"
        for text, columns in in_text.items()
    ]
    return list(texts), doubts


def _text(facts: ColumnFacts) -> Choice:
    doubts: list[str] = []
    kind = "STRING"
    length = next((one for one in _LENGTHS if one >= facts.longest), facts.longest)
    note = f"at most {facts.longest:,} characters"
    if facts.padded and not facts.text:
        note += ", numbers with zeros in front, kept as text"
    elif facts.signed and not facts.text:
        note += ", numbers with a plus in front, kept as text"
    return Choice(keys={"type": kind, "length": length}, note=note, doubts=doubts)


def _number(facts: ColumnFacts, notation: Notation) -> Choice | None:
    if facts.padded or facts.signed or any(form.startswith("+") for form in facts.forms):
        return None
    kinds = [
        _kinds(form) & (_needed(notation.decimal) | {f"thousands {notation.thousands}"})
        for form in facts.forms
    ]
    if not all(kinds):
        return None
    if not facts.forms:
        return _whole(facts)
    if any("exponent" in kind for kind in kinds):
        return Choice(keys={"type": "REAL8"}, note="numbers with an exponent")
    before = after = 0
    for form in facts.forms:
        digits, _, fraction = form.lstrip("-").partition(notation.decimal)
        before = max(before, digits.count("9"))
        after = max(after, len(fraction))
    for bound in (facts.smallest, facts.largest):
        before = max(before, len(str(abs(bound))) if bound is not None else 0)
    if before + after > _DIGITS or after > 31:
        return Choice(
            keys={"type": "STRING", "length": next((one for one in _LENGTHS if one >= facts.longest), 1000)},
            note=f"numbers of up to {before + after} digits, over the {_DIGITS} of DynamoDB: kept as text",
        )
    precision = before + after
    return Choice(
        keys={"type": "NUMERIC", "precision": max(1, precision), "scale": after},
        note=f"at most {before} digits" + (f" and {after} decimals" if after else ""),
    )


def _whole(facts: ColumnFacts) -> Choice:
    smallest, largest = facts.smallest or 0, facts.largest or 0
    most = max(largest, -smallest - 1)
    kind = next(name for name, bound in _INTEGERS if most <= bound)
    choice = Choice(keys={"type": kind}, note=f"{smallest:,} to {largest:,}")
    days = [f"{bound:08}" for bound in (smallest, largest)]
    if all(
        len(day) == 8 and "19" <= day[:2] <= "20" and "01" <= day[4:6] <= "12" and "01" <= day[6:] <= "31"
        for day in days
    ):
        choice.doubts.append("may be dates, as YYYYMMdd; kept as numbers")
    if (smallest, largest) == (0, 1):
        choice.doubts.append("may be a yes and no: then write type BOOLEAN")
    return choice


def _boolean(facts: ColumnFacts) -> Choice | None:
    words = {form.lower() for form in facts.forms}
    if facts.whole or not words:
        return None
    pair = next((pair for pair in BOOLEANS if words <= set(pair)), None)
    if pair is None or (len(words) == 1 and pair[0] not in ("true", "yes", "ja")):
        return None
    if pair == ("true", "false"):
        return Choice(keys={"type": "BOOLEAN"})
    of = {
        kind: sorted(form for form in facts.forms if form.lower() == word)
        for kind, word in zip(("true", "false"), pair, strict=True)
    }
    texts = {kind: found or [word] for (kind, found), word in zip(of.items(), pair, strict=True)}
    return Choice(keys={"type": "BOOLEAN", "booleans": texts}, note="text with two values")


def _time(facts: ColumnFacts) -> Choice | None:
    if facts.whole or not all(map(is_time, facts.forms)):
        return None
    return Choice(keys={"type": "TIME"})


def _kinds(form: str) -> set[str]:
    return {kind for kind, pattern in NUMBERS.items() if pattern.fullmatch(form)}


def _needed(decimal: str) -> set[str]:
    if decimal == ".":
        return {"whole", "exponent", "point", "thousands ,", "thousands '"}
    return {"whole", "comma", "thousands .", "thousands  "}
