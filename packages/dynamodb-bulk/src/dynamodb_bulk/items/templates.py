"""Templates of attribute mappings as polars expressions that write DynamoDB JSON.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.DynamoDB.html
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import polars as pl

from dynamodb_bulk.column_types.base import DynamoType, ValueType
from dynamodb_bulk.column_types.binary import hexadecimal
from dynamodb_bulk.column_types.booleans import TRUTH
from dynamodb_bulk.column_types.reals import NUMBER
from dynamodb_bulk.csv.batches import frame_name
from dynamodb_bulk.dms.mappings import PLACEHOLDER, placeholders
from dynamodb_bulk.items.elements import ESCAPED, ElementKind, base64, split_list, split_set
from dynamodb_bulk.items.sizes import NESTING
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.mistakes import nearest


@dataclass(frozen=True)
class Json:
    """JSON text: the same before and after a text that differs by row; null where that is null."""

    before: str
    text: pl.Expr
    after: str

    def expression(self) -> pl.Expr:
        """Return all of it."""
        # pl.format is faster, and panics where a column's first chunk is empty (polars 2.1.0).
        return pl.concat_str(pl.lit(self.before), self.text, pl.lit(self.after))


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """A text made by a template that must be of a type; known to expressions as `alias`."""

    alias: str
    attribute: str
    type: ValueType
    text: pl.Expr


class Templates:
    """Makes expressions over a table's columns, which hold the text of each value.

    In documents the columns hold texts that `escape` has been through, the leaves do not.
    """

    def __init__(
        self,
        columns: Iterable[Column],
        where: str,
        *,
        beyond_dms: bool = False,
        sorted_members: bool = False,
    ) -> None:
        self._columns: Mapping[str, Column] = {column.name: column for column in columns}
        self._where = where
        self._beyond_dms = beyond_dms
        self._sorted = sorted_members
        self.leaves: list[Leaf] = []

    def text(self, template: str, attribute: str, *, escaped: bool = False) -> pl.Expr:
        """Return the text: null where the template is one placeholder of a NULL, which is then not written.

        AWS does not document what DMS does with a NULL inside a longer template; here it is empty text.
        """
        for name in placeholders(template):
            if name not in self._columns:
                remedy = nearest(name, self._columns)
                raise InputError(f"{self._where}: attribute {attribute}", f"unknown column {name!r}", remedy)
            if self._columns[name].column_type.nested:
                what = f"column {name} is of type JSON and has no text"
                remedy = "declare a column with a path to a text in it"
                raise InputError(f"{self._where}: attribute {attribute}", what, remedy)
        pieces = PLACEHOLDER.split(template)
        if len(pieces) == 3 and not pieces[0] and not pieces[2]:
            return pl.col(frame_name(pieces[1]))
        return pl.concat_str(
            pl.col(frame_name(piece)).fill_null("")
            if index % 2
            else pl.lit(json_escaped(piece) if escaped else piece)
            for index, piece in enumerate(pieces)
        )

    def document(self, value: object, attribute: str, depth: int = 1) -> Json:
        """Return a value in DynamoDB JSON with templates in its leaves; null if it is not written."""
        where = f"{self._where}: attribute {attribute}"
        if not isinstance(value, dict) or len(cast("dict[str, Any]", value)) != 1:
            raise InputError(
                where, f"{json.dumps(value)[:80]} is not DynamoDB JSON", 'write {"S": "…"} or the like'
            )
        [(kind, content)] = cast("dict[str, Any]", value).items()
        if kind in ("M", "L") and depth >= NESTING:
            raise InputError(where, f"nested deeper than {NESTING} levels, which DynamoDB does not store")
        match kind, content:
            case "S", str():
                return leaf_json("S", self.text(content, attribute, escaped=True))
            case "N", str():
                return leaf_json("N", self._leaf(content, attribute, NUMBER))
            case "BOOL", str():
                return leaf_json("BOOL", self._leaf(content, attribute, TRUTH))
            case "BOOL" | "NULL", bool():
                return Json(json.dumps(value), pl.lit(""), "")
            case "M", dict():
                members = cast("dict[str, object]", content).items()
                entries = sorted(members) if self._sorted else members
                return map_json(
                    named(name, self.document(inner, attribute, depth + 1)) for name, inner in entries
                )
            case "L", list():
                inner = [self.document(item, attribute, depth + 1) for item in cast("list[object]", content)]
                return Json('{"L":[', _joined(inner), "]}")
            case ("B", str()) | ("SS" | "NS" | "BS" | "L", dict()) if self._beyond_dms:
                return self._beyond(kind, cast("str | dict[str, str]", content), attribute)
            case _:
                raise InputError(
                    where,
                    f"{json.dumps(value)[:80]} cannot be written",
                    "S, N, BOOL, NULL, M and L are documented; their leaves are texts",
                )

    def _beyond(self, kind: str, content: str | dict[str, str], attribute: str) -> Json:
        if isinstance(content, str):
            return leaf_json("B", self._leaf(content, attribute, hexadecimal()))
        delimiter = content["delimiter"]
        if kind == "L":
            type_ = split_list(cast("ElementKind", content["of"]), delimiter)
        else:
            type_ = split_set(cast("ElementKind", kind[0]), delimiter)
        elements = self._leaf(content["split"], attribute, type_)
        return Json(f'{{"{kind}":', elements, "}")

    def _leaf(self, template: str, attribute: str, type_: ValueType) -> pl.Expr:
        leaf = Leaf(
            alias=f"\0{len(self.leaves)}",
            attribute=attribute,
            type=type_,
            text=self.text(template, attribute),
        )
        self.leaves.append(leaf)
        return pl.col(leaf.alias)


def escape(texts: pl.DataFrame) -> pl.DataFrame:
    """The texts with whatever JSON escapes escaped."""
    found = texts.select(pl.all().str.contains_any(ESCAPED).any())
    return texts.with_columns(
        escape_text(pl.col(name)).alias(name) for name in texts.columns if found[name].any()
    )


def escape_text(text: pl.Expr) -> pl.Expr:
    """Return each text with whatever JSON escapes escaped."""
    return text.str.replace_many(ESCAPED, list(map(json_escaped, ESCAPED)))


def json_escaped(text: str) -> str:
    """Return the text as it stands between the quotes of a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def leaf_json(kind: DynamoType, text: pl.Expr) -> Json:
    """`{"S":"…"}` of escaped text, `{"N":"…"}`, `{"BOOL":true}`, or `{"B":"…"}` of bytes in hexadecimal.

    Text of kind JSON is such a value itself.
    """
    if kind == "JSON":
        return Json("", text, "")
    quote = "" if kind == "BOOL" else '"'
    return Json(f'{{"{kind}":{quote}', base64(text) if kind == "B" else text, quote + "}")


