"""What a check finds: kinds of faults, counted exactly, with some examples of each."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of fault: how grave it is, what it is, what to do about it."""

    severity: Severity
    sentence: str
    remedy: str


def _error(sentence: str, remedy: str) -> Kind:
    return Kind(severity="error", sentence=sentence, remedy=remedy)


def _warning(sentence: str, remedy: str) -> Kind:
    return Kind(severity="warning", sentence=sentence, remedy=remedy)


_CORRECT = "correct the value, or the column in the dataset file"
# In the order of a report: first what affects entire files.
KINDS: dict[str, Kind] = {
    "dataset": _error("The dataset file or what it names is wrong", "see the message"),
    "unreadable": _error("A file cannot be read to its end", "see the message"),
    "wrong-compression": _error("A file is not compressed as declared", "set source.compression"),
    "wrong-delimiter": _error("The fields are separated by a different character", "set source.delimiter"),
    "header-unexpected": _error(
        "The first line holds the names of columns and would be loaded", "set source.header: true"
    ),
    "header-missing": _error("The first line is data and would be skipped", "set source.header: false"),
    "header-order": _error(
        "The header has the columns in a different order", "put the columns into the order of the file"
    ),
    "header-differs": _warning(
        "The header has different names from the columns", "check the order of the columns"
    ),
    "encoding": _error("The text is not UTF-8", "write the file again as UTF-8"),
    "byte-order-mark": _error(
        "A byte order mark becomes part of the first value", "write the file again without it"
    ),
    "windows-line-ends": _error(
        "Every line ends with \\r\\n, and \\r becomes part of the last value",
        "write the file again with \\n, for example with dos2unix",
    ),
    "mixed-line-ends": _error(
        "Some lines end with \\r\\n, and \\r becomes part of the last value",
        "write the file again with \\n, for example with dos2unix",
    ),
    "return-line-ends": _error(
        "Lines end with \\r, which ends no row", "write the file again with \\n, for example with mac2unix"
    ),
    "column-count": _error("A row has the wrong number of fields", "correct or remove the row"),
    "blank-line": _error("A line is empty", "remove it"),
    "unclosed-quote": _error("A quote is opened and never closed", "close it, or set source.quoting: none"),
    "stray-quote": _error(
        "Text follows a closing quote", 'write a quote inside of a quoted field as ""'
    ),
    "not-utf8": _error("A row is not UTF-8", "write the file again as UTF-8"),
    "record-too-long": _error("A row is longer than any item may be", "correct or remove the row"),
    "not-an-item": _error(
        "A record is not an item as DynamoDB writes it", "correct or remove it"
    ),
    "unparsable": _error("A value does not have its column's type", _CORRECT),
    "too-long": _error("A text is longer than its column", _CORRECT),
    "out-of-range": _error("A number is out of the range of its column", _CORRECT),
    "key-missing": _error("A key is missing", "give every row a key"),
    "key-empty": _error("A key is empty", "give every row a key"),
    "key-too-long": _error("A key is longer than DynamoDB allows", "shorten the key"),
    "key-type": _error("A key has a different type from the table's", "correct the row or the table's key"),
    "value-missing": _error(
        "A value that the condition compares with is missing", "give every row that value"
    ),
    "item-too-large": _error("An item is larger than DynamoDB allows", "split it, or exclude columns"),
    "duplicate-key": _error(
        "Rows have the same key: one of them overwrites the other, and which one is not defined",
        "remove the wrong rows, or add a column to the key that distinguishes them",
    ),
    "too-many-files": _error("There are more files than one import accepts", "join files"),
    "file-too-large": _warning("A file is larger than bulk put accepts", "split it"),
    "empty-file": _warning("A file is empty", "omit it"),
    "prefix-matches-more": _warning(
        "The prefix matches objects that are not under it", "end the prefix with / wherever it is given"
    ),
    "not-data": _warning(
        "An object under the prefix does not look like data, and would be read as data", "move it elsewhere"
    ),
    "nul-byte": _warning("A value holds a NUL byte", "check the source of the file"),
    "cut-by-dms": _warning("DMS truncates a text at LobMaxSize", "raise LobMaxSize in the task settings"),
    "sorted-data": _warning(
        "Rows that follow each other go to the same place in the table: a hot partition slows the load down",
        "shuffle the rows: bulk convert does",
    ),
    "not-for-dms": _warning("DMS does not support something", "choose another method, or change it"),
    "reserved-word": _warning(
        "An attribute has a name that DynamoDB reserves; AWS says that DMS cannot write it, and its own "
        "samples show that it does",
        "load a few rows first, or rename the attribute",
    ),
    "index-without-items": _warning(
        "No item has a key of an index, so the index stays empty", "fill the attribute, or remove the index"
    ),
    "selection-matches-more": _warning(
        "A selection rule has wildcards and matches other tables too", "use rule-action explicit"
    ),
    "settings": _warning("The task settings contain what DMS does not accept", "remove it"),
    "undocumented": _warning("AWS does not document what happens", "load a few rows first and check"),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Example:
    """One place where a fault is; `line` is 1-based."""

    file: str
    what: str
    line: int | None = None
    column: str | None = None
    value: str | None = None


@dataclass(kw_only=True)
class Found:
    """All that is known of one kind."""

    count: int = 0
    examples: list[Example] = field(default_factory=list[Example])


class Findings:
    """Faults by kind, with at most `most` examples of each."""

    def __init__(self, most: int = 5) -> None:
        self._most = most
        self._found: dict[str, Found] = {}

    def add(self, kind: str, example: Example | None = None, count: int = 1) -> None:
        """Count `count` faults of a kind, and keep the example if there is room for it."""
        assert kind in KINDS, kind  # noqa: S101 - a word of ours, not of a user
        found = self._found.setdefault(kind, Found())
        found.count += count
        if example and len(found.examples) < self._most:
            found.examples.append(example)

    def count(self, severity: Severity) -> int:
        """Return how many faults of a severity there are."""
        return sum(found.count for kind, found in self if KINDS[kind].severity == severity)

    def __iter__(self) -> Iterator[tuple[str, Found]]:
        """Kinds and what was found of each, in the order of a report."""
        return ((kind, self._found[kind]) for kind in KINDS if kind in self._found)

    def __getitem__(self, kind: str) -> Found:
        """Return what was found of a kind."""
        return self._found.get(kind, Found())

    def as_json(self) -> list[dict[str, Any]]:
        """Return the findings with the words of their kinds."""
        return [
            {"kind": kind, **asdict(KINDS[kind]), "count": found.count,
             "examples": [asdict(example) for example in found.examples]}
            for kind, found in self
        ]  # fmt: skip
