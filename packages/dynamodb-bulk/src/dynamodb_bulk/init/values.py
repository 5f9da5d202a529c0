"""What all values of a CSV column look like: their forms, sizes and texts for NULL."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, cast

import polars as pl

# Texts that stand for no value in files of databases, spreadsheets and data frames.
NULL_TEXTS = ("", r"\N", "NULL", "null", "None", "NaN", "nan", "N/A", "n/a", "NA", "#N/A", "(null)", "-")
_NULL_BYTES = max(map(len, NULL_TEXTS))
_MOST_FORMS = 400
_FEW = 50
BOOLEANS = (
    ("true", "false"), ("yes", "no"), ("y", "n"), ("t", "f"), ("on", "off"), ("ja", "nein"), ("j", "n"),
    ("oui", "non"), ("si", "no"), ("wahr", "falsch"), ("vrai", "faux"),
)  # fmt: skip
_WORDS = {word for pair in BOOLEANS for word in pair}
_SIGN = r"[+-]?"
# Forms of values, in which 9 stands for any digit.
NUMBERS: dict[str, re.Pattern[str]] = {
    "whole": re.compile(rf"{_SIGN}9+"),
    "exponent": re.compile(rf"{_SIGN}(9+\.?9*|\.9+)[eE][+-]?9+"),
    "point": re.compile(rf"{_SIGN}9*\.9+"),
    "comma": re.compile(rf"{_SIGN}9*,9+"),
    "thousands .": re.compile(rf"{_SIGN}9{{1,3}}(\.999)+(,9+)?"),
    "thousands ,": re.compile(rf"{_SIGN}9{{1,3}}(,999)+(\.9+)?"),
    "thousands '": re.compile(rf"{_SIGN}9{{1,3}}('999)+(\.9+)?"),
    "thousands  ": re.compile(rf"{_SIGN}9{{1,3}}([ \u00a0\u202f]999)+(,9+)?"),
}
_CLOCK = r"9{1,2}:99(:99(\.9{1,9})?)?( ?[AaPp]\.?[Mm]\.?)?"
DATE = re.compile(
    r"(?P<a>9{1,4})(?P<s>[-./]| )(?P<b>9{1,2})(?P=s)(?P<c>9{1,4})"
    rf"(?:(?P<t>T| |, ?)(?P<clock>{_CLOCK})(?P<zone> ?(Z|[+-]99:?99))?)?"
)
_TIME = re.compile(r"99:99:99(\.9{1,9})?")


@dataclass(kw_only=True)
class ColumnFacts:
    """The facts of one column; `text`: some value can only be text, and nothing more is looked for.

    `whole` values are between `smallest` and `largest`, `forms` those of all others. `largest_parts` are of
    dates, from the left. `padded`: numbers with zeros in front.
    """

    name: str
    rows: int = 0
    longest: int = 0
    longest_bytes: int = 0
    nulls: Counter[str] = field(default_factory=Counter[str])
    text: bool = False
    forms: set[str] = field(default_factory=set[str])
    whole: int = 0
    smallest: int | None = None
    largest: int | None = None
    padded: bool = False
    signed: bool = False
    largest_parts: tuple[int, int] = (0, 0)
    example: str = ""

    @property
    def values(self) -> int:
        """How many values there are that are not a text for NULL."""
        return self.rows - self.nulls.total()

    def add(self, texts: pl.Series) -> None:
        """Take the values of some rows, null for an empty text."""
        self.rows += len(texts)
        self.nulls[""] += texts.null_count()
        sizes = texts.str.len_bytes()
        self._measure(texts, int(cast("Any", sizes.max()) or 0))
        short = texts.filter(sizes <= _NULL_BYTES)
        likely = short.is_in(NULL_TEXTS[1:]) if len(short) else None
        marked = bool(likely is not None and likely.any())
        if marked:
            for text, count in short.filter(cast("pl.Series", likely)).value_counts().iter_rows():
                self.nulls[text] += count
        if self.text:
            return
        values = texts.drop_nulls()
        if marked:
            values = values.filter(~values.is_in(NULL_TEXTS))
        self._take(values)

    def _measure(self, texts: pl.Series, most: int) -> None:
        self.longest_bytes = max(self.longest_bytes, most)
        if most > self.longest:
            self.longest = max(self.longest, int(cast("Any", texts.str.len_chars().max()) or 0))

    def _take(self, values: pl.Series) -> None:
        if not len(values):
            return
        if not self.example:
            self.example = values[0]
        if not self._may_be_typed(values.head(_FEW)):
            self.text = True
            return
        whole = values.cast(pl.Int64, strict=False)
        if whole.null_count() < len(values):
            self._take_whole(values, whole)
        others = values.filter(whole.is_null()) if whole.null_count() else values.clear()
        if len(others):
            self._take_forms(others)

    def _may_be_typed(self, few: pl.Series) -> bool:
        return all(is_typed(form_of(text)) for text in cast("list[str]", few.to_list()))

    def _take_whole(self, values: pl.Series, whole: pl.Series) -> None:
        self.whole += len(whole) - whole.null_count()
        smallest, largest = cast("int", whole.min()), cast("int", whole.max())
        self.smallest = smallest if self.smallest is None else min(self.smallest, smallest)
        self.largest = largest if self.largest is None else max(self.largest, largest)
        first = values.str.slice(0, 2)
        if not self.padded:
            self.padded = bool((((first >= "00") & (first <= "09")) | (first == "-0")).any())
        self.signed = self.signed or bool(first.str.starts_with("+").any())

    def _take_forms(self, values: pl.Series) -> None:
        if self.forms:
            known = "|".join(re.escape(form).replace("9", "[0-9]") for form in sorted(self.forms))
            unknown = values.filter(~values.str.contains(rf"\A(?:{known})\z"))
        else:
            unknown = values
        for form in unknown.str.replace_all("[0-9]", "9").unique() if len(unknown) else ():
            if len(self.forms) == _MOST_FORMS or not is_typed(form):
                self.text = True
                return
            self.forms.add(form)
        if not all(map(DATE.fullmatch, self.forms)):
            self._take_signs(values)
        elif not all(form.startswith("9999") for form in self.forms):
            parts = values.str.extract_groups(r"^([0-9]{1,4})[-./ ]([0-9]{1,2})[-./ ]").struct.unnest()
            one, other = (int(cast("Any", parts[name].cast(pl.Int32).max()) or 0) for name in ("1", "2"))
            self.largest_parts = max(self.largest_parts[0], one), max(self.largest_parts[1], other)
        else:
            month = values.str.slice(5, 2).str.strip_suffix("-").cast(pl.Int32, strict=False).max()
            self.largest_parts = 0, max(self.largest_parts[1], int(cast("Any", month) or 0))

    def _take_signs(self, values: pl.Series) -> None:
        first = values.str.slice(0, 2)
        self.padded = self.padded or bool(((first >= "00") & (first <= "09")).any())
        if not self.padded and bool((first == "-0").any()):
            self.padded = bool(values.str.contains("^-0[0-9]").any())


def form_of(text: str) -> str:
    """Return the form of a value: every digit as 9."""
    return re.sub("[0-9]", "9", text)


def is_typed(form: str) -> bool:
    """Whether values of the form may be of another type than text."""
    return (
        form.lower() in _WORDS
        or any(one.fullmatch(form) for one in NUMBERS.values())
        or bool(DATE.fullmatch(form) or _TIME.fullmatch(form))
    )


def is_time(form: str) -> bool:
    """Whether values of the form are times of a day."""
    return bool(_TIME.fullmatch(form))
