"""Sends puts whose items are DynamoDB JSON already, as text that botocore does not take apart again.

botocore validates and serializes every attribute of a request, which takes longer than all else of a call.
Here it is given a request with one empty item, and an event of its own replaces the body before it signs:
https://docs.aws.amazon.com/boto3/latest/guide/events.html
"""

import threading
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.item_files.canonical import canonical_item
from dynamodb_bulk.items.numbers import canonical_number
from dynamodb_bulk.items.sizes import item_bytes
from dynamodb_bulk.spec.keys import TableKeys

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
MOST_ITEMS = 25
MOST_BYTES = 16 * 1024**2 - 64 * 1024  # of a request, less all that is beside the items
UNIT = 1024  # bytes of an item


@dataclass(frozen=True, slots=True)
class Put:
    """An item and the line of a source that it is from; `more`: the members of PutItem beside the item."""

    source: int
    line: int
    item: bytes
    more: bytes = b""

    @property
    def units(self) -> int:
        """The write units that it takes, of a table without indexes. No item is larger than its text."""
        return 1 if len(self.item) <= UNIT else max(1, -(-item_bytes(self.item.decode()) // UNIT))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The write units that a call consumed, and the puts that DynamoDB left undone."""

    units: float
    undone: Sequence[Put] = ()


class PutClient:
    """Puts items into one table; safe to use in several threads.

    It repeats nothing: who calls it has to know of every throttled call.
    """

    def __init__(self, table: str, keys: TableKeys, aws: Aws, *, threads: int) -> None:
        self._table = table
        self._keys = keys
        self._client: Any = aws.client(
            "dynamodb", retries={"total_max_attempts": 1}, max_pool_connections=threads
        )
        self._client.meta.events.register("before-call.dynamodb", self._replace_body)
        self._body = threading.local()
        self._named = orjson.dumps(table)

    def put_batch(self, puts: Sequence[Put]) -> Answer:
        """Call BatchWriteItem, for at most `MOST_ITEMS` and `MOST_BYTES`."""
        items = b'}},{"PutRequest":{"Item":'.join(put.item for put in puts)
        body = b'{"ReturnConsumedCapacity":"TOTAL","RequestItems":{%b:[{"PutRequest":{"Item":%b}}]}}'
        request: dict[str, Any] = {self._table: [{"PutRequest": {"Item": {}}}]}
        answer = self._send(self._client.batch_write_item, body % (self._named, items), RequestItems=request)
        units = sum(each.get("CapacityUnits", 0.0) for each in answer.get("ConsumedCapacity", ()))
        left: Sequence[Any] = answer.get("UnprocessedItems", {}).get(self._table, ())
        return Answer(units=units, undone=self._undone(puts, left) if left else ())

    def put(self, put: Put) -> Answer:
        """Call PutItem; ConditionalCheckFailedException, where AWS raises it, has the item that is there."""
        body = (
            b'{"ReturnConsumedCapacity":"TOTAL","ReturnValuesOnConditionCheckFailure":"ALL_OLD",'
            b'"TableName":%b,"Item":%b}' % (self._named, put.item + put.more)
        )
        answer = self._send(self._client.put_item, body, TableName=self._table, Item={})
        return Answer(units=answer.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0))

    def _send(self, call: Callable[..., Any], body: bytes, **request: Any) -> Any:
        self._body.content = body
        return call(**request)

    def _replace_body(self, params: dict[str, Any], **_: object) -> None:
        params["body"] = self._body.content

    def _undone(self, puts: Sequence[Put], left: Sequence[Any]) -> Sequence[Put]:
        """Return the puts that AWS left; all of them where one is not found: puts can be repeated."""
        own = {self._key(orjson.loads(put.item)): put for put in puts}
        found = [own.get(self._key(each.get("PutRequest", {}).get("Item", {}))) for each in left]
        return [put for put in found if put] if all(found) else puts

    def _key(self, item: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(_text(item.get(key.name, {})) for key in self._keys.by_role.values())


def is_item(put: Put, found: Mapping[str, Any]) -> bool:
    """Return whether the put's item is what botocore has read of the table."""
    return canonical_item(orjson.loads(put.item)) == canonical_item(_as_json(found))


def _text(value: Mapping[str, Any]) -> str:
    [(kind, content)] = value.items() or (("", ""),)
    if kind == "N":
        return canonical_number(content)
    return _base64(content) if isinstance(content, bytes) else content


def _as_json(value: Any) -> Any:
    """Return what botocore has read as it is in DynamoDB JSON, where bytes are base64."""
    if isinstance(value, dict):
        return {name: _as_json(member) for name, member in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_as_json(element) for element in cast("list[Any]", value)]
    return _base64(value) if isinstance(value, bytes) else value


def _base64(content: bytes) -> str:
    return b64encode(content).decode()
