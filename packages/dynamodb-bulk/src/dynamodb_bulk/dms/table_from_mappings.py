"""The table that raw DMS documents imply."""

from dynamodb_bulk.dms.definition import ExternalTable
from dynamodb_bulk.dms.mappings import ObjectMapping
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.table import Key, Table


def derived_table(mapping: ObjectMapping, table: ExternalTable, where: str) -> Table:
    """Return a table whose keys are those that the mapping names, or the one primary key column."""
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
