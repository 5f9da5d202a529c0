"""The attributes of a table's items: which there are, of which type, and how each is written.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.DynamoDB.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

import polars as pl

from dynamodb_bulk.csv.batches import frame_name
from dynamodb_bulk.dms.mappings import ObjectMapping, placeholders
from dynamodb_bulk.items.templates import Json, Templates, leaf_json, map_json, named
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.mistakes import nearest
from dynamodb_bulk.spec.target_values import Document

DOCUMENT = "_doc"
AttributeType = Literal["S", "N", "BOOL", "B", "M", "L", "SS", "NS", "BS", "JSON"]


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """One attribute: `json` its value as DynamoDB JSON (null: not written), `text` the value itself.

    `json` is over escaped columns, `text` over the original columns.
    `columns` are those whose NULL would leave a hole in the text; the text of bytes is hexadecimal.
    """

    name: str
    type: AttributeType
    json: Json
    text: pl.Expr
    columns: tuple[str, ...] = ()

    @property
    def size(self) -> pl.Expr:
        """The bytes of a text, a number's text or binary."""
        length = self.text.str.len_bytes()
        return length // 2 if self.type == "B" else length


def plan_attributes(
    columns: Sequence[Column],
    mapping: ObjectMapping,
    templates: Templates,
    documents: Mapping[str, Document] | None = None,
) -> list[Attribute]:
    """Return the attributes of each item, in order; raise InputError for what cannot be written.

    `documents` replace the mapping's attributes, for more types than DMS supports.
    """
    where = where_of(mapping)
    parameters = mapping.mapping_parameters
    names = [column.name for column in columns]
    for name in parameters.exclude_columns:
        if name not in names:
            raise InputError(f"{where}: exclude-columns", f"unknown column {name!r}", nearest(name, names))
    kept = [column for column in columns if column.name not in parameters.exclude_columns]
    if documents is None:
        _refuse_types(columns, kept, mapping)
    mapped: dict[str, Attribute] = {}
    for name, value in _rules(mapping) if documents is None else documents.items():
        if name in mapped:
            raise InputError(where, f"attribute {name} is mapped twice")
        mapped[name] = _mapped(name, value, templates)
    plain = [_plain(column) for column in kept]
    if mapping.rule_action == "map-record-to-document" and plain:
        entries = [named(attribute.name, attribute.json) for attribute in plain]
        plain = [Attribute(name=DOCUMENT, type="M", json=map_json(entries), text=pl.lit(""))]
    return [*mapped.values(), *(attribute for attribute in plain if attribute.name not in mapped)]


def compared_attribute(name: str, attributes: Sequence[Attribute], columns: Sequence[Column]) -> Attribute:
    """Return the attribute of the name, or one that the column of the name would be."""
    found = next((attribute for attribute in attributes if attribute.name == name), None)
    return found or _plain(next(column for column in columns if column.name == name))


def mapped_documents(mapping: ObjectMapping) -> dict[str, Document]:
    """Return the mapping's own attributes in DynamoDB JSON, with templates."""
    return dict(_rules(mapping))


def where_of(mapping: ObjectMapping) -> str:
    """Return how messages name the mapping."""
    return f"object mapping {mapping.rule_name}"


def _refuse_types(columns: Sequence[Column], kept: Sequence[Column], mapping: ObjectMapping) -> None:
    used = {
        name
        for rule in mapping.mapping_parameters.attribute_mappings
        for template in rule.templates()
        for name in placeholders(template)
    }
    for column in columns:
        if not column.column_type.by_dms and (column in kept or column.name in used):
            raise InputError(
                f"{where_of(mapping)}: column {column.name}",
                f"{column.type} is not among the types that DMS writes to DynamoDB",
                "exclude the column, or read it as STRING",
            )


def _rules(mapping: ObjectMapping) -> Iterator[tuple[str, Document]]:
    for rule in mapping.mapping_parameters.attribute_mappings:
        name = rule.target_attribute_name
        if isinstance(rule.value, str) and rule.attribute_sub_type != "string":
            raise InputError(
                f"{where_of(mapping)}: attribute {name}",
                f"attribute-sub-type {rule.attribute_sub_type!r} is not documented by AWS",
                "use string, or a plain column or an N leaf of a document for a number",
            )
        yield name, {"S": rule.value} if isinstance(rule.value, str) else rule.value


def _mapped(name: str, value: Document, templates: Templates) -> Attribute:
    [(kind, content)] = value.items()
    json = templates.document(value, name)
    if isinstance(content, str):
        text = templates.text(content, name)
        return Attribute(
            name=name, type=cast("AttributeType", kind), json=json, text=text, columns=placeholders(content)
        )
    return Attribute(name=name, type=cast("AttributeType", kind), json=json, text=pl.lit(""))


def _plain(column: Column) -> Attribute:
    text = pl.col(frame_name(column.name))
    kind = column.column_type.becomes
    json = leaf_json(kind, text)
    return Attribute(name=column.name, type=kind, json=json, text=text, columns=(column.name,))
