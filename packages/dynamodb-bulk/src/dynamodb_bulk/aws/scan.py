"""Read all items of a table by a parallel scan, at a limited rate if asked.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html
"""

import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import msgspec

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.answers import refuse_answer

SEGMENTS = 4
_UNIT_BYTES = 4 * 1024  # a consistent read takes a unit, an eventually consistent one half of one
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


def scan_pages(
    table: str,
    aws: Aws,
    *,
    pace: Pace,
    segments: int = SEGMENTS,
    consistent: bool = False,
    selection: Mapping[str, Any] | None = None,
) -> Iterator[list[bytes]]:
    """Yield the items of every page as texts of JSON; pages of all segments are asked for at the same time.

    `consistent`: every write that was over before the scan began is in it, at twice the units. `selection`:
    the filter and the projection, as arguments of a Scan.
    """
    client = _raw_client(aws)
    unit = _UNIT_BYTES if consistent else 2 * _UNIT_BYTES
    request: dict[str, Any] = {
        "TableName": table,
        "TotalSegments": segments,
        "ConsistentRead": consistent,
        "ReturnConsumedCapacity": "TOTAL",
        **(selection or {}),
    }

    def next_page(place: dict[str, Any]) -> dict[str, Any]:
        page: dict[str, Any] = client.scan(**request, **place)
        consumed = page.get("ConsumedCapacity", {}).get("CapacityUnits")
        pace.took(page["Bytes"] / unit if consumed is None else consumed)
        return page

    places: list[dict[str, Any]] = [{"Segment": segment} for segment in range(segments)]
    with ThreadPoolExecutor(segments) as pool:
        while places:
            pages = list(pool.map(next_page, places))
            places = [
                {**place, "ExclusiveStartKey": page["LastEvaluatedKey"]}
                for place, page in zip(places, pages, strict=True)
                if page.get("LastEvaluatedKey")
            ]
            yield from (page["Texts"] for page in pages if page["Texts"])


def read_page(body: bytes) -> tuple[bytes, list[bytes]]:
    """Return the document of a page of a Scan without the items, and the text of each item.

    A page as one tree of objects is larger than a processor's memory, and takes three times as long.
    """
    members = _MEMBERS.decode(body)
    items = _ITEMS.decode(members.pop("Items", b"[]"))
    return msgspec.json.encode(members), list(map(bytes, items))


def _raw_client(aws: Aws) -> Any:
    """Return a client that gives pages of a Scan as text instead of a tree of objects per item."""
    client: Any = replace(aws).dynamodb  # with connections of its own

    def cut(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
        if response_dict["status_code"] != 200:
            return
        body: bytes = response_dict["body"]
        try:
            response_dict["body"], items = read_page(body)
        except msgspec.DecodeError:
            refuse_answer(response_dict)  # cut off: asked for again
            return
        customized_response_dict.update(Texts=items, Bytes=len(body))

    client.meta.events.register("before-parse.dynamodb.Scan", cut)
    return client
