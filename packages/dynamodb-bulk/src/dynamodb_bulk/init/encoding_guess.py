"""The encoding of text that is not UTF-8, judged by the letters that it gives.

Each encoding gives other letters for the same bytes. A reading is the likelier, the better the letters of a
line are those of one language, by the order of their frequency, and where letters of their kind are.
"""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from dynamodb_bulk.spec.errors import InputError

_WESTERN = ("üäöß", "éèàêçôâîûùëïœ", "óíáéñúü", "ãçáéíóêõâúàô", "àèòùéì", "åäöøæé", "éëïèöü", "íáðéóöúæ")
_CENTRAL = (
    "íáéěřšžčýůúňóťď", "áíéčýšžúťľôňďäóĺŕ", "łęąóśżćńź", "áéíöóőüúű", "ăîâşţ", "čšžćđ", "üäöß",
)  # fmt: skip
_TURKISH = ("ıüşçğöİâî",)
_BALTIC = ("āīēšņļžķģčū", "ėšžąųįęčū", "äõüöšž")
_CYRILLIC = ("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", "оаинвіертскулмпдяьзбгйчюхїєжшцщфґ")
_GREEK = ("αοιετσνηυρπκμλςωόίάγήθδέχώύφβξζψϊϋ",)
_HEBREW = ("יוהלאמתברשנםעחקדפכטגזסןצךףץ",)
_ARABIC = ("اليمنرتوبةعدسفحكقأهجشطىصخإضذزثءئغآظؤ",)
_THAI = ("านรอกเงมยลวดทสตะปบคหแจพชขใไโผซธถณศฉัี่้ิ์ุูึืำ",)
# Languages of each encoding, the more common one first where two give the same text.
ENCODINGS: dict[str, tuple[str, ...]] = {
    "cp1252": _WESTERN, "latin-1": _WESTERN, "iso8859-15": _WESTERN,
    "cp1250": _CENTRAL, "iso8859-2": _CENTRAL,
    "cp1254": _TURKISH, "iso8859-9": _TURKISH, "cp1257": _BALTIC,
    "cp850": _WESTERN, "cp437": _WESTERN, "cp852": _CENTRAL, "mac-roman": _WESTERN,
    "cp1251": _CYRILLIC, "koi8-r": _CYRILLIC, "koi8-u": _CYRILLIC, "cp866": _CYRILLIC,
    "iso8859-5": _CYRILLIC, "mac-cyrillic": _CYRILLIC,
    "cp1253": _GREEK, "iso8859-7": _GREEK, "cp1255": _HEBREW, "cp1256": _ARABIC, "cp874": _THAI,
    "shift_jis": ("ja",), "cp932": ("ja",), "euc_jp": ("ja",), "gb18030": ("zh",), "big5": ("zh",),
    "euc_kr": ("ko",), "cp949": ("ko",),
}  # fmt: skip
_EAST_ASIAN = {"ja": -7.8, "zh": -7.8, "ko": -9.0}  # logarithm of the likelihood of an ideograph
_LATIN = {"cp1252", "latin-1", "iso8859-15", "cp1250", "iso8859-2", "cp1254", "iso8859-9", "cp1257", "cp850",
          "cp437", "cp852", "mac-roman"}  # fmt: skip
_WESTERN_TEXTS = ("cp1252", "iso8859-15")
_SIGNS = frozenset("“”„‘’‚–—…€°§£©®™«»№·×±²³½¼¾µ\u00a0\u3000、。・「」（）ー：，？！")  # noqa: RUF001
_SIGNS_APART = frozenset("£§²³½¼¾·×±µ")  # noqa: RUF001 - which hardly touch a letter
_SIGN, _UNLIKELY, _IMPOSSIBLE = -4.0, -9.0, -14.0
_KANA, _HANGUL = -4.4, -7.0
_CAPITAL, _CAPITAL_WITHIN, _MISPLACED = -1.5, -6.0, -5.0
_COMMON = {"cp1252": 0.0, "cp1250": -2.5, "cp1251": -2.5, "shift_jis": -2.5, "gb18030": -2.5, "euc_kr": -2.5}
_LESS_COMMON = -4.0
_SURE = 3.0  # 20 to 1, for the encoding of most files in Latin letters that are not UTF-8
_SURE_OF_OTHERS, _FEWEST_OF_OTHERS = 8.0, 8
_SAMPLE = 8_000
_SHOWN = 30
_NAMED = 4