def map_json(entries: Iterable[Json]) -> Json:
    """`{"M":{…}}` of the entries that are not null."""
    return Json('{"M":{', _joined(entries), "}}")


def object_json(entries: Sequence[Json], certain: Sequence[bool]) -> pl.Expr:
    """`{…}` of the entries that are not null; `certain` says which are null in no row."""
    return members_json(entries, certain, "{", "}")


def members_json(
    entries: Sequence[Json], certain: Sequence[bool], before: str = "", after: str = ""
) -> pl.Expr:
    """The entries that are not null, with commas between them.

    All of it is put together in one go, which takes half of the time. An entry that ends like what is in
    front of it leaves its end to what follows, so that it needs no text of its own.
    """
    if True not in certain:
        return pl.concat_str(pl.lit(before), _joined(entries), pl.lit(after))
    first = certain.index(True)
    pieces: list[pl.Expr] = []
    text = before
    for place, (entry, sure) in enumerate(zip(entries, certain, strict=True)):
        start = "," + entry.before if place > first else entry.before
        end = entry.after + "," if place < first else entry.after
        if sure:
            pieces += [pl.lit(text + start), entry.text]
            text = end
        elif end == text and entry.text.meta.is_column():
            pieces += [pl.when(entry.text.is_not_null()).then(pl.lit(text + start)), entry.text]
        else:
            pieces += [pl.lit(text), Json(start, entry.text, end).expression()]
            text = ""
    return pl.concat_str(*pieces, pl.lit(text + after), ignore_nulls=True)


def named(name: str, value: Json) -> Json:
    """`"name":value`, null if the value is null."""
    return Json(json.dumps(name, ensure_ascii=False) + ":" + value.before, value.text, value.after)


def _joined(entries: Iterable[Json]) -> pl.Expr:
    pieces = [entry.expression() for entry in entries]
    return pl.concat_str(pieces, separator=",", ignore_nulls=True) if pieces else pl.lit("")
