"""Check text for AWS, and make text safe to show."""

import json
import re
import unicodedata
from typing import Literal

Unit = Literal["line", "record"]
"""What the numbers of rows count: lines of a file, or records of an array, of Parquet or of Ion."""
_LINE_ENDS = "\n\t"
_UNITS = {"": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3, "TB": 1024**4}
# Control characters, formats that hide or turn round text, halves of surrogate pairs, other line ends.
_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def visible(text: str, kept: str = "") -> str:
    r"""The text with each character that acts on a terminal, or hides, as an escape: `\u001b`, `\u202e`.

    Those in `kept` stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        escape(one) if unicodedata.category(one) in _INVISIBLE and one not in kept else one for one in text
    )


def visible_lines(text: str) -> str:
    """Return the same of text that has lines and tabs."""
    return visible(text, kept=_LINE_ENDS)


def first_unfit(text: str) -> str | None:
    r"""The first character that no file, name or item can hold, as an escape: `\u0000`, half of a pair."""
    return next((escape(one) for one in text if one == "\0" or "\ud800" <= one <= "\udfff"), None)


def escape(character: str) -> str:
    """Return the character as JSON escapes it, so that JSON with it in a text is still JSON."""
    return json.dumps(character)[1:-1] if character != "\x7f" else "\\u007f"


def number_of(count: int, noun: str) -> str:
    """«1 file», «2,000 files»; for nouns whose plural ends in s."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def size_of(text: str) -> int:
    """Return the bytes of «256 MB», «1GB» or «1000»; raise ValueError for other texts."""
    found = re.fullmatch(r"([0-9]+) ?([KMGT]B|)", text.upper())
    if not found:
        raise ValueError(f"{text!r} is not a size, such as 256 MB")
    return int(found[1]) * _UNITS[found[2]]


def duration(seconds: float) -> str:
    """«<1 s», «12 s», «2.5 min», «3.0 h», «2.0 days»."""
    for unit, length in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:,.1f} {unit}"
    return "<1 s" if seconds < 1 else f"{seconds:,.0f} s"


def located(
    what: str, file: str, line: int | None = None, column: str | None = None, unit: Unit = "line"
) -> str:
    """«file, line 3, column a: what is wrong there»; `unit`: what the number counts."""
    in_column = f", column {column}" if column else ""
    return f"{place(file, line, unit)}{in_column}: {what}"


def place(file: str, line: int | None, unit: Unit = "line") -> str:
    """«file, line 3»."""
    return f"{file}, {unit} {line}" if line else file
