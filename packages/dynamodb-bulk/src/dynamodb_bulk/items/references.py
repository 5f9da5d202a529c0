"""Check names in a dataset file that must be columns, and keys that must have the column's type."""

from collections.abc import Sequence

from dynamodb_bulk.dms.condition import Condition
from dynamodb_bulk.dms.mappings import PLACEHOLDER, placeholders
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import DatasetFile
from dynamodb_bulk.spec.mistakes import nearest
from dynamodb_bulk.spec.model import DatasetModel
from dynamodb_bulk.spec.table import Key
from dynamodb_bulk.spec.target_values import AttributeValue, number_templates, value_document, value_templates


def check_references(file: DatasetFile, columns: Sequence[Column]) -> None:
    """Raise InputError, with the line, for the first name or key that does not fit the columns."""
    model = file.model
    names = [column.name for column in columns]
    for name, value in model.attributes.items():
        for template in value_templates(value):
            if "${" in PLACEHOLDER.sub("", template):
                raise InputError(
                    file.place("attributes", name),
                    f"{template!r} does not close a placeholder",
                    "write ${column}",
                )
            for column in placeholders(template):
                _known(column, names, "column", file, "attributes", name)
        _numbers_in_form(file, name, value, columns)
    for place, column in enumerate(model.exclude):
        _known(column, names, "column", file, "exclude", place)
    types = attribute_types(model, columns)
    if model.table:
        for role in ("partition_key", "sort_key"):
            key = getattr(model.table.of_types(types), role)
            if key:
                _known(key.name, list(types), "attribute or column", file, "table", role, "name")
                _of_type(key, types[key.name], file, "table", role)


def _numbers_in_form(file: DatasetFile, name: str, value: AttributeValue, columns: Sequence[Column]) -> None:
    """Refuse numbers made from texts, which a source's own form of numbers does not reach."""
    keys = [key for key in ("decimal", "thousands") if key in file.model.source.model_fields_set]
    texts = {column.name: column.type for column in columns if column.column_type.any_text}
    for column in (one for text in number_templates(value) for one in placeholders(text)) if keys else ():
        if column in texts:
            raise InputError(
                file.place("attributes", name),
                f"{column} is {texts[column]}, so that `{keys[0]}` does not apply to it",
                "give the column a type of numbers, like REAL8",
            )


def attribute_types(model: DatasetModel, columns: Sequence[Column]) -> dict[str, str]:
    """Return the types of the attributes, by name: of columns, and those made from them."""
    written = {
        column.name: column.column_type.becomes for column in columns if column.name not in model.exclude
    }
    return written | {name: next(iter(value_document(value))) for name, value in model.attributes.items()}


def check_condition(file: DatasetFile, columns: Sequence[Column], condition: Condition) -> None:
    """Raise InputError for the first value of the condition that is not an attribute or column."""
    names = [*file.model.attributes, *(column.name for column in columns)]
    for name in condition.values.values():
        _known(name, names, "attribute or column", file, "condition")


def _of_type(key: Key, kind: str, file: DatasetFile, *location: str | int) -> None:
    if kind != key.type:
        raise InputError(
            file.place(*location),
            f"{key.name!r} is written as {kind}, the key is {key.type}",
            "declare the key with the type that is written, or fill it from a column of the key's type",
        )


def _known(name: str, names: Sequence[str], kind: str, file: DatasetFile, *location: str | int) -> None:
    if name not in names:
        raise InputError(file.place(*location), f"unknown {kind} {name!r}", nearest(name, names))
