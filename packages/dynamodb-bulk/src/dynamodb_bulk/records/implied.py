"""The columns of records whose dataset declares none: keys, and what templates and conditions use."""

from dataclasses import dataclass, replace

from dynamodb_bulk.dms.condition import parse_condition
from dynamodb_bulk.dms.mappings import placeholders
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.keys import KeyType
from dynamodb_bulk.spec.loader import DatasetFile
from dynamodb_bulk.spec.target_values import value_templates

_TYPES: dict[KeyType, str] = {"S": "CLOB", "N": "REAL8", "B": "BLOB"}


@dataclass(frozen=True, kw_only=True)
class OtherFields:
    """What is known of records with undeclared fields: the types of `keys`, and fields that are left out."""

    keys: dict[str, KeyType]
    but: frozenset[str]


def with_implied_columns(file: DatasetFile) -> tuple[DatasetFile, OtherFields | None]:
    """Return the file with the columns that it implies, where it declares none of its records.

    Keys and compared values are attributes by themselves; what only templates use stays a field as well.
    """
    model = file.model
    described = model.columns or model.dms.external_table_definition
    if not model.source.holds_records or described or model.table is None:
        return file, None
    table = model.table.of_types({})
    table_keys = [key for key in (table.partition_key, table.sort_key) if key]
    index_keys = [key.key for key in table.index_keys]
    keys: dict[str, KeyType] = {
        key.name: key.type for key in (*index_keys, *table_keys) if key.name not in model.attributes
    }
    compared: set[str] = set()
    if model.condition:
        condition = parse_condition(model.condition, file.place("condition"))
        compared = set(condition.values.values()) - keys.keys() - model.attributes.keys()
    used = {
        name: place
        for place, value in model.attributes.items()
        for template in value_templates(value)
        for name in placeholders(template)
    }
    for name in compared & used.keys():
        raise InputError(
            file.place("condition"),
            f"{name} is compared, and part of attribute {used[name]}",
            "declare the columns of the records",
        )
    implied = {
        **{name: _TYPES[kind] for name, kind in keys.items()},
        **dict.fromkeys(sorted(compared), "JSON"),
    }
    texts = [name for name in used if name not in implied]
    needed = {key.name for key in table_keys}
    columns = tuple(
        Column(name=name, type=kind, nullable=name not in needed)
        for name, kind in (*implied.items(), *((name, "CLOB") for name in texts))
    )
    changed = model.model_copy(update={"columns": columns, "exclude": tuple(texts)})
    but = frozenset((*implied, *model.attributes, *model.exclude))
    excluded = [name for name in model.exclude if name in implied]
    if excluded:
        raise InputError(file.place("exclude"), f"{excluded[0]} is a key, or compared", "do not exclude it")
    return replace(file, model=changed), OtherFields(keys=keys, but=but)
