"""The keys of a table as DynamoDB describes it, held against those that items are written with."""

from typing import TYPE_CHECKING

from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.keys import TableKeys

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import TableDescriptionTypeDef

_ROLES = {"HASH": "partition_key", "RANGE": "sort_key"}
_Key = tuple[str, str]  # an attribute's name and its type: S, N or B


def refuse_other_keys(described: "TableDescriptionTypeDef", keys: TableKeys, where: str) -> None:
    """Raise InputError, with the `table` to write in the dataset, if DynamoDB would refuse each item."""
    types = {one["AttributeName"]: one["AttributeType"] for one in described.get("AttributeDefinitions", [])}
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


def _shown(keys: dict[str, _Key]) -> str:
    return ", ".join(f"{name} ({kind})" for name, kind in keys.values())
