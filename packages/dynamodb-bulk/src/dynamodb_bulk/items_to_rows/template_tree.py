"""The shape of a dataset's items: which attributes they have, and which texts of a row each is made of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from dynamodb_bulk.dms.mappings import PLACEHOLDER, ObjectMapping
from dynamodb_bulk.items.attributes import DOCUMENT, mapped_documents
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.target_values import Document

LeafKind = Literal["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L"]


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """A value made from a template, whose text the column `alias` holds.

    `pieces`: literal, column, literal, … `delimiter`: what its elements, of type `of`, are joined with.
    `constant`: the value that it always has, if it is not a text.
    """

    alias: str
    shown: str
    kind: LeafKind
    pieces: tuple[str, ...] = ("",)
    delimiter: str | None = None
    of: str = "S"
    constant: bool | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in it, in order."""
        return self.pieces[1::2]

    @property
    def sole(self) -> str | None:
        """The column that it is, with nothing around it: then a NULL leaves it out."""
        return self.pieces[1] if len(self.pieces) == 3 and not self.pieces[0] and not self.pieces[2] else None


@dataclass(frozen=True, kw_only=True)
class Map:
    """A map, or an item itself."""

    shown: str
    members: Mapping[str, "Node"]


@dataclass(frozen=True, kw_only=True)
class Array:
    """A list of values; it does not show which values are missing."""

    shown: str
    elements: tuple["Node", ...]


Node = Leaf | Map | Array


def item_shape(
    columns: Sequence[Column], mapping: ObjectMapping, attributes: Mapping[str, Document] | None
) -> Map:
    """Return the shape of the items that `RowToItem` makes of the same arguments."""
    documents = dict(mapped_documents(mapping) if attributes is None else attributes)
    maker = _Maker()
    members = {name: maker.node(value, name) for name, value in documents.items()}
    kept = [column for column in columns if column.name not in mapping.mapping_parameters.exclude_columns]
    plain = [column for column in kept if column.name not in documents]
    if mapping.rule_action == "map-record-to-document":
        if kept and DOCUMENT not in documents:
            inside = {column.name: maker.column(column, f"{DOCUMENT}.{column.name}") for column in kept}
            members[DOCUMENT] = Map(shown=DOCUMENT, members=inside)
    else:
        members |= {column.name: maker.column(column, column.name) for column in plain}
    return Map(shown="", members=members)


def leaves(node: Node) -> Iterator[Leaf]:
    """Yield every leaf in it."""
    match node:
        case Leaf():
            yield node
        case Map():
            for member in node.members.values():
                yield from leaves(member)
        case Array():
            for element in node.elements:
                yield from leaves(element)


def may_be_missing(node: Node) -> bool:
    """Return whether some row leaves it out."""
    return isinstance(node, Leaf) and node.sole is not None


class _Maker:
    def __init__(self) -> None:
        self._count = 0

    def alias(self) -> str:
        self._count += 1
        return f"\0{self._count}"

    def column(self, column: Column, shown: str) -> Leaf:
        kind = cast("LeafKind", column.column_type.becomes)  # a column of CSV, which is never JSON
        return Leaf(alias=self.alias(), shown=shown, kind=kind, pieces=("", column.name, ""))

    def node(self, value: Document, shown: str) -> Node:
        [(kind, content)] = value.items()
        if kind == "M":
            members = {name: self.node(inner, f"{shown}.{name}") for name, inner in content.items()}
            return Map(shown=shown, members=members)
        if isinstance(content, list):
            inner = enumerate(cast("list[Document]", content))
            elements = tuple(self.node(element, f"{shown}[{place}]") for place, element in inner)
            return Array(shown=shown, elements=elements)
        leaf = Leaf(alias=self.alias(), shown=shown, kind=cast("LeafKind", kind))
        if isinstance(content, bool):
            return replace(leaf, constant=content)
        if isinstance(content, dict):
            split = cast("dict[str, str]", content)
            pieces = tuple(PLACEHOLDER.split(split["split"]))
            of = split.get("of", kind[0])
            return replace(leaf, pieces=pieces, delimiter=split["delimiter"], of=of)
        return replace(leaf, pieces=tuple(PLACEHOLDER.split(content)))
