"""The texts in items of one shape: of many items at once where nothing in them can have been overlooked.

An item's text is as long as its names, its values and what JSON puts around them, if it holds nothing else;
escapes, spaces and doubled names make it longer. So where the length of a line is that of what was understood
of it, all of it was understood. Other lines are read one by one.
"""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson
import polars as pl

from dataset.batches import SHOWN
from dataset.inverse.shape import Array, Leaf, Map, Node, leaves, may_be_missing, name_bytes
from dataset.typed_items import ENVELOPE, check_value, parse_document

_ENVELOPE_BYTES = len('{"Item":}')
_AROUND = {"S": 8, "N": 8, "B": 8, "BOOL": 9, "NULL": 9, "M": 8, "L": 8, "SS": 7, "NS": 7, "BS": 7}
_BOOLEANS = {True: "true", False: "false"}
_PLACE = "\0"
Values = list[dict[str, Any] | None]


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


def read_texts(shape: Map, lines: Sequence[bytes]) -> Texts:
    """The texts in lines `{"Item":{…}}`."""
    fast = _read_fast(shape, lines)
    if fast is None:
        frame, others = _read_slowly(shape, lines, range(len(lines)))
        return Texts(frame=frame, others=others)
    frame, understood = fast
    if understood.all():
        return Texts(frame=frame, others=())
    rest = cast("list[int]", (~understood).arg_true().to_list())
    slow, others = _read_slowly(shape, lines, rest)
    return Texts(frame=pl.concat([frame.filter(understood), slow]).sort(_PLACE), others=others)


def _read_fast(shape: Map, lines: Sequence[bytes]) -> tuple[pl.DataFrame, pl.Series] | None:
    """The texts of all lines, and which are whole; None where some line is of quite another form."""
    try:
        items = [line[ENVELOPE] for line in orjson.loads(b"[" + b",".join(lines) + b"]")]
        reader = _Reader(len(items))
        length = reader.members(shape, items)
        places = pl.int_range(len(items), dtype=pl.UInt32, eager=True).alias(_PLACE)
        frame = pl.DataFrame([places, *reader.series])
    except (ValueError, KeyError, TypeError, AttributeError, pl.exceptions.PolarsError):
        return None
    if len(items) != len(lines):
        return None
    sizes = pl.Series("\0size", list(map(len, lines)), dtype=pl.UInt32)
    measured = frame.with_columns(reader.helpers).select(length.cast(pl.Int64) + _ENVELOPE_BYTES + 2)
    return frame, (measured.to_series() == sizes.cast(pl.Int64)).fill_null(value=False)


class _Reader:
    """Takes values apart; `series` are the leaves' texts, `helpers` what lengths are computed with."""

    def __init__(self, height: int) -> None:
        self._height = height
        self.series: list[pl.Series] = []
        self.helpers: list[pl.Series] = []

    def members(self, node: Map, contents: Values) -> pl.Expr:
        """The length of the members of each map, null where one that must be there is missing."""
        lengths: list[pl.Expr] = []
        present: list[pl.Expr] = []
        for name, member in node.members.items():
            values = [None if content is None else content.get(name) for content in contents]
            length, there = self._value(member, values)
            lengths.append(
                pl.when(there).then(length + name_bytes(name)).otherwise(0)
                if may_be_missing(member)
                else length + name_bytes(name)
            )
            present.append(there)
        if not lengths:
            return pl.lit(0)
        comma = pl.any_horizontal(present).cast(pl.Int64)
        return pl.sum_horizontal(lengths, ignore_nulls=False) - comma

    def _value(self, node: Node, values: Values) -> tuple[pl.Expr, pl.Expr]:
        """The length of each value, null where it has not the form, and whether it is there."""
        match node:
            case Leaf():
                return self._leaf(node, values)
            case Map():
                contents = [None if value is None else value.get("M") for value in values]
                self.helpers.append(_there(node.alias, contents))
                there = pl.col(node.alias)
                return pl.when(there).then(self.members(node, contents) + _AROUND["M"]), there
            case Array():
                return self._array(node, values)

    def _array(self, node: Array, values: Values) -> tuple[pl.Expr, pl.Expr]:
        count = len(node.elements)
        found: list[Any] = [None if value is None else value.get("L") for value in values]
        contents = [content if content is not None and len(content) == count else None for content in found]
        self.helpers.append(_there(node.alias, contents))
        there = pl.col(node.alias)
        length = pl.lit(_AROUND["L"] + max(count - 1, 0))
        for place, element in enumerate(node.elements):
            inner = [None if content is None else content[place] for content in contents]
            length = length + self._value(element, inner)[0]
        return pl.when(there).then(length), there

    def _leaf(self, leaf: Leaf, values: Values) -> tuple[pl.Expr, pl.Expr]:
        contents: list[Any] = [None if value is None else value.get(leaf.kind) for value in values]
        text = pl.col(leaf.alias)
        around = _AROUND[leaf.kind]
        if leaf.kind in ("BOOL", "NULL"):
            contents = [None if content is None else _BOOLEANS[content] for content in contents]
        elif leaf.delimiter is not None:
            texts = [None if content is None else _joined_or_none(leaf, content) for content in contents]
            sizes = [
                None if text is None else len(orjson.dumps(content))
                for text, content in zip(texts, contents, strict=True)
            ]
            helper = f"{leaf.alias}+"
            self.helpers.append(pl.Series(helper, sizes, dtype=pl.Int64))
            self.series.append(pl.Series(leaf.alias, texts, dtype=pl.String))
            around = 6 if leaf.kind == "L" else around
            return pl.col(helper) + around, pl.col(helper).is_not_null()
        self.series.append(pl.Series(leaf.alias, contents, dtype=pl.String))
        return text.str.len_bytes().cast(pl.Int64) + around, text.is_not_null()


