"""Rows of a block of JSON Lines, all lines of a shape at once: fast, and only for lines that are records."""

import json
from dataclasses import replace
from typing import Any, cast

import polars as pl

from dynamodb_bulk.csv.batches import OTHERS, SHOWN, RowBatch
from dynamodb_bulk.items.templates import Json, members_json, named
from dynamodb_bulk.records.fields import Field, Fields
from dynamodb_bulk.records.json_batches import record_batch
from dynamodb_bulk.records.json_scanner import Record
from dynamodb_bulk.records.json_shapes import NUMBER, Node, NoShape, Shape, Token, learn
from dynamodb_bulk.records.json_values import DECODER, fragment, taken

_WORTHWHILE = 64  # lines; fewer are not worth a pattern
_SHAPES = 24
_LINE, _PLACE = "\0line", "\0place"
_NULL = '{"NULL":true}'
_TEXTS = r'\A\[(?:"[^"\\]*"(?:, ?"[^"\\]*")*)?\]\z'
_NUMBERS = rf"\A\[{NUMBER}(?:, ?{NUMBER})*\]\z"


class FastPath:
    """Splits blocks of lines, in any thread; what it learns of one helps with the next."""

    def __init__(self, file: str, fields: Fields) -> None:
        self._file = file
        self._fields = fields
        self._shapes: list[Shape] = []

    def __call__(self, block: bytes, first: int) -> RowBatch | None:
        """Return the rows of a block that starts on a line, and ends one; None if it needs the scanner."""
        try:
            text = pl.Series([block], dtype=pl.Binary).cast(pl.String)
        except pl.exceptions.PolarsError:
            return None
        lines = text.str.split("\n").explode().alias(_LINE)[:-1]
        places = pl.int_range(first, first + len(lines), dtype=pl.UInt64, eager=True).alias(_PLACE)
        rest = pl.DataFrame([places, lines])
        found: list[pl.DataFrame] = []
        for shape in tuple(self._shapes):
            rest = self._match(shape, rest, found)
        rest = rest.filter(pl.col(_LINE).str.contains(r"[^ \t\r]"))
        while rest.height >= _WORTHWHILE and len(self._shapes) < _SHAPES:
            shape = _learnt(rest[_LINE][0])
            if shape is None:
                return None
            if shape not in self._shapes:
                self._shapes.append(shape)
            before = rest.height
            rest = self._match(shape, rest, found)
            if rest.height == before:
                break
        slow = self._one_by_one(rest)
        if slow is None:
            return None
        if slow.frame.height or not found:
            found.append(slow.frame.with_columns(slow.lines.alias(_PLACE)))
        frame = pl.concat(found)
        frame = frame.sort(_PLACE) if len(found) > 1 else frame
        return replace(slow, lines=frame[_PLACE].alias("line"), frame=frame.drop(_PLACE))

    def _match(self, shape: Shape, rest: pl.DataFrame, found: list[pl.DataFrame]) -> pl.DataFrame:
        for pattern in shape.patterns:
            if not rest.height:
                break
            tokens = shape.tokens(rest[_LINE], pattern)
            matched = tokens[shape.columns[0]].is_not_null()
            if not matched.any():
                continue
            lines = rest
            if not matched.all():
                tokens, lines = tokens.filter(matched), rest.filter(matched)
            rows, good = _Rows(shape, tokens, self._fields).made()
            rows = rows.with_columns(lines[_PLACE])
            found.append(rows if good.all() else rows.filter(good))
            rest = pl.concat([rest.filter(~matched), lines.filter(~good)]).sort(_PLACE)
        return rest

    def _one_by_one(self, rest: pl.DataFrame) -> RowBatch | None:
        """Return the rows of lines that no shape fits; None if one is not a value by itself."""
        records: list[Record] = []
        for place, line in rest.iter_rows():
            try:
                records.append(Record(place, DECODER.decode(line), line[:SHOWN]))
            except (ValueError, RecursionError):
                return None
        return record_batch(records, self._file, self._fields)


def _learnt(line: str) -> Shape | None:
    try:
        record: object = DECODER.decode(line)
        return learn(cast("dict[str, Any]", record)) if isinstance(record, dict) else None
    except (ValueError, RecursionError, NoShape):
        return None


