"""What all bytes of text files show: their encoding and line ends."""

import codecs
from collections.abc import Sequence
from dataclasses import dataclass, field

from dynamodb_bulk.csv.encodings import encoding_of, is_text
from dynamodb_bulk.init.opening import DataFile, wide_encoding
from dynamodb_bulk.spec.errors import InputError

_CHUNK = 4 * 1024 * 1024
# https://www.unicode.org/Public/MAPPINGS/VENDORS/MICSFT/WindowsBestFit/bestfit1252.txt
_NOT_IN_CP1252 = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))
_SEVERAL_BYTES = 0xC0  # the first byte of a character of UTF-8 that has more


@dataclass(kw_only=True)
class TextFacts:
    """The encoding of some files, whether they hold \\r and \\n at all, and `doubts` to be shown."""

    encoding: str = "utf-8"
    marked: bool = False
    returns: bool = False
    newlines: bool = False
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
    if facts.returns and not facts.newlines:
        raise InputError(
            files[0].shown, "its lines end with \\r", "write it again, for example with mac2unix"
        )
    return facts


def _read(file: DataFile, facts: TextFacts) -> str:
    """Return the encoding of a file: `ascii` where any of them would do."""
    utf8, ascii_only, undefined, first = True, True, False, True
    encoding, begun = "utf-8", b""
    with file.open() as stream:
        while chunk := stream.read(_CHUNK):
            if first:
                first = False
                encoding, mark = encoding_of(chunk, wide_encoding(chunk) or "utf-8")
                facts.marked |= bool(mark)
                chunk = chunk[mark:]
            if encoding.startswith(("utf-16", "utf-32")):
                width = 2 if encoding.startswith("utf-16") else 4
                chunk = chunk[::width] if encoding.endswith("le") else chunk[width - 1 :: width]
            _note_ends(chunk, facts)
            if begun or not chunk.isascii():
                ascii_only = False
                undefined = undefined or any(byte in chunk for byte in _NOT_IN_CP1252)
                stop = _last_character(chunk)
                utf8 = utf8 and is_text(begun + chunk[:stop])
                begun = chunk[stop:]
    if not encoding.startswith("utf-8"):
        return encoding.removesuffix("-le").removesuffix("-be") if facts.marked else encoding
    if ascii_only:
        return "ascii"
    if utf8 and _may_begin(begun):
        return "utf-8"
    return "latin-1" if undefined else "cp1252"


def _last_character(text: bytes) -> int:
    """Return where the last character starts if it is of several bytes, some of which may be missing."""
    places = range(len(text) - 1, max(-1, len(text) - 4), -1)
    return next((place for place in places if text[place] >= _SEVERAL_BYTES), len(text))


def _may_begin(character: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(character)
    except UnicodeDecodeError:
        return False
    return True


def _note_ends(chunk: bytes, facts: TextFacts) -> None:
    facts.returns = facts.returns or b"\r" in chunk
    facts.newlines = facts.newlines or b"\n" in chunk
    if b"\\" in chunk and not facts.escapes:
        facts.escapes = any(one in chunk for one in (b"\\\\", b"\\t", b"\\n", b"\\\t", b"\\\n"))
