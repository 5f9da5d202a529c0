"""The keys of a table and its indexes as DynamoDB describes them, held against the items that are written."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.keys import IndexKey, KeyAttribute, TableKeys

if TYPE_CHECKING:
    from types_boto3_dynamodb.literals import ScalarAttributeTypeType
    from types_boto3_dynamodb.type_defs import TableDescriptionTypeDef

_ROLES = {"HASH": "partition_key", "RANGE": "sort_key"}
_Key = tuple[str, str]  # an attribute's name and its type: S, N or B


def refuse_other_keys(described: "TableDescriptionTypeDef", keys: TableKeys, where: str) -> None:
    """Raise InputError, with the `table` to write in the dataset, if DynamoDB would refuse each item."""
    types = _types(described)
    has = {
        _ROLES[key["KeyType"]]: (key["AttributeName"], types.get(key["AttributeName"], "S"))
        for key in described.get("KeySchema", [])
    }
    wanted = {f"{role}_key": (key.name, key.type) for role, key in keys.by_role.items()}
    if has == wanted:
        return
    written = ", ".join(f"{role}: {{name: {name}, type: {kind}}}" for role, (name, kind) in has.items())
    others = [name for name, kind in has.values() if (name, kind) not in wanted.values()]
    made = f", and have {' and '.join(others)} written with this type" if others else ""
    raise InputError(
        where,
        f"its key is {_shown(has)}, the dataset's {_shown(wanted)}",
        f"write `table: {{{written}}}` in the dataset{made}",
    )


def refuse_other_index_keys(keys: Iterable[IndexKey], written: Mapping[str, str], where: str) -> None:
    """Raise InputError if DynamoDB would refuse each item that has an attribute which is a key of an index.

    `written`: the types of the attributes that items have, by name; they may be without a key of an index.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
    """
    for index in keys:
        name, kind = index.key.name, index.key.type
        if written.get(name, kind) != kind:
            what = f"{name} ({kind}) is a key of its index {index.index}"
            raise InputError(
                where,
                f"{what}, and the dataset writes it as {written[name]}",
                f"have {name} written as {kind}, or under a different name",
            )


def index_keys(described: "TableDescriptionTypeDef") -> Iterator[IndexKey]:
    """Yield the keys of the table's indexes, global and local."""
    types = _types(described)
    for index in (*described.get("GlobalSecondaryIndexes", ()), *described.get("LocalSecondaryIndexes", ())):
        for key in index.get("KeySchema", []):
            name = key["AttributeName"]
            yield IndexKey(
                index=index.get("IndexName", ""),
                role="partition" if key["KeyType"] == "HASH" else "sort",
                key=KeyAttribute(name=name, type=types.get(name, "S")),
            )


def _types(described: "TableDescriptionTypeDef") -> "dict[str, ScalarAttributeTypeType]":
    return {one["AttributeName"]: one["AttributeType"] for one in described.get("AttributeDefinitions", [])}


def _shown(keys: dict[str, _Key]) -> str:
    return ", ".join(f"{name} ({kind})" for name, kind in keys.values())
