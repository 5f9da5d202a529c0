"""Target tables in DynamoDB: found, or made as DMS makes them.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.DynamoDB.html
"""

from collections.abc import Mapping
from typing import Any

from moto.dynamodb.exceptions import DeletionProtectedException
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table

from dynamodb_bulk.dms.definition import ExternalTable
from dynamodb_bulk.dms.mappings import MappingParameters, ObjectMapping
from dynamodb_bulk.spec.keys import KeyAttribute, TableKeys
from local_aws.account import ACCOUNT
from local_aws.dataplane.job import TableLoadError
from local_aws.dataplane.keys import require_key_of_table
from local_aws.dataplane.lock import TABLES
from local_aws.dataplane.roles import AssumedRole
from local_aws.dataplane.tables import keys_of

_CAPACITY_UNITS = 200
_DROP = "DROP_AND_CREATE"


def table_arn(region: str, name: str) -> str:
    """Return the ARN of a table."""
    return f"arn:aws:dynamodb:{region}:{ACCOUNT}:table/{name}"


def default_mapping(table: ExternalTable) -> ObjectMapping:
    """What DMS does without an object mapping: an item per row, keyed by the one primary key column."""
    return ObjectMapping.model_validate(
        {
            "rule-id": "0",
            "rule-name": "default",
            "rule-action": "map-record-to-record",
            "object-locator": {"schema-name": table.owner, "table-name": table.name},
            "target-table-name": table.name,
            "mapping-parameters": {"partition-key-name": _only_key(table)},
        }
    )


def prepare(
    table: ExternalTable, mapping: ObjectMapping, role: AssumedRole, region: str, full_load: Mapping[str, Any]
) -> tuple[Table, TableKeys]:
    """Return the table to load into, dropped or made first where the settings or its absence ask for it.

    Raise DeniedError for a missing permission, TableLoadError if the table cannot be made.
    """
    backend = dynamodb_backends[ACCOUNT][region]
    name = mapping.target_table_name
    arn = table_arn(region, name)
    role.require(("dynamodb:ListTables",), "*")
    role.require(("dynamodb:DescribeTable",), arn)
    with TABLES:
        existing = backend.tables.get(name)
        if existing is not None and full_load.get("TargetTablePrepMode") == _DROP:
            role.require(("dynamodb:DeleteTable",), arn)
            try:
                backend.delete_table(name)
            except DeletionProtectedException:
                raise TableLoadError(
                    f"the table {name} has deletion protection, and {_DROP} is set"
                ) from None
            existing = None
        if existing is None:
            role.require(("dynamodb:CreateTable",), arn)
            keys = _keys_of(table, mapping.mapping_parameters)
            threads = max(1, int(full_load.get("ParallelLoadThreads", 0)))
            existing = create(region, name, keys, threads)
    role.require(("dynamodb:PutItem",), arn)
    require_key_of_table(existing, role)
    return existing, keys_of(existing)


def create(region: str, name: str, keys: TableKeys, threads: int = 1) -> Table:
    """Make a provisioned table, with the capacity that DMS gives it."""
    units = _CAPACITY_UNITS * threads
    attributes = [keys.partition, *([keys.sort] if keys.sort else [])]
    return dynamodb_backends[ACCOUNT][region].create_table(
        name,
        schema=[
            {"AttributeName": attribute.name, "KeyType": kind}
            for attribute, kind in zip(attributes, ("HASH", "RANGE"), strict=False)
        ],
        throughput={"ReadCapacityUnits": units, "WriteCapacityUnits": units},
        attr=[{"AttributeName": attribute.name, "AttributeType": attribute.type} for attribute in attributes],
        global_indexes=None,
        indexes=None,
        streams=None,
        billing_mode="PROVISIONED",
        sse_specification=None,
        tags=[],
        deletion_protection_enabled=False,
        warm_throughput=None,
    )


def _keys_of(table: ExternalTable, parameters: MappingParameters) -> TableKeys:
    partition = parameters.partition_key_name or _only_key(table)
    sort = parameters.sort_key_name
    return TableKeys(
        partition=_key(partition, table, parameters), sort=_key(sort, table, parameters) if sort else None
    )


def _key(name: str, table: ExternalTable, parameters: MappingParameters) -> KeyAttribute:
    if any(made.target_attribute_name == name for made in parameters.attribute_mappings):
        return KeyAttribute(name=name, type="S")
    column = next((column for column in table.columns if column.name == name), None)
    kind = column.column_type.becomes if column and column.column_type.by_dms else None
    if kind not in ("S", "N"):
        raise TableLoadError(f"the key {name} is made by no attribute mapping and by no column of a key type")
    return KeyAttribute(name=name, type=kind)


def _only_key(table: ExternalTable) -> str:
    if len(table.primary_key) != 1:
        raise TableLoadError(
            f"{table.owner}.{table.name} has {len(table.primary_key)} columns with ColumnIsPk; DMS needs "
            "exactly one, or an object mapping with partition-key-name"
        )
    return table.primary_key[0]