class _Rows:
    """Makes rows of the tokens of one shape; a row that is not `good` is left to be read by itself."""

    def __init__(self, shape: Shape, tokens: pl.DataFrame, fields: Fields) -> None:
        self._shape = shape
        self._tokens = tokens
        self._fields = fields
        self._good = pl.repeat(True, tokens.height, eager=True)
        self._fragments: dict[str, Json] = {}

    def made(self) -> tuple[pl.DataFrame, pl.Series]:
        """Return a column per field and, where there are others, one of those; and which rows are good."""
        columns = [self._column(one).alias(one.name) for one in self._fields.columns]
        if (but := self._fields.but) is not None:
            nodes = {name: node for name, node in self._shape.members.items() if name not in but}
            others = self._made(self._members(nodes, nulls=False)).alias(OTHERS)
            columns.append(others.set(others == "", None))
        return pl.DataFrame(columns), self._good

    def _column(self, one: Field) -> pl.Series:
        node: Node = self._shape.members
        for place, step in enumerate(one.steps):
            if isinstance(node, Token):
                return self._inside(node, one, place)
            if not isinstance(step, str) or step not in node:
                self._good &= isinstance(step, str)
                return self._nulls()
            node = node[step]
        if isinstance(node, Token) and not (one.nested or node.is_list):
            return self._text(self._tokens[node.column], one)
        if one.nested:
            return self._made(self._fragment(node).expression())
        self._good &= False
        return self._nulls()

    def _inside(self, token: Token, one: Field, place: int) -> pl.Series:
        """Return the texts of a path that leads into a list, each of which is parsed."""
        texts: list[str | None] = []
        good: list[bool] = []
        for text in cast("list[str]", self._tokens[token.column].to_list()):
            try:
                texts.append(taken(DECODER.decode(text), one, place))
                good.append(True)
            except (ValueError, RecursionError):
                texts.append(None)
                good.append(False)
        self._good &= pl.Series(good, dtype=pl.Boolean)
        return pl.Series(texts, dtype=pl.String)

    def _text(self, tokens: pl.Series, one: Field) -> pl.Series:
        quoted = tokens.str.starts_with('"')
        if one.only == "N":
            self._good &= tokens.str.contains(r"\A[-0-9n]")
        elif one.only:
            self._good &= quoted | (tokens == "null")
        texts = tokens
        if quoted.any():
            texts = tokens.str.strip_prefix('"').str.strip_suffix('"')
            escaped = texts.str.contains("\\", literal=True)
            if escaped.any():
                read = [json.loads(token) for token in cast("list[str]", tokens.filter(escaped).to_list())]
                texts = texts.scatter(escaped.arg_true(), pl.Series(read, dtype=pl.String))
        if quoted.all():
            return texts
        null = tokens == "null"
        return texts.set(null, None) if null.any() else texts

    def _made(self, text: pl.Expr) -> pl.Series:
        return self._tokens.with_columns(text.alias("made"))["made"]

    def _fragment(self, node: Node) -> Json:
        """Return values in DynamoDB JSON, null for null."""
        if not isinstance(node, Token):
            return Json('{"M":{', self._members(node, nulls=True), "}}")
        if node.column not in self._fragments:
            tokens = self._tokens[node.column]
            before, texts, after = self._list(tokens) if node.is_list else _scalars(tokens)
            name = f"made of {node.column}"
            self._tokens = self._tokens.with_columns(texts.alias(name))
            self._fragments[node.column] = Json(before, pl.col(name), after)
        return self._fragments[node.column]

    def _members(self, nodes: dict[str, Node], *, nulls: bool) -> pl.Expr:
        """Return the members with these names; `nulls`: nulls are members, too."""
        entries: list[Json] = []
        certain: list[bool] = []
        for name, node in nodes.items():
            value = self._fragment(node)
            sure = not (isinstance(node, Token) and self._tokens[f"made of {node.column}"].null_count())
            if nulls and not sure:
                value = Json("", value.expression().fill_null(_NULL), "")
            entries.append(named(name, value))
            certain.append(sure or nulls)
        return members_json(entries, certain) if entries else pl.lit("")

    def _list(self, tokens: pl.Series) -> tuple[str, pl.Series, str]:
        if tokens.str.contains(_TEXTS).all():
            made = tokens.str.replace_all(r'"([^"\\]*)"(,?) ?', '{"S":"${1}"}${2}')
            return '{"L":', made, "}"
        if tokens.str.contains(_NUMBERS).all():
            made = tokens.str.replace_all(rf"({NUMBER})(,?) ?", '{"N":"${1}"}${2}')
            return '{"L":', made, "}"
        known: dict[str, str | None] = {}
        for token in cast("list[str]", tokens.unique().to_list()):
            try:
                known[token] = fragment(DECODER.decode(token))
            except (ValueError, RecursionError):
                known[token] = None
        made = tokens.replace_strict(known, return_dtype=pl.String)
        self._good &= made.is_not_null()
        return "", made, ""

    def _nulls(self) -> pl.Series:
        return pl.repeat(None, self._tokens.height, dtype=pl.String, eager=True)


def _scalars(tokens: pl.Series) -> tuple[str, pl.Series, str]:
    """Return what stands before and after the texts in DynamoDB JSON, and those; null for null."""
    quoted = tokens.str.starts_with('"')
    if quoted.all():
        return '{"S":', tokens, "}"
    numbers = tokens.str.contains(r"\A[-0-9]")
    if numbers.all():
        return '{"N":"', tokens, '"}'
    if not (quoted.any() or numbers.any()) and not (tokens == "null").any():
        return '{"BOOL":', tokens, "}"
    made = _around('{"BOOL":', tokens, "}")
    made = made.zip_with(~numbers, _around('{"N":"', tokens, '"}')) if numbers.any() else made
    made = made.zip_with(~quoted, _around('{"S":', tokens, "}")) if quoted.any() else made
    return "", made.set(tokens == "null", None), ""


def _around(before: str, texts: pl.Series, after: str) -> pl.Series:
    return pl.select(pl.concat_str(pl.lit(before), texts, pl.lit(after))).to_series()
