"""The encoding of text that is not UTF-8, as chardet judges it, and short Western text in cp1252.

A reading is what an encoding makes of the bytes. Its score is chardet's confidence (0 to 1), less for words
with signs or capitals inside. On a few letters chardet is often wrong: a reading is taken only if it has 8
letters beyond ASCII or more, a score of 0.03 or more, and twice the score of the next one (gb18030: four
times).

cp1252 is taken, however short the text, where its letters and signs beyond ASCII stand as in Western text
and no other reading is clearly likelier: its score has to be a part of the best other score. The part is
large for letters whose bytes are others in Central Europe (the "ñ" of cp1252 is the "ń" of cp1250).
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from dynamodb_bulk.spec.errors import InputError

# Of two that give one text, the first is named. chardet judges those in _JUDGED_AS under another name.
ENCODINGS = (
    "cp1252", "iso8859-15", "cp1250", "iso8859-2", "cp1254", "iso8859-9", "cp1257", "cp850", "cp437", "cp852",
    "mac-roman", "cp1251", "koi8-r", "koi8-u", "cp866", "iso8859-5", "mac-cyrillic", "cp1253", "iso8859-7",
    "cp1255", "iso8859-8", "cp1256", "iso8859-6", "cp874", "cp932", "euc_jp", "gb18030", "big5",
    "cp949",
)  # fmt: skip
_JUDGED_AS = {"euc_jp": "euc_jis_2004", "big5": "big5hkscs"}
_SURE, _LIKELY, _FEWEST = 2.0, 0.03, 8
_SURE_OF_CHINESE = 4.0  # as gb18030 has a common character for nearly any two bytes of Japanese
_LOWER, _UPPER = "à-öø-ÿœß", "À-ÖØ-ÞŒ"
_IN_PLACE = re.compile(
    rf"(?<=[A-Za-z])[{_LOWER}]{{1,2}}(?![^\W\d_a-z])|(?<![^\W\d_])[{_UPPER}{_LOWER}][{_LOWER}]?(?=[a-z])"
    rf"|(?<![^\W\d_a-zA-Z])[{_UPPER}]{{1,2}}(?=[A-Z])|(?<=[A-Z])[{_UPPER}]{{1,2}}(?![^\W\d_A-Z])"
    r"|(?<!\w)[“«¿¡](?=\w)|(?<=[\w.!?])[”»](?!\w)|(?<=\b[A-Za-z])’(?=\w)|’(?=s\b)"  # noqa: RUF001
    r"|(?<=\d)€|(?<=\d )€|€(?=\d)|(?<= )[–—](?= )|[£©](?=\d)|(?<=\d)°|(?<=\d )°(?=[CF]\b)"  # noqa: RUF001
    r"|(?<![^\W\d])[½¼¾](?!\w)|(?<!\w)é(?!\w)|(?<![^\W\d])µ(?=[mglsAVWF]\b)"
)
# Letters that cp1250 reads alike, or as what no language has there: Polish has no "ń" before a vowel, and
# Czech no "ř" before "d", "g" or "r" or behind "s" at the end; or that cp1257 reads as what no Baltic
# language has, such as "aī" and "chā".
_ALIKE = re.compile(
    "[éöüäßíóëúôåÄÖÜÉÅ]|(?<![aeiou])á|á(?=[a-z])|ç(?=[aeiouáãéêóôõ])"
    r"|(?<=é[a-z])è|ã(?=[eo])|õ(?=e)|ñ(?=[aeiouáéíóú])|ø(?=[dgr])|(?<=s)ø\b|µ"
    r"|(?<=[aoAO])[îû]|\b[Îî](?=les?\b)|(?<=\b[Nn])î(?=m)|(?<=\b[Dd])î(?=n)|(?<=ab)î|(?<=[Cc]h)â"
    r"|â(?=teau|timent|ch|ges?\b)|(?<=\b[Pp])â(?=te)|\b[Êê](?=tre)|(?<=for)ê|(?<=\b[Ffm])ê(?=[tm]e)"
)
# What hardly a Western word has, and cp1252 makes of words in other encodings: of "ň" and "Ř" in cp1250,
# of "ß" in cp850, of "ň", "ń" and "š" in cp852 (as "ç" behind most consonants), of "ū" in cp1257, and of "Î"
# on a Mac.
_ELSEWHERE = re.compile(
    r"[aeyáéý]ò|[bdfghjkmqstvwxz]ç|[Øø](?=[à-öø-ÿ])|(?:[aeo]|ei|au)á(?=[a-z])|áe|[ae]å\b|[aou]ä|\bë"
    r"|ç(?!on|oi|ai|ant|ade|al|am|ao|or|ue?s?\b|[ao]s?\b|[ãõáéíóúêô])|(?<![Pp]r)(?<=[ai])ças?\b"
    r"|(?<![aoAO])(?<!\bd)û(?!rs?\b|re|l|ch|te)"
)
# The parts of the best other score, by the letters of a text.
_SIGNS_ONLY, _ALIKE_ONLY, _MOSTLY_ALIKE, _OTHERS, _FEW_OTHERS, _MAYBE_TURKISH = 0.05, 0.2, 0.55, 0.6, 1.5, 3.0
_QUOTES = re.compile(r"(?<!\w)[“„«¿¡]|(?<=\w)[”»“](?!\w)|’|°(?=[CF]\b)")  # noqa: RUF001
_ODD = re.compile(r"[^\W\d_][^\w\s\x00-\x7f\u0300-\u0e7f]|[^\w\s\x00-\x7f\u0300-\u0e7f][^\W\d_]")
_CONTROLS = re.compile("[\x80-\x9f]")
_SAMPLE = 8_000
_SHOWN = 30
_NAMED = 4


@dataclass(frozen=True, kw_only=True)
class Reading:
    """An encoding, the text that it gives for a sample, and how likely that is, from 0 to 1."""

    encoding: str
    text: str
    score: float

    @property
    def example(self) -> str:
        """The first value with a letter beyond ASCII."""
        value = next((word for word in self.text.split() if not word.isascii()), self.text)
        at = next((place for place, one in enumerate(value) if not one.isascii()), 0)
        start = max(0, at - _SHOWN // 2)
        return "".join(one if one.isprintable() else "?" for one in value[start : start + _SHOWN])


class UnsureEncodingError(InputError):
    """The text of a file has more than one likely `readings`, the likeliest first."""

    def __init__(self, file: str, readings: Sequence[Reading]) -> None:
        self.readings = readings
        shown = ", ".join(f"{one.encoding} ({one.example})" for one in readings) or "none that is known"
        super().__init__(
            file,
            f"its text is not UTF-8, and its encoding is not sure; likely: {shown}",
            "pass --encoding NAME with the one whose text is right",
        )


def readings(lines: Sequence[bytes]) -> list[Reading]:
    """Return the readings of lines that are not UTF-8, each text once, the likeliest first."""
    from chardet import detect_all

    every = 1 + sum(map(len, lines)) // _SAMPLE
    sample = b"\n".join(lines[::every])
    judged = [_JUDGED_AS.get(encoding, encoding) for encoding in ENCODINGS]
    found = detect_all(sample, ignore_threshold=True, include_encodings=judged, compat_names=False)
    confidence = {one["encoding"]: one["confidence"] for one in found}
    by_text: dict[str, Reading] = {}
    for encoding, name in zip(ENCODINGS, judged, strict=True):
        try:
            text = sample.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROLS.search(text):
            continue
        score = confidence.get(name, 0.0) * _orderly(text)
        first = by_text.setdefault(text, Reading(encoding=encoding, text=text, score=score))
        if score > first.score:
            by_text[text] = Reading(encoding=first.encoding, text=text, score=score)
    return sorted(by_text.values(), key=lambda one: -one.score)


def encoding_by_letters(file: str, lines: Sequence[bytes]) -> Reading:
    """Return the only likely reading of lines of a file; raise UnsureEncodingError if there are several."""
    found = readings(lines)
    for one in found:
        second = max((other.score for other in found if other is not one), default=0.0)
        if one.encoding == "cp1252" and one.score and one.score >= _western_part(one.text) * second:
            return one
        letters = sum(not letter.isascii() for letter in one.text)
        sure = _SURE_OF_CHINESE if one.encoding == "gb18030" else _SURE
        if letters >= _FEWEST and one.score >= max(_LIKELY, sure * second):
            return one
    raise UnsureEncodingError(file, found[:_NAMED])


def _western_part(text: str) -> float:
    """Return the part of the best other score that cp1252 needs for a text, infinite for no Western text."""
    paired = text.count("“") == text.count("”") and text.count("«") == text.count("»")
    if not _IN_PLACE.sub("", text).isascii() or not paired:
        return math.inf
    letters = [one for one in text if not one.isascii() and one.isalpha()]
    if len(letters) < _FEWEST and _ELSEWHERE.search(text):
        return math.inf
    others = [one for one in _ALIKE.sub("", text) if not one.isascii() and one.isalpha()]
    if not others:
        return _ALIKE_ONLY if letters else _SIGNS_ONLY
    rare = "àïûœÀâî" if len(others) < len(letters) else "àïûœÀ"  # "â" and "î" alone may be Baltic
    if len(others) * 4 <= len(letters) or set(others) <= set(rare):
        return _MOSTLY_ALIKE
    if len(letters) >= _FEWEST:
        return _OTHERS
    return _MAYBE_TURKISH if set("ðþýÐÞÝ").intersection(others) else _FEW_OTHERS


def _orderly(text: str) -> float:
    """Return the share of words with letters beyond ASCII that have no sign or capital inside, squared."""
    words = [_QUOTES.sub("", word) for word in re.split(r"[\s,;|]+", text) if not word.isascii()]
    odd = sum(bool(_ODD.search(word)) or _mixed_case(word) for word in words)
    return (1 - odd / len(words)) ** 2 if words else 1.0


def _mixed_case(word: str) -> bool:
    return any(one.islower() and after.isupper() for one, after in pairwise(word))
