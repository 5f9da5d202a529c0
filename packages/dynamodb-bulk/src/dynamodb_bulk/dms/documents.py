"""The DMS documents of a dataset: those that it names, or those that follow from it."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from dynamodb_bulk.dms.condition import Condition
from dynamodb_bulk.dms.definition import ExternalTable, parse_definition
from dynamodb_bulk.dms.mappings import ObjectMapping, TableMappings, unescape
from dynamodb_bulk.dms.task_settings import (
    Settings,
    drops_the_table,
    generate_task_settings,
    parse_task_settings,
    tables_at_once,
)
from dynamodb_bulk.spec.arns import one_part, refuse_wildcards
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import DatasetFile, display_path, read_text
from dynamodb_bulk.spec.mistakes import nearest
from dynamodb_bulk.spec.model import S3_LOCATION, DatasetModel
from dynamodb_bulk.spec.table import Key, Table
from dynamodb_bulk.spec.target_values import AttributeValue, MapValue, beyond_dms, value_document


def external_table_of(model: DatasetModel, folder: Path, shown: str) -> ExternalTable:
    """Return the description of the files: the named definition, or one from the columns."""
    location = S3_LOCATION.fullmatch(model.source.location or "")
    prefix = location["prefix"] if location else None
    if model.dms.external_table_definition is None:
        owner = model.schema_name or "import"
        path = prefix or f"{owner}/{model.name}/"
        return ExternalTable(
            owner=owner, name=model.name or "", path=path, columns=_whole(model, model.columns)
        )
    document = folder / model.dms.external_table_definition
    where = display_path(document)
    tables = parse_definition(read_text(document, "an external table definition"), where)
    table = _named_table(tables, model.name, where, shown)
    for key, check, text in (
        ("TableName", one_part, table.name),
        ("TableOwner", refuse_wildcards, table.owner),
        ("TablePath", refuse_wildcards, table.path),
    ):
        try:
            check(text)
        except ValueError as error:
            raise InputError(f"{where}: {key}", str(error)) from None
    for key, written, read in (
        ("name", model.name, table.name),
        ("schema", model.schema_name, table.owner),
    ):
        if written is not None and written != read:
            raise InputError(
                f"{shown}: {key}", f"{written!r}, but {where} says {read!r}", "make them the same"
            )
    if prefix and not f"/{prefix}".endswith(f"/{table.path}"):
        raise InputError(
            f"{shown}: source.location",
            f"does not end in {table.path}",
            f"{where} says that the files are there",
        )
    return table.model_copy(update={"columns": _whole(model, table.columns)})


def _named_table(tables: Sequence[ExternalTable], name: str | None, where: str, shown: str) -> ExternalTable:
    """Return the table of the dataset; raise InputError if the name is of none, or of more than one."""
    if len(tables) == 1:
        return tables[0]
    names = [table.name for table in tables]
    found = [table for table in tables if table.name == name]
    if len(found) == 1:
        return found[0]
    if found:
        owners = " and ".join(table.owner for table in found)
        raise InputError(where, f"{name} is a table of {owners}", "keep one of them in the document")
    if name is not None:
        raise InputError(f"{shown}: name", f"{where} holds no table {name}", nearest(name, names))
    raise InputError(
        shown,
        f"{where} holds {len(tables)} tables, and a dataset is one",
        f"write one dataset file for each, which names the same documents, the table's own files, "
        f"and one of {', '.join(f'`name: {one}`' for one in names)}",
    )


def _whole(model: DatasetModel, columns: Iterable[Column]) -> tuple[Column, ...]:
    return tuple(map(model.source.completed, columns))


def mappings_text_of(
    model: DatasetModel, table: ExternalTable, condition: Condition | None, folder: Path, shown: str
) -> tuple[str, str]:
    """Return the mappings, as written or generated, and where a mistake in them is."""
    if model.dms.table_mappings:
        document = folder / model.dms.table_mappings
        return unescape(read_text(document, "table mappings")), display_path(document)
    return _generated_mappings(model, table, condition), shown


def _generated_mappings(model: DatasetModel, table: ExternalTable, condition: Condition | None) -> str:
    """Return one explicit selection, so that `_` in a name is not a wildcard, and one object mapping.

    A `condition` with values of a row is included unchanged: then DMS cannot load the dataset.
    Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.DynamoDB.html
    """
    locator = {"schema-name": table.owner, "table-name": table.name}
    return json.dumps(
        {
            "rules": [
                {
                    "rule-type": "selection",
                    "rule-id": "1",
                    "rule-name": "select",
                    "rule-action": "explicit",
                    "object-locator": locator,
                },
                {
                    "rule-type": "object-mapping",
                    "rule-id": "2",
                    "rule-name": "map",
                    "rule-action": "map-record-to-record",
                    "object-locator": locator,
                    "target-table-name": table.name,
                    "mapping-parameters": _parameters(model, condition),
                },
            ]
        },
        indent=2,
    )


def _parameters(model: DatasetModel, condition: Condition | None) -> dict[str, Any]:
    parameters: dict[str, Any] = {}
    if model.table:
        parameters["partition-key-name"] = model.table.partition_key.name
        if model.table.sort_key:
            parameters["sort-key-name"] = model.table.sort_key.name
    if model.exclude:
        parameters["exclude-columns"] = list(model.exclude)
    if model.attributes:
        parameters["attribute-mappings"] = [
            _attribute(name, value) for name, value in model.attributes.items() if not any(beyond_dms(value))
        ]
    if condition:
        # The lists are optional in AWS's older text and required in the newer one.
        parameters["condition-expression"] = {
            "expression": condition.text if condition.values else condition.expression,
            "expression-attribute-values": [],
            "expression-attribute-names": [
                {"name": name, "value": attribute} for name, attribute in condition.names.items()
            ],
        }
    return parameters


def _attribute(name: str, value: AttributeValue) -> dict[str, Any]:
    attribute = {"target-attribute-name": name}
    if isinstance(value, str):
        return {**attribute, "attribute-type": "scalar", "attribute-sub-type": "string", "value": value}
    return {
        **attribute,
        "attribute-type": "document",
        "attribute-sub-type": "dynamodb-map" if isinstance(value, MapValue) else "dynamodb-list",
        "value": value_document(value),
    }


def covering_rule(mappings: TableMappings, table: ExternalTable, where: str) -> ObjectMapping:
    """Return the rule that makes the table's items; raise InputError if the mappings leave it out."""
    if not mappings.selects(table.owner, table.name):
        raise InputError(
            where, f"no selection rule covers {table.owner}.{table.name}", "names are case-sensitive in DMS"
        )
    mappings.refuse_uncarried(table.owner, table.name, where)
    mapping = mappings.object_mapping(table.owner, table.name)
    if mapping is None:
        raise InputError(
            where,
            f"no object-mapping rule covers {table.owner}.{table.name}",
            "names are case-sensitive in DMS",
        )
    return mapping


