"""Patterns of dates and times, like `dd.MM.YYYY HH:mm`: which parts a text has, and in which order."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

Part = Literal["year", "month", "day", "hour", "minute", "second", "fraction", "half", "offset"]
OFFSET = "[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?"
REAL_OFFSET = "[Zz]|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?"
_TOKENS: dict[str, tuple[Part, str]] = {
    "YYYY": ("year", "[0-9]{4}"),
    "YY": ("year", "[0-9]{2}"),
    "MM": ("month", "[0-9]{2}"),
    "M": ("month", "[0-9]{1,2}"),
    "dd": ("day", "[0-9]{2}"),
    "d": ("day", "[0-9]{1,2}"),
    "HH": ("hour", "[0-9]{2}"),
    "H": ("hour", "[0-9]{1,2}"),
    "hh": ("hour", "[0-9]{2}"),
    "h": ("hour", "[0-9]{1,2}"),
    "mm": ("minute", "[0-9]{2}"),
    "ss": ("second", "[0-9]{2}"),
    "F": ("fraction", "[0-9]{1,9}"),
    "a": ("half", "[AaPp][Mm]"),
    "Z": ("offset", OFFSET),
}
# Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html
OF_DMS = frozenset(
    f"{day} HH:mm:ss{fraction}"
    for day in ("YYYY-MM-dd", "YYYY/MM/dd", "MM/dd/YYYY", "YYYYMMdd")
    for fraction in ("", ".F")
)
"""The patterns of DMS; the time of day may be missing in their texts, as in AWS's own sample file."""
_YEARS = {"YYYY": "[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000", "YY": "[0-9]{2}"}
_LEAP = "[2468][048]|[13579][26]"
_LEAPS = {
    "YYYY": f"[0-9]{{2}}(?:0[48]|{_LEAP})|(?:0[48]|{_LEAP})00",
    "YY": f"0[048]|{_LEAP}",  # 2000 was one
}
_DATES = (
    (_YEARS, "0[1-9]|1[0-2]", "0[1-9]|1[0-9]|2[0-8]"),
    (_YEARS, "0[13-9]|1[0-2]", "29|30"),
    (_YEARS, "0[13578]|1[02]", "31"),
    (_LEAPS, "02", "29"),
)
_CLOCKS = {
    "HH": "[01][0-9]|2[0-3]",
    "H": "[01]?[0-9]|2[0-3]",
    "hh": "0[1-9]|1[0-2]",
    "h": "0?[1-9]|1[0-2]",
    "mm": "[0-5][0-9]",
    "ss": "[0-5][0-9]",
    "F": "[0-9]{1,9}",
    "a": "[AaPp][Mm]",
    "Z": REAL_OFFSET,
}
_HALF_DAY = ("hh", "h")
_UNSTEADY = ("M", "d", "H", "h", "F")
# What Java, Excel, strftime and moment.js call the same.
_OTHERS = {
    **dict.fromkeys(("yyyy", "y", "Y", "uuuu"), "YYYY"),
    **dict.fromkeys(("DD", "D"), "dd"),
    **dict.fromkeys(("S", "SS", "SSS", "SSSSSS", "f", "FF", "FFF"), "F"),
    **dict.fromkeys(("X", "XX", "XXX", "x", "z"), "Z"),
    "yy": "YY",
    "m": "mm",
    "s": "ss",
    "A": "a",
    "T": "'T'",
}
_PIECE = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+|'")
_NEEDS: tuple[tuple[Part, Part], ...] = (
    ("minute", "hour"), ("second", "minute"), ("fraction", "second"), ("half", "hour"), ("offset", "hour"),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class DatePattern:
    """The pieces of a pattern in order: each a token, or text as written."""

    text: str
    pieces: tuple[tuple[str, str], ...]
    """(token, "") or ("", text)."""

    @property
    def tokens(self) -> dict[Part, str]:
        """The tokens by the part that they stand for."""
        return {_TOKENS[token][0]: token for token, _ in self.pieces if token}

    @property
    def half_days(self) -> bool:
        """Whether hours go to 12."""
        return self.tokens.get("hour") in _HALF_DAY

    def shape(self, *, offset_needed: bool = True, forms: Mapping[str, str] | None = None) -> str:
        """Return a regular expression of the texts, with a group for each part, or `forms` of the tokens.

        The fraction may be left out with the point or comma in front of it, and the offset with a space in
        front of it unless it is needed.
        """
        leads = {"F": ".,", "Z": "" if offset_needed else " "}
        shape = literal = ""
        for name, text in self.pieces:
            if not name:
                literal += text
                continue
            part, form = _TOKENS[name]
            group = f"(?P<{part}>{form})" if forms is None else f"(?:{forms[name]})"
            if literal and literal[-1] in leads.get(name, ""):
                shape += f"{re.escape(literal[:-1])}(?:{re.escape(literal[-1])}{group})?"
            else:
                left_out = "?" if name == "Z" and not offset_needed else ""
                shape += f"{re.escape(literal)}{group}{left_out}"
            literal = ""
        return shape + re.escape(literal)

    def places(self) -> dict[Part, tuple[int, int | None]] | None:
        """Return where each part is in every text, and how long; None where that differs by text.

        A fraction may be the last part: it is then all that follows.
        """
        found: dict[Part, tuple[int, int | None]] = {}
        at = 0
        for place, (name, text) in enumerate(self.pieces):
            if name == "F" and place == len(self.pieces) - 1:
                found["fraction"] = (at, None)
            elif name in _UNSTEADY or name == "Z":
                return None
            elif name:
                found[_TOKENS[name][0]] = (at, len(name) if name != "a" else 2)
            at += len(text) if not name else 2 if name == "a" else len(name)
        return found

    def valid(self, *, offset_needed: bool = True) -> str:
        """Return a regular expression of the texts that are real dates, of the years 1 to 9999, and times."""
        if "year" not in self.tokens:
            return self.shape(offset_needed=offset_needed, forms=_CLOCKS)
        found = (
            {**_CLOCKS, **years, "MM": month, "M": _bare(month), "dd": day, "d": _bare(day)}
            for years, month, day in _DATES
        )
        return "|".join(self.shape(offset_needed=offset_needed, forms=forms) for forms in found)


def _bare(form: str) -> str:
    """The same numbers with or without a zero in front."""
    return re.sub(r"(?<![0-9\[])0(?=[\[0-9])", "0?", form)


@cache
def date_pattern(text: str) -> DatePattern:
    """Read a pattern; raise ValueError for what is none."""
    pieces: list[tuple[str, str]] = []
    for found in _PIECE.finditer(text):
        piece, quoted = found[0], found[1]
        if piece == "'":
            raise ValueError("a quote is opened and not closed")
        if found[2] is None:
            literal = piece if quoted is None else quoted.replace("''", "'") or "'"
            pieces.append(("", literal))
        elif piece in _TOKENS:
            pieces.append((piece, ""))
        else:
            meant = f"did you mean {_OTHERS[piece]}?" if piece in _OTHERS else "put text as written in quotes"
            raise ValueError(f"{piece!r} is not one of {' '.join(_TOKENS)}; {meant}")
    pattern = DatePattern(text=text, pieces=tuple(pieces))
    _check(pattern)
    return pattern


def _check(pattern: DatePattern) -> None:
    tokens = [token for token, _ in pattern.pieces if token]
    parts = [_TOKENS[token][0] for token in tokens]
    for place, part in enumerate(parts):
        if part in parts[:place]:
            raise ValueError(f"the {part} is given twice")
    for part, need in _NEEDS:
        if part in parts and need not in parts:
            raise ValueError(f"a {part} without the {need}")
    if pattern.half_days != ("half" in parts):
        raise ValueError("hours to 12 are hh or h with a, hours to 23 are HH or H without it")
    for (token, _), (following, _) in zip(pattern.pieces, pattern.pieces[1:], strict=False):
        if token in _UNSTEADY and following and following not in ("a", "Z"):
            raise ValueError(f"after {token} there is no telling where {following} begins")
