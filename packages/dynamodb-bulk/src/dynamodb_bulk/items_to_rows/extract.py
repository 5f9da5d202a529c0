"""The texts in items of one shape: of all with the same attributes at once, of the others one by one."""

from base64 import b64decode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from dynamodb_bulk.item_files.typed import item_of, parse_document
from dynamodb_bulk.items.values import check_value
from dynamodb_bulk.items_to_rows.pattern import NoPattern, Pattern, learn
from dynamodb_bulk.items_to_rows.template_tree import Array, Leaf, Map, Node, leaves, may_be_missing

_PLACE = "\0"
_PATTERNS = 64
_WORTHWHILE = 16  # lines; fewer are not worth a pattern
_BOOLEANS = {True: "true", False: "false"}


@dataclass(frozen=True, kw_only=True)
class Texts:
    """The texts of the items that have the shape, a column (String) per leaf, in the order of the lines.

    `others` are the places of those that have it not, and why.
    """

    frame: pl.DataFrame
    others: tuple[tuple[int, str], ...]

    @property
    def places(self) -> pl.Series:
        """The places of the items among the lines, from 0 (UInt32)."""
        return self.frame[_PLACE]


class TextReader:
    """Reads lines `{"Item":{…}}`; what it learns of some helps with the next. Threads may share it."""

    def __init__(self, shape: Map) -> None:
        self._shape = shape
        self._schema: dict[str, Any] = {
            _PLACE: pl.UInt32,
            **{leaf.alias: pl.String for leaf in leaves(shape)},
        }
        self._patterns: list[Pattern] = []

    def __call__(self, lines: Sequence[bytes]) -> Texts:
        """Return the texts of the lines."""
        texts = pl.Series("line", lines, dtype=pl.Binary).cast(pl.String, strict=False)
        rest = pl.DataFrame([pl.int_range(len(lines), dtype=pl.UInt32, eager=True).alias(_PLACE), texts])
        found: list[pl.DataFrame] = []
        for pattern in tuple(self._patterns):
            rest = self._match(pattern, rest, found)
        while rest.height >= _WORTHWHILE and len(self._patterns) < _PATTERNS:
            pattern = self._learn(lines[int(rest[_PLACE][0])])
            if pattern is None:
                break
            self._patterns.append(pattern)
            rest = self._match(pattern, rest, found)
        slow, others = _read_slowly(self._shape, lines, rest[_PLACE].to_list(), self._schema)
        found.append(slow)
        frame = pl.concat([one for one in found if one.height] or [slow])
        return Texts(
            frame=frame if len(found) == 2 and not slow.height else frame.sort(_PLACE), others=others
        )

    def _match(self, pattern: Pattern, rest: pl.DataFrame, found: list[pl.DataFrame]) -> pl.DataFrame:
        if not rest.height:
            return rest
        read = pattern.read(rest["line"])
        matched = read.select(pl.all_horizontal(pl.all().is_not_null())).to_series()
        missing = [
            pl.lit(None, dtype=pl.String).alias(alias)
            for alias in self._schema
            if alias != _PLACE and alias not in read.columns
        ]
        whole = read.with_columns(rest[_PLACE], *missing).select(*self._schema)
        if matched.all():
            found.append(whole)
            return rest.clear()
        if matched.any():
            found.append(whole.filter(matched))
        return rest.filter(~matched)

    def _learn(self, line: bytes) -> Pattern | None:
        try:
            item = _item(line)
            _take_members(self._shape, item, {})
            return learn(self._shape, item)
        except (ValueError, NoPattern):
            return None


def _read_slowly(
    shape: Map, lines: Sequence[bytes], places: Iterable[int], schema: dict[str, Any]
) -> tuple[pl.DataFrame, tuple[tuple[int, str], ...]]:
    rows: list[dict[str, Any]] = []
    others: list[tuple[int, str]] = []
    for place in places:
        row: dict[str, Any] = {_PLACE: place}
        try:
            _take_members(shape, _item(lines[place]), row)
        except ValueError as error:
            others.append((place, str(error)))
        else:
            rows.append(row)
    return pl.DataFrame(rows, schema=schema), tuple(others)


def _item(line: bytes) -> dict[str, Any]:
    try:
        return item_of(parse_document(line.decode()))
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8: byte 0x{line[error.start]:02x}") from None


def _take_members(node: Map, members: dict[str, Any], row: dict[str, Any]) -> None:
    of = f" of {node.shown}" if node.shown else ""
    for name, value in members.items():
        if name not in node.members:
            raise ValueError(f"attribute {name[:80]}{of} is not made from a column")
        check_value(value)
    for name, member in node.members.items():
        if name in members:
            _take(member, members[name], row)
        elif not may_be_missing(member):
            raise ValueError(f"attribute {name[:80]}{of} is missing, but every row writes it")


def _take(node: Node, value: dict[str, Any], row: dict[str, Any]) -> None:
    [(kind, content)] = value.items()
    wanted = node.kind if isinstance(node, Leaf) else "M" if isinstance(node, Map) else "L"
    if kind != wanted:
        raise ValueError(f"attribute {node.shown[:80]} is {kind}, a row writes {wanted}")
    match node:
        case Leaf():
            row[node.alias] = _leaf_text(node, content)
        case Map():
            _take_members(node, content, row)
        case Array():
            if len(content) != len(node.elements):
                what = f"{len(content)} elements, a row writes {len(node.elements)}"
                raise ValueError(f"attribute {node.shown}: {what}, and it is unknown which are missing")
            for element, inner in zip(node.elements, content, strict=True):
                _take(element, inner, row)


def _leaf_text(leaf: Leaf, content: Any) -> str:
    if leaf.kind in ("BOOL", "NULL"):
        return _BOOLEANS[content]
    return _joined(leaf, content) if leaf.delimiter is not None else content


def _joined(leaf: Leaf, content: list[Any]) -> str:
    """Return the elements as one text; raise ValueError if that could not be cut again."""
    delimiter = leaf.delimiter or ""
    if leaf.kind == "L" and any(list(element) != [leaf.of] for element in content):
        raise ValueError(f"attribute {leaf.shown}: its elements are not all {leaf.of}")
    elements: list[str] = [element[leaf.of] for element in content] if leaf.kind == "L" else content
    if leaf.of == "B":
        elements = [b64decode(element, validate=True).hex() for element in elements]
    text = delimiter.join(elements)
    if (text.split(delimiter) if text else []) != elements:
        raise ValueError(f"attribute {leaf.shown}: an element is empty or holds the delimiter {delimiter!r}")
    return text
