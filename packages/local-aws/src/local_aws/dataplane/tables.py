"""What a table asks of its items."""

from collections.abc import Iterator
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table

from dynamodb_bulk.spec.keys import Demands, IndexKey, KeyAttribute, TableKeys
from local_aws.account import ACCOUNT


def find_table(region: str, name: str) -> Table | None:
    """Return the table of the name, or of the ARN, in a region."""
    return dynamodb_backends[ACCOUNT][region].tables.get(name.rpartition("/")[2])


def keys_of(table: Table) -> TableKeys:
    """Return the table's primary key."""
    types = _types(table)
    sort = table.range_key_attr
    return TableKeys(
        partition=KeyAttribute(name=table.hash_key_attr, type=types[table.hash_key_attr]),
        sort=KeyAttribute(name=sort, type=types[sort]) if sort else None,
    )


def demands_of(table: Table) -> Demands:
    """Return what the table's indexes ask of items."""
    return Demands(index_keys=tuple(_index_keys(table)))


def _index_keys(table: Table) -> Iterator[IndexKey]:
    types = _types(table)
    for index in table.all_indexes():
        for element in index.schema:
            name = element["AttributeName"]
            role = "partition" if element["KeyType"] == "HASH" else "sort"
            if name not in table.table_key_attrs:
                yield IndexKey(
                    index=str(index.name), role=role, key=KeyAttribute(name=name, type=types[name])
                )


def _types(table: Table) -> dict[str, Any]:
    return {entry["AttributeName"]: entry["AttributeType"] for entry in table.attr}
