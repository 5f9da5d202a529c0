"""What all bytes of text files show: their encoding and line ends."""

import codecs
from collections.abc import Sequence
from dataclasses import dataclass, field

from dynamodb_bulk.csv.encodings import encoding_of
from dynamodb_bulk.init.opening import DataFile
from dynamodb_bulk.spec.errors import InputError

_CHUNK = 4 * 1024 * 1024
# https://www.unicode.org/Public/MAPPINGS/VENDORS/MICSFT/WindowsBestFit/bestfit1252.txt
_NOT_IN_CP1252 = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))
_UTF16_SHARE = 0.3


@dataclass(kw_only=True)
class TextFacts:
    """The encoding of some files, their line ends by kind, and `doubts` to be shown."""

    encoding: str = "utf-8"
    marked: bool = False
    line_ends: dict[str, int] = field(default_factory=lambda: {"\n": 0, "\r\n": 0, "\r": 0})
    escapes: bool = False
    doubts: list[str] = field(default_factory=list[str])


def text_facts(files: Sequence[DataFile]) -> TextFacts:
    """Read all bytes of the files; raise InputError for files of different encodings."""
    facts = TextFacts()
    found: dict[str, str] = {}
    for file in files:
        found.setdefault(_read(file, facts), file.shown)
    kinds = {encoding for encoding in found if encoding != "ascii"}
    if len(kinds) > 1:
        (first, one), (second, other) = [(kind, found[kind]) for kind in sorted(kinds)][:2]
        what = f"the text is {second}, but that of {one} is {first}"
        raise InputError(other, what, "write all files in one encoding, best UTF-8")
    facts.encoding = (*kinds, "utf-8")[0]
    if facts.encoding in ("cp1252", "latin-1"):
        facts.doubts.append(
            f"not UTF-8; taken for {facts.encoding}, in which every byte here is a character: "
            "look at words with accents in `bulk show … items`"
        )
    if facts.line_ends["\r"] and not facts.line_ends["\n"] + facts.line_ends["\r\n"]:
        raise InputError(
            files[0].shown, "its lines end with \\r", "write it again, for example with mac2unix"
        )
    return facts


def _read(file: DataFile, facts: TextFacts) -> str:
    """Return the encoding of a file: `ascii` where any of them would do."""
    utf8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
    ascii_only, undefined, ends_with_return, first = True, False, False, True
    encoding = ""
    with file.open() as stream:
        while chunk := stream.read(_CHUNK):
            if first:
                first = False
                encoding, mark = encoding_of(chunk, _without_mark(chunk))
                facts.marked |= bool(mark)
                if encoding:
                    chunk = chunk[mark:]
            if encoding.startswith(("utf-16", "utf-32")):
                width = 2 if encoding.startswith("utf-16") else 4
                chunk = chunk[::width] if encoding.endswith("le") else chunk[width - 1 :: width]
            _count_line_ends(chunk, facts, after_return=ends_with_return)
            ends_with_return = chunk.endswith(b"\r")
            if not chunk.isascii():
                ascii_only = False
                undefined = undefined or any(byte in chunk for byte in _NOT_IN_CP1252)
            try:
                _ = utf8.decode(chunk) if utf8 and not ascii_only else ""
            except UnicodeDecodeError:
                utf8 = None
    if encoding and not encoding.startswith("utf-8"):
        return encoding.removesuffix("-le").removesuffix("-be") if facts.marked else encoding
    if ascii_only:
        return "ascii"
    if utf8:
        return "utf-8"
    return "latin-1" if undefined else "cp1252"


def _without_mark(start: bytes) -> str:
    """Return UTF-16 in one of its orders where every other byte is often zero; empty if not."""
    if (zeros := start.count(0)) and zeros > len(start) * _UTF16_SHARE:
        return "utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"
    return ""


def _count_line_ends(chunk: bytes, facts: TextFacts, *, after_return: bool) -> None:
    returns = chunk.count(b"\r") if b"\r" in chunk else 0
    begins = after_return and chunk.startswith(b"\n")
    inside = chunk.count(b"\r\n") if returns else 0
    facts.line_ends["\r\n"] += inside + begins
    facts.line_ends["\n"] += chunk.count(b"\n") - inside - begins
    facts.line_ends["\r"] += returns - inside - begins
    if b"\\" in chunk and not facts.escapes:
        facts.escapes = any(one in chunk for one in (b"\\\\", b"\\t", b"\\n", b"\\\t", b"\\\n"))
