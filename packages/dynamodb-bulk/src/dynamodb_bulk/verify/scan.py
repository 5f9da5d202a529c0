"""Read all items of a table by a parallel scan, at a limited rate if asked.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html
"""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import msgspec
import orjson
from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.answers import refuse_answer
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.keys import TableKeys
from dynamodb_bulk.verify.comparable import Comparable, comparable_texts

SEGMENTS = 4
_UNIT_BYTES = 8 * 1024  # an eventually consistent read of 4 KB takes half a unit
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])


class Pace:
    """Read units per second, shared by all segments; None: no limit."""

    def __init__(self, units_per_second: float | None) -> None:
        self._rate = units_per_second
        self._lock = threading.Lock()
        self._free = time.monotonic()
        self.units = 0.0

    def took(self, units: float) -> None:
        """Count what a page took, and wait until the next may be asked for."""
        with self._lock:
            self.units += units
            if self._rate is None:
                return
            self._free = max(self._free, time.monotonic()) + units / self._rate
            wait = self._free - time.monotonic()
        if wait > 0:
            time.sleep(wait)


def scan_table(
    table: str,
    keys: TableKeys,
    aws: Aws,
    take: Callable[[Comparable], None],
    *,
    pace: Pace,
    segments: int = SEGMENTS,
) -> None:
    """Hand on every item, from several threads; raise InputError if the table cannot be read."""
    client = _raw_client(aws, keys)
    stopped = threading.Event()

    def scan(segment: int) -> None:
        request: dict[str, Any] = {
            "TableName": table,
            "Segment": segment,
            "TotalSegments": segments,
            "ReturnConsumedCapacity": "TOTAL",
        }
        while not stopped.is_set():
            page: dict[str, Any] = client.scan(**request)
            take(page["Comparable"])
            consumed = page.get("ConsumedCapacity", {}).get("CapacityUnits")
            pace.took(page["Bytes"] / _UNIT_BYTES if consumed is None else consumed)
            start = page.get("LastEvaluatedKey")
            if not start:
                return
            request["ExclusiveStartKey"] = start

    try:
        with ThreadPoolExecutor(segments) as pool:
            _all(pool.map(scan, range(segments)), stopped)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "ResourceNotFoundException":
            raise InputError(
                f"table {table}", "the table does not exist", "check its name and your Region"
            ) from None
        raise


def read_page(body: bytes, keys: TableKeys) -> tuple[bytes, Comparable]:
    """Return the document of a page of a Scan without the items, and the items.

    A page as one tree of objects is larger than a processor's memory, and takes three times as long: it is
    cut into the texts of its items first.
    """
    members = _MEMBERS.decode(body)
    items = _ITEMS.decode(members.pop("Items", b"[]"))
    return msgspec.json.encode(members), comparable_texts(map(bytes, items), keys)


def _all(results: Iterable[None], stopped: threading.Event) -> None:
    try:
        for _ in results:
            pass
    except BaseException:
        stopped.set()
        raise


def _raw_client(aws: Aws, keys: TableKeys) -> Any:
    """Return a client that gives pages of a Scan as text instead of a tree of objects per item."""
    client: Any = replace(aws).dynamodb  # with connections of its own

    def cut(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
        if response_dict["status_code"] != 200:
            return
        body: bytes = response_dict["body"]
        try:
            response_dict["body"], items = read_page(body, keys)
        except (msgspec.DecodeError, orjson.JSONDecodeError):
            refuse_answer(response_dict)  # cut off: asked for again
            return
        customized_response_dict.update(Comparable=items, Bytes=len(body))

    client.meta.events.register("before-parse.dynamodb.Scan", cut)
    return client
