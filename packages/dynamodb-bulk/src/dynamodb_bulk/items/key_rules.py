"""The key attributes of the table and of its indexes, and the rules for them.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dynamodb_bulk.dms.mappings import ObjectMapping
from dynamodb_bulk.items.attributes import Attribute, where_of
from dynamodb_bulk.items.sizes import KEY_BYTES
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.keys import IndexKey, KeyAttribute, KeyRole, KeyType, TableKeys
from dynamodb_bulk.spec.mistakes import nearest


@dataclass(frozen=True, kw_only=True)
class KeyRule:
    """A key: which attribute it is, its most bytes; items may be without an `optional` one."""

    attribute: Attribute
    role: str
    longest: int
    optional: bool = False


def plan_keys(
    attributes: Sequence[Attribute], mapping: ObjectMapping, keys: TableKeys | None
) -> list[KeyRule]:
    """Return the attributes that must be there; raise InputError if no rule fills one as declared.

    Without `keys` they are those that the mapping names.
    """
    parameters = mapping.mapping_parameters
    where = where_of(mapping)
    roles: tuple[tuple[KeyRole, str | None], ...] = (
        ("partition", parameters.partition_key_name),
        ("sort", parameters.sort_key_name),
    )
    return [
        rule
        for role, name in roles
        for rule in _key(name, getattr(keys, role, None), role, attributes, where, table=keys is not None)
    ]


def plan_index_keys(
    attributes: Sequence[Attribute], index_keys: Sequence[IndexKey], where: str
) -> list[KeyRule]:
    """The attributes that are keys of indexes; raise InputError if one is of another type than the key.

    DynamoDB refuses an item that has such an attribute and not as a key must be:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
    """
    found = {attribute.name: attribute for attribute in attributes}
    return [
        _key_rule(
            found[index.key.name],
            f"index {index.index}'s {index.role}",
            (index.key.type,),
            index.role,
            f"{where}: index {index.index}",
            optional=True,
        )
        for index in index_keys
        if index.key.name in found
    ]


def _key(
    named_in_mapping: str | None,
    declared: KeyAttribute | None,
    role: KeyRole,
    attributes: Sequence[Attribute],
    where: str,
    *,
    table: bool,
) -> list[KeyRule]:
    where = f"{where}: {role}-key-name"
    if table and named_in_mapping and (declared is None or declared.name != named_in_mapping):
        actual = (
            f"the table's {role} key is {declared.name!r}" if declared else f"the table has no {role} key"
        )
        raise InputError(where, f"it is {named_in_mapping!r}, but {actual}")
    name = declared.name if declared else named_in_mapping
    if name is None:
        return []
    attribute = next((attribute for attribute in attributes if attribute.name == name), None)
    if attribute is None:
        remedy = nearest(name, [attribute.name for attribute in attributes])
        raise InputError(where, f"no rule fills {name!r}", remedy)
    wanted: tuple[KeyType, ...] = (declared.type,) if declared else ("S", "N", "B")
    return [_key_rule(attribute, role, wanted, role, where)]


def _key_rule(
    attribute: Attribute,
    name: str,
    wanted: Sequence[KeyType],
    role: KeyRole,
    where: str,
    *,
    optional: bool = False,
) -> KeyRule:
    if attribute.type not in wanted:
        raise InputError(
            where,
            f"{attribute.name!r} is written as {attribute.type}, the key is {' or '.join(wanted)}",
            "declare the key with the type that the rule gives, or fill it from a column of the key's type",
        )
    return KeyRule(attribute=attribute, role=name, longest=KEY_BYTES[role], optional=optional)