@dataclass(frozen=True, kw_only=True)
class Reading:
    """An encoding, the text that it gives for a sample, and the logarithm of how likely that is."""

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
    every = 1 + sum(map(len, lines)) // _SAMPLE
    sample = b"\n".join(lines[::every])
    found: dict[str, Reading] = {}
    for encoding, languages in ENCODINGS.items():
        try:
            text = sample.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text not in found:
            score = sum(
                max(_score(line, language, latin=encoding in _LATIN) for language in languages)
                for line in text.split("\n")
            )
            score += _COMMON.get(encoding, _LESS_COMMON)
            found[text] = Reading(encoding=encoding, text=text, score=score)
    return sorted(found.values(), key=lambda one: -one.score)


def encoding_by_letters(file: str, lines: Sequence[bytes]) -> Reading:
    """Return the only likely reading of lines of a file; raise UnsureEncodingError if there are several."""
    found = readings(lines)
    if not found:
        raise UnsureEncodingError(file, found)
    best, *others = found
    letters = sum(not one.isascii() for one in best.text)
    western = best.encoding in _WESTERN_TEXTS
    margin = best.score - others[0].score if others else math.inf
    sure = margin >= (_SURE if western else _SURE_OF_OTHERS) and (western or letters >= _FEWEST_OF_OTHERS)
    if not sure or best.score < letters * _UNLIKELY / 2:
        raise UnsureEncodingError(file, found[:_NAMED])
    return best


def _score(text: str, language: str, *, latin: bool) -> float:
    ranks = {letter: rank for rank, letter in enumerate(language)}
    total = sum(1 / (rank + 1.5) for rank in range(len(language)))
    before, score = "", 0.0
    for here, after in zip(text, (*text[1:], ""), strict=True):
        if not here.isascii():
            if language in _EAST_ASIAN:
                score += _east_asian(here, language)
            else:
                score += _of_letter(here, before, ranks, total)
                score += _of_place(here, before, after, latin=latin)
        before = here
    return score


def _of_letter(here: str, before: str, ranks: dict[str, int], total: float) -> float:
    if here in _SIGNS:
        return _SIGN
    rank = ranks.get(here, ranks.get(here.lower()))
    if rank is None:
        return _IMPOSSIBLE if unicodedata.category(here)[0] == "C" else _UNLIKELY
    likely = math.log(1 / (rank + 1.5) / total)
    if here.isupper():
        likely += _CAPITAL_WITHIN if before.islower() else _CAPITAL
    return likely


def _of_place(here: str, before: str, after: str, *, latin: bool) -> float:
    """Letters of Latin words stand among those of ASCII, and those of other scripts do not."""
    if not here.isalpha():
        touches = [one.isalpha() for one in (before, after)]
        return (
            _MISPLACED if any(touches) and here in _SIGNS_APART else _MISPLACED / 2 if all(touches) else 0.0
        )
    neighbours = [one for one in (before, after) if one.isalpha()]
    if latin:
        return _MISPLACED if len(neighbours) == 2 and not any(map(str.isascii, neighbours)) else 0.0
    return _MISPLACED if any(map(str.isascii, neighbours)) else 0.0


def _east_asian(here: str, language: str) -> float:
    if here in _SIGNS:
        return _SIGN
    code = ord(here)
    if 0x3041 <= code <= 0x30FF:
        return _KANA if language == "ja" else _IMPOSSIBLE
    if 0xAC00 <= code <= 0xD7A3:
        return _HANGUL if language == "ko" else _IMPOSSIBLE
    if not 0x4E00 <= code <= 0x9FFF:
        return _IMPOSSIBLE
    return _EAST_ASIAN[language] if _is_common(here) else _IMPOSSIBLE


def _is_common(ideograph: str) -> bool:
    """Whether it is among the common ones of a standard: level 1 of GB 2312, JIS X 0208 or Big5."""
    for encoding, first, last in (("gb2312", 0xB0, 0xD7), ("euc_jp", 0xB0, 0xCF), ("big5", 0xA4, 0xC6)):
        try:
            if first <= ideograph.encode(encoding)[0] <= last:
                return True
        except UnicodeEncodeError:
            continue
    return False
