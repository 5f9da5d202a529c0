"""What all bytes of text files show: their encoding and line ends."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from dynamodb_bulk.csv.encodings import encoding_of, is_text
from dynamodb_bulk.csv.reader import RECORD_BYTES
from dynamodb_bulk.init.encoding_guess import encoding_by_letters
from dynamodb_bulk.init.opening import DataFile, wide_encoding
from dynamodb_bulk.spec.errors import InputError

_CHUNK = 4 * 1024 * 1024
_LINES = 50  # with letters beyond ASCII, of a chunk
_CHUNKS = 40
_BEYOND_ASCII = re.compile(rb"[^\n]*[\x80-\xff][^\n]*")


@dataclass(kw_only=True)
class TextFacts:
    """The encoding of some files, whether they hold \\r and \\n at all, and `doubts` to be shown."""

    encoding: str = "utf-8"
    marked: bool = False
    returns: bool = False
    newlines: bool = False
    escapes: bool = False
    doubts: list[str] = field(default_factory=list[str])


class _Letters:
    """Lines with letters beyond ASCII: how many are `utf8`, and the other `lines`, of both a sample."""

    def __init__(self) -> None:
        self.utf8 = 0
        self.lines: list[bytes] = []
        self._chunks = 0
        self._rest = b""

    def add(self, chunk: bytes, *, last: bool = False) -> None:
        """Take the next bytes; a line longer than a record may be is left out."""
        data = self._rest + chunk
        stop = len(data) if last else data.rfind(b"\n") + 1
        self._rest = data[stop:] if len(data) - stop <= RECORD_BYTES else b""
        whole = data[:stop]
        if whole.isascii():
            return
        if is_text(whole):
            self.utf8 += _LINES
            return
        self._chunks += 1
        for found in islice(_BEYOND_ASCII.finditer(whole), _LINES) if self._chunks <= _CHUNKS else ():
            if is_text(found[0]):
                self.utf8 += 1
            else:
                self.lines.append(found[0])

    def encoding(self, file: str, doubts: list[str]) -> str:
        """Return the encoding, `ascii` where any would do; raise UnsureEncodingError if it is not clear."""
        if not self._chunks:
            return "utf-8" if self.utf8 else "ascii"
        if self.utf8 >= len(self.lines):
            doubts.append("most lines are UTF-8 and some are not: the rows of these are rejected")
            return "utf-8"
        reading = encoding_by_letters(file, self.lines)
        doubts.append(f"not UTF-8; taken for {reading.encoding}, in which a value is {reading.example!r}")
        return reading.encoding


def text_facts(files: Sequence[DataFile], encoding: str | None = None) -> TextFacts:
    """Read all bytes of the files, whose `encoding` may be known.

    Raise InputError for files of different encodings, and UnsureEncodingError if one is not clear.
    """
    facts = TextFacts()
    found: dict[str, str] = {}
    for file in files:
        found.setdefault(_read(file, facts, encoding), file.shown)
    kinds = {encoding for encoding in found if encoding != "ascii"}
    if len(kinds) > 1:
        (first, one), (second, other) = [(kind, found[kind]) for kind in sorted(kinds)][:2]
        what = f"the text is {second}, but that of {one} is {first}"
        raise InputError(other, what, "write all files in one encoding, best UTF-8")
    facts.encoding = (*kinds, "utf-8")[0]
    return facts


def _read(file: DataFile, facts: TextFacts, known: str | None) -> str:
    """Return the encoding of a file: `ascii` where any of them would do."""
    encoding, first, letters = "utf-8", True, _Letters()
    with file.open() as stream:
        while chunk := stream.read(_CHUNK):
            if first:
                first = False
                encoding, mark = encoding_of(chunk, known or wide_encoding(chunk) or "utf-8")
                facts.marked |= bool(mark)
                chunk = chunk[mark:]
            if encoding.startswith(("utf-16", "utf-32")):
                width = 2 if encoding.startswith("utf-16") else 4
                chunk = chunk[::width] if encoding.endswith("le") else chunk[width - 1 :: width]
            elif not known:
                letters.add(chunk)
            _note_ends(chunk, facts)
    if encoding.startswith(("utf-16", "utf-32")):
        return encoding.removesuffix("-le").removesuffix("-be") if facts.marked else encoding
    letters.add(b"", last=True)
    return encoding if known else letters.encoding(file.shown, facts.doubts)


def _note_ends(chunk: bytes, facts: TextFacts) -> None:
    facts.returns = facts.returns or b"\r" in chunk
    facts.newlines = facts.newlines or b"\n" in chunk
    if b"\\" in chunk and not facts.escapes:
        facts.escapes = any(one in chunk for one in (b"\\\\", b"\\t", b"\\n", b"\\\t", b"\\\n"))
