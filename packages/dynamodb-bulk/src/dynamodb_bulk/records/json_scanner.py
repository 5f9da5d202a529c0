"""Find the records in JSON text: a value on each line, values in a row, or the elements of an array."""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dynamodb_bulk.csv.batches import SHOWN, RejectionKind
from dynamodb_bulk.records.json_values import DECODER
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.text import Unit

# Ten times what an item may have; a parser needs up to 30 times that in memory.
RECORD_CHARACTERS = 4 * 1024 * 1024
_BLANKS = re.compile(r"[ \t\r\n]*")
_NEXT = re.compile(r"\n(?=[\[{])")
# The longest text that is wrong only because the next block follows: an escape, or -Infinity.
_CUT = 16


@dataclass(frozen=True, slots=True)
class Record:
    """A value of a file, or the `reason` why there is none; `number` is its line, or its place in an array.

    `raw` is how it starts.
    """

    number: int
    value: Any
    raw: str
    reason: str | None = None
    kind: RejectionKind = "not-a-record"


class RecordScanner:
    """Takes a file in blocks and gives its records.

    After a broken value reading continues at the next line that starts with `{` or `[`. In an array nothing
    can be read after one: that raises InputError.
    """

    def __init__(self, file: str, longest: int = RECORD_CHARACTERS) -> None:
        self._file = file
        self._longest = longest
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._text = ""
        self._enough = 0
        self._line = 1
        self._records = 0
        self._numbered = False  # by places in an array
        self._in_array = False
        self._after_element = self._after_comma = False
        self._skipping = False

    @property
    def between_lines(self) -> bool:
        """Whether the next block starts a line, and its lines are the numbers of its records."""
        within = self._text or self._in_array or self._skipping
        return not (within or self._numbered or self._records >= self._line)

    @property
    def unit(self) -> Unit:
        """What the numbers of its records count."""
        return "record" if self._numbered else "line"

    @property
    def line(self) -> int:
        """The line that the next block starts on."""
        return self._line

    def pass_over(self, lines: int) -> None:
        """Count lines that were read elsewhere."""
        self._line += lines
        self._records = self._line - 1

    def feed(self, block: bytes, *, last: bool) -> Iterator[Record]:
        """Yield the records that are complete now; what is not waits for the next block."""
        text = self._text + self._decoder.decode(block, last)
        if len(text) < self._enough and not last:
            self._text = text
            return
        position = 0
        while True:
            start = position
            position, found = self._next(text, position, last=last)
            if found is not None:
                yield found
            elif position == start:
                break
        self._text = text[position:]
        # A value that is not complete is parsed again when there is twice as much of it.
        self._enough = 2 * len(self._text)

    def _next(self, text: str, position: int, *, last: bool) -> tuple[int, Record | None]:
        """Return where reading continues, and the next record; the same position if more text is needed."""
        if self._skipping:
            return self._skip(text, position), None
        start = self._past_blanks(text, position)
        if start == len(text):
            if last and self._in_array:
                raise self._broken_array("it ends within the array")
            return start, None
        character = text[start]
        if self._in_array:
            step = self._punctuation(character)
            if step:
                return start + step, None
        elif character == "[":
            self._numbered = self._numbered or not self._records
            self._in_array, self._after_element = True, False
            return start + 1, None
        return self._value(text, start, last=last)

    def _value(self, text: str, start: int, *, last: bool) -> tuple[int, Record | None]:
        try:
            value, end = DECODER.raw_decode(text, start)
        except json.JSONDecodeError as error:
            cut = error.msg.startswith("Unterminated") or error.pos + _CUT >= len(text)
            if cut and not last and len(text) - start <= self._longest:
                return start, None
            return self._broken(text, start, f"not JSON: {error.msg}")
        except RecursionError:
            return self._broken(text, start, "nested too deeply")
        if end == len(text) and not last and text[end - 1] not in '}]"':
            return start, None  # a number may go on
        number, self._after_element, self._after_comma = self._number(), True, False
        raw = text[start : min(end, start + SHOWN)]
        self._count(text, start, end)
        if end - start > self._longest:
            reason = f"the record is longer than {self._longest:,} characters"
            return end, Record(number, None, raw, reason, "record-too-long")
        return end, Record(number, value, raw)

    def _broken(self, text: str, start: int, reason: str) -> tuple[int, Record]:
        if self._in_array:
            raise self._broken_array(reason)
        self._skipping = True
        kind: RejectionKind = "not-a-record"
        if len(text) - start > self._longest:
            reason, kind = f"the record is longer than {self._longest:,} characters", "record-too-long"
        raw = text[start : start + SHOWN].partition("\n")[0]
        return start, Record(self._line, None, raw, reason, kind)

    def _skip(self, text: str, position: int) -> int:
        found = _NEXT.search(text, position)
        self._skipping = found is None
        # A line end at the end of the text may be the one before the next value.
        end = found.end() if found else max(position, len(text) - text.endswith("\n"))
        self._count(text, position, end)
        return end

    def _punctuation(self, character: str) -> int:
        """Return how many characters between elements of the array are read."""
        if character == "]":
            if self._after_comma:
                raise self._broken_array("a comma stands before its end")
            self._in_array = False
            return 1
        if self._after_element:
            if character != ",":
                raise self._broken_array("no comma between two elements")
            self._after_element, self._after_comma = False, True
            return 1
        return 0

    def _past_blanks(self, text: str, position: int) -> int:
        found = _BLANKS.match(text, position)
        end = found.end() if found else position
        self._count(text, position, end)
        return end

    def _count(self, text: str, start: int, end: int) -> None:
        self._line += text.count("\n", start, end)

    def _number(self) -> int:
        """Return the line, or a higher number where an earlier record has it."""
        self._records = self._records + 1 if self._numbered else max(self._line, self._records + 1)
        return self._records

    def _broken_array(self, what: str) -> InputError:
        place = f"after record {self._records:,}" if self._records else "from its start"
        return InputError(self._file, f"not JSON {place}: {what}", "fix the file")