def _there(alias: str, contents: Sequence[object]) -> pl.Series:
    return pl.Series(alias, [content is not None for content in contents], dtype=pl.Boolean)


def _joined(leaf: Leaf, content: list[Any]) -> str:
    """The elements as one text; raises ValueError where that could not be cut again."""
    delimiter = leaf.delimiter or ""
    elements = [element[leaf.of] for element in content] if leaf.kind == "L" else content
    if leaf.of == "B":
        elements = [_hexadecimal(element) for element in elements]
    text = delimiter.join(elements)
    if len(elements) > 1 or leaf.kind == "L":
        if (text.split(delimiter) if text else []) != elements:
            raise ValueError(f"attribute {leaf.shown}: an element holds the delimiter {delimiter!r}")
    elif delimiter in text or not text:
        raise ValueError(f"attribute {leaf.shown}: an element is empty or holds the delimiter {delimiter!r}")
    return text


def _joined_or_none(leaf: Leaf, content: list[Any]) -> str | None:
    try:
        return _joined(leaf, content)
    except (ValueError, KeyError):
        return None  # it is looked at once more, alone


def _hexadecimal(text: str) -> str:
    return b64decode(text, validate=True).hex()


def _read_slowly(
    shape: Map, lines: Sequence[bytes], places: Sequence[int]
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
    schema = {_PLACE: pl.UInt32, **{leaf.alias: pl.String for leaf in leaves(shape)}}
    return pl.DataFrame(rows, schema=schema), tuple(others)


def _item(line: bytes) -> dict[str, Any]:
    try:
        document = parse_document(line.decode())
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8: byte 0x{line[error.start]:02x}") from None
    if not isinstance(document, dict) or list(cast("dict[str, Any]", document)) != [ENVELOPE]:
        raise ValueError('not an object with the one member "Item"')
    item = cast("dict[str, Any]", document)[ENVELOPE]
    if not isinstance(item, dict):
        raise ValueError('"Item" is not an object')
    return cast("dict[str, Any]", item)


def _take_members(node: Map, members: dict[str, Any], row: dict[str, Any]) -> None:
    of = f" of {node.shown}" if node.shown else ""
    for name, value in members.items():
        if name not in node.members:
            raise ValueError(f"attribute {name[:80]}{of} is made of no column")
        check_value(value)
    for name, member in node.members.items():
        if name in members:
            _take(member, members[name], row)
        elif not may_be_missing(member):
            raise ValueError(f"attribute {name[:80]}{of} is missing, which every row writes")


def _take(node: Node, value: dict[str, Any], row: dict[str, Any]) -> None:
    [(kind, content)] = value.items()
    wanted = node.kind if isinstance(node, Leaf) else "M" if isinstance(node, Map) else "L"
    if kind != wanted:
        raise ValueError(f"attribute {node.shown[:80]} is {kind}, a row writes {wanted}")
    match node:
        case Leaf():
            try:
                row[node.alias] = _leaf_text(node, content)
            except KeyError:
                raise ValueError(f"attribute {node.shown}: its elements are not all {node.of}") from None
        case Map():
            _take_members(node, content, row)
        case Array():
            if len(content) != len(node.elements):
                what = f"{len(content)} elements, a row writes {len(node.elements)}"
                raise ValueError(f"attribute {node.shown}: {what}, and which are missing cannot be told")
            for element, inner in zip(node.elements, content, strict=True):
                _take(element, inner, row)


def _leaf_text(leaf: Leaf, content: Any) -> str:
    if leaf.kind in ("BOOL", "NULL"):
        return _BOOLEANS[content]
    return _joined(leaf, content) if leaf.delimiter is not None else content


def shown_line(line: bytes) -> str:
    """The start of a line, for people."""
    return line[: 4 * SHOWN].decode(errors="replace")[:SHOWN]
