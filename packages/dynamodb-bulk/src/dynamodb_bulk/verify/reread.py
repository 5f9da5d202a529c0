"""Items that differ, read once more: a table that is being written to is not the load's fault."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import poll
from dynamodb_bulk.spec.keys import KeyAttribute, TableKeys
from dynamodb_bulk.verify.comparable import comparable_texts

_AT_ONCE = 100  # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
Key = tuple[str, ...]
Item = Mapping[str, Any]


def read_again(table: str, keys: Iterable[Key], described: TableKeys, aws: Aws) -> dict[Key, Item]:
    """Return the current items of the keys, by strongly consistent reads."""
    wanted = list(keys)
    found: dict[Key, Item] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        batch = [_for_boto3(key_of(key, described)) for key in wanted[start : start + _AT_ONCE]]
        for item in _batch(table, batch, aws):
            found[canonical_key(item, described)] = item
    return found


def key_of(key: Key, described: TableKeys) -> dict[str, dict[str, str]]:
    """Return a canonical key in DynamoDB JSON."""
    return {
        attribute.name: {attribute.type: _value(text, attribute)}
        for attribute, text in zip(described.by_role.values(), key, strict=True)
    }


def canonical_key(item: Item, described: TableKeys) -> Key:
    """Return the key of an item as it is compared."""
    return comparable_texts([orjson.dumps(item)], described).keys.row(0)


def _for_boto3(key: dict[str, dict[str, str]]) -> dict[str, Any]:
    return {name: {"B": b64decode(value["B"])} if "B" in value else value for name, value in key.items()}


def _batch(table: str, keys: list[dict[str, Any]], aws: Aws) -> Iterator[Item]:
    pending: dict[str, Any] = {table: {"Keys": keys, "ConsistentRead": True}}
    items: list[Item] = []

    def read() -> bool:
        nonlocal pending
        answer: dict[str, Any] = aws.bulk.batch_get_item(RequestItems=pending)
        items.extend(_plain(item) for item in answer["Responses"].get(table, []))
        pending = answer.get("UnprocessedKeys", {})
        return not pending

    poll(read, bool, limit_seconds=600, what=f"reading items of {table}")
    yield from items


def _plain(item: Mapping[str, Mapping[str, Any]]) -> Item:
    """Return the item in DynamoDB JSON: boto3 gives bytes."""
    return {name: _json(value) for name, value in item.items()}


def _json(value: Mapping[str, Any]) -> dict[str, Any]:
    [(kind, content)] = value.items()
    match kind:
        case "B":
            return {kind: b64encode(content).decode()}
        case "BS":
            return {kind: [b64encode(one).decode() for one in content]}
        case "M":
            return {kind: {name: _json(inner) for name, inner in content.items()}}
        case "L":
            return {kind: [_json(inner) for inner in content]}
        case _:
            return {kind: content}


def _value(text: str, attribute: KeyAttribute) -> str:
    return b64encode(bytes.fromhex(text)).decode() if attribute.type == "B" else text