def task_settings_of(model: DatasetModel, folder: Path) -> tuple[Settings, tuple[str, ...]]:
    """Return the settings, as written or generated, and the warnings about them.

    Raise InputError for settings with which the parts of a table are not loaded at once, or delete it.
    """
    dms = model.dms
    if dms.task_settings is None:
        threads, buffer = dms.parallel_load_threads or 0, dms.parallel_load_buffer_size or 0
        return generate_task_settings(dms.parallel, threads, buffer), ()
    document = folder / dms.task_settings
    settings, warnings = parse_task_settings(read_text(document, "task settings"), display_path(document))
    if (most := tables_at_once(settings)) < dms.parallel:
        raise InputError(
            f"{display_path(document)}: FullLoadSettings.MaxFullLoadSubTasks",
            f"DMS loads {most} tables at once, and `dms.parallel` asks for {dms.parallel}",
            f"write {dms.parallel} here",
        )
    if dms.parallel > 1 and drops_the_table(settings):
        raise InputError(
            f"{display_path(document)}: FullLoadSettings.TargetTablePrepMode",
            "DROP_AND_CREATE would delete the table once for each table of `dms.parallel`",
            "use DO_NOTHING",
        )
    return settings, warnings


def check_changes_path(file: DatasetFile, table: ExternalTable) -> None:
    """Raise InputError if the folder of changes and that of the full load's files are in one another.

    DMS reads all files of either folder.
    """
    changes, files = file.model.dms.cdc_path or "", table.path
    if changes and (changes.startswith(files) or files.startswith(changes)):
        raise InputError(
            file.place("dms", "cdc_path"),
            f"{changes} and {files}, where the files of the full load are, are in one another",
            "use a separate folder for changes",
        )


def derived_table(mapping: ObjectMapping, table: ExternalTable, where: str) -> Table:
    """The table that raw documents imply: its keys are what the mapping names, or the primary key column."""
    parameters = mapping.mapping_parameters
    partition = parameters.partition_key_name or (
        table.primary_key[0] if len(table.primary_key) == 1 else None
    )
    if partition is None:
        raise InputError(
            where, "no partition-key-name, and not one primary key column", "add `table` to the dataset"
        )
    sort = parameters.sort_key_name
    return Table(
        partition_key=_derived_key(partition, mapping, table, where),
        sort_key=_derived_key(sort, mapping, table, where) if sort else None,
    )


def _derived_key(name: str, mapping: ObjectMapping, table: ExternalTable, where: str) -> Key:
    if any(rule.target_attribute_name == name for rule in mapping.mapping_parameters.attribute_mappings):
        return Key(name=name, type="S")
    column = next((column for column in table.columns if column.name == name), None)
    becomes = column.column_type.becomes if column and column.column_type.by_dms else None
    if becomes == "S" or becomes == "N":
        return Key(name=name, type=becomes)
    raise InputError(
        where, f"no rule fills the key attribute {name}", "map it, or name a text or number column"
    )
