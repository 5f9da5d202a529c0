"""PutItem and BatchWriteItem as DynamoDB documents them: limits, consumed capacity, throttling.

moto counts one unit for any number of items of any size, takes any number of items in one call, and two of
one key; and it writes those before the one that it refuses.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import orjson
from moto.dynamodb.models.table import Table

from dynamodb_bulk.item_files.typed import ENVELOPE, item_text
from dynamodb_bulk.items.sizes import item_bytes
from local_aws.dataplane.sink import MotoTable
from local_aws.dataplane.tables import demands_of, find_table, keys_of
from local_aws.dataplane.throttle import Bucket, bucket_of
from local_aws.history.keys import key_text
from local_aws.protocol import Fault, Fields, Request, Tables, answer, invalid, refuse

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

MOST_ITEMS = 25
MOST_BYTES = 16 * 1024 * 1024
_UNIT = 1024
_THROTTLED = (
    "The level of configured provisioned throughput for the table was exceeded. "
    "Consider increasing your provisioning level with the UpdateTable API."
)
_COUNT = (
    "1 validation error detected: Value at 'requestItems' failed to satisfy constraint: Map value must "
    "satisfy constraint: [Member must have length less than or equal to 25, Member must have length greater "
    "than or equal to 1]"
)
_TWICE = "Provided list of item keys contains duplicates"


class Puts:
    """Passes requests on to the DynamoDB that holds the items, puts as they have to be.

    `by_moto`: moto holds them. DynamoDB Local counts and limits by itself, and throttles nothing.
    """

    def __init__(self, tables: Tables, *, by_moto: bool) -> None:
        self._tables = tables
        self._by_moto = by_moto

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse", body: bytes, region: str
    ) -> Iterable[bytes]:
        """Answer one request."""
        operation = environ["HTTP_X_AMZ_TARGET"].partition(".")[2]
        try:
            if operation == "PutItem":
                return self._put_item(environ, start_response, body, region)
            if operation == "BatchWriteItem":
                return self._batch(environ, start_response, body, region)
        except Fault as fault:
            text = orjson.dumps({"__type": fault.code, fault.member: fault.message})
            return answer(start_response, 400, text)
        return self._tables(environ, start_response, body, region)

    def _put_item(
        self, environ: "WSGIEnvironment", start_response: "StartResponse", body: bytes, region: str
    ) -> Iterable[bytes]:
        request = _parsed(body)
        item, name = request.get("Item"), str(request.get("TableName"))
        table = find_table(region, name)
        if not isinstance(item, dict) or table is None:
            return self._tables(environ, start_response, body, region)
        units = _units(table, cast("dict[str, Any]", item))
        bucket = bucket_of(name)
        if bucket and not bucket.take(units):
            raise Fault("ProvisionedThroughputExceededException", _THROTTLED)
        said = b"".join(self._tables(environ, start_response, body, region))
        if not self._by_moto or b'"ConsumedCapacity"' not in said:
            return [said]
        fields = orjson.loads(said)
        fields["ConsumedCapacity"]["CapacityUnits"] = units
        return [orjson.dumps(fields)]

    def _batch(
        self, environ: "WSGIEnvironment", start_response: "StartResponse", body: bytes, region: str
    ) -> Iterable[bytes]:
        request = _parsed(body)
        asked: Any = request.get("RequestItems")
        try:
            writes: dict[str, list[dict[str, Any]]] = {name: list(each) for name, each in asked.items()}
            puts_only = all(one.keys() == {"PutRequest"} for each in writes.values() for one in each)
        except (AttributeError, TypeError):
            return self._tables(environ, start_response, body, region)
        if not 1 <= sum(map(len, writes.values())) <= MOST_ITEMS:
            return refuse(start_response, _COUNT)
        if len(body) > MOST_BYTES:
            raise invalid("Request size exceeds limit: the maximum is 16 MB")
        tables = {name: find_table(region, name) for name in writes}
        if None in tables.values():
            raise Fault("ResourceNotFoundException", "Requested resource not found")
        if not puts_only or not self._by_moto:
            return self._passed_on(environ, start_response, request, writes, region)
        texts = {
            name: _checked(cast("Table", tables[name]), [one["PutRequest"]["Item"] for one in each])
            for name, each in writes.items()
        }
        undone: dict[str, list[dict[str, Any]]] = {}
        consumed: dict[str, float] = {}
        for name, each in writes.items():
            table = cast("Table", tables[name])
            units = [_units(table, one["PutRequest"]["Item"]) for one in each]
            taken = _taken(bucket_of(name), units)
            MotoTable(table).put([text for text, own in zip(texts[name], taken, strict=True) if own])
            consumed[name] = sum(unit for unit, own in zip(units, taken, strict=True) if own)
            if left := [one for one, own in zip(each, taken, strict=True) if not own]:
                undone[name] = left
        if undone.keys() == writes.keys() and not any(consumed.values()):
            raise Fault("ProvisionedThroughputExceededException", _THROTTLED)
        return answer(start_response, 200, orjson.dumps(_answer(request, undone, consumed)))

    def _passed_on(
        self,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
        request: Request,
        writes: Mapping[str, list[dict[str, Any]]],
        region: str,
    ) -> Iterable[bytes]:
        """Let the DynamoDB that holds the items write as many as are not throttled."""
        passed: dict[str, list[dict[str, Any]]] = {}
        undone: dict[str, list[dict[str, Any]]] = {}
        for name, each in writes.items():
            table = cast("Table", find_table(region, name))
            units = [_units(table, one["PutRequest"]["Item"]) if "PutRequest" in one else 1.0 for one in each]
            for one, own in zip(each, _taken(bucket_of(name), units), strict=True):
                (passed if own else undone).setdefault(name, []).append(one)
        if not passed:
            raise Fault("ProvisionedThroughputExceededException", _THROTTLED)
        body = orjson.dumps({**request, "RequestItems": passed})
        said = b"".join(self._tables(environ, start_response, body, region))
        if not undone:
            return [said]
        fields = orjson.loads(said)
        for name, each in undone.items():
            fields.setdefault("UnprocessedItems", {}).setdefault(name, []).extend(each)
        return [orjson.dumps(fields)]


def _taken(bucket: Bucket | None, units: Sequence[float]) -> list[bool]:
    return [bucket is None or bucket.take(each) for each in units]


def _checked(table: Table, items: Sequence[Any]) -> list[str]:
    """Return the items as text; raise Fault where DynamoDB refuses the request for one of them."""
    keys, demands = keys_of(table), demands_of(table)
    try:
        texts = [item_text({ENVELOPE: item}, keys, demands) for item in items]
    except ValueError as error:
        if getattr(error, "kind", "") == "item-too-large":
            raise invalid("Item size has exceeded the maximum allowed size") from None
        raise invalid(f"One or more parameter values were invalid: {error}") from None
    if len({key_text(table.table_key_attrs, item) for item in items}) < len(items):
        raise invalid(_TWICE)
    return texts


def _units(table: Table, item: Mapping[str, Any]) -> float:
    """Return the write units of an item, of the table and of each index that holds it.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    try:
        own = max(1, -(-item_bytes(orjson.dumps(item).decode()) // _UNIT))
    except (ValueError, TypeError, AttributeError):
        return 1.0  # DynamoDB refuses it
    holding = sum(
        all(each["AttributeName"] in item for each in index.schema) for index in table.global_indexes
    )
    return float(own * (1 + holding))


def _answer(
    request: Request, undone: Mapping[str, list[dict[str, Any]]], consumed: Mapping[str, float]
) -> Fields:
    fields: Fields = {"UnprocessedItems": dict(undone)}
    wanted = request.get("ReturnConsumedCapacity", "NONE")
    if wanted != "NONE":
        fields["ConsumedCapacity"] = [
            {
                "TableName": name,
                "CapacityUnits": units,
                **({"Table": {"CapacityUnits": units}} if wanted == "INDEXES" else {}),
            }
            for name, units in consumed.items()
        ]
    return fields


def _parsed(body: bytes) -> Request:
    try:
        request = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return cast("Request", request) if isinstance(request, dict) else {}
