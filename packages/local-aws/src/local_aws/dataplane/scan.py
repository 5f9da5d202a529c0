"""Scans whose time grows with the table, not with its square: moto sorts all items for every page."""

import bisect
import itertools
import json
import zlib
from collections import OrderedDict
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from operator import itemgetter
from typing import Any, cast

from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from local_aws.dataplane.item_json import as_json, dynamodb_json

Segments = tuple[Any, Any]
_WHOLE: Segments = (None, None)
_CURSORS = 64

_scan, _all_items, _request = Table.scan, Table.all_items, DynamoHandler.scan


# The keys of a segment at the scan's start, sorted as moto sorts them, and where their items are.
_Place = tuple[DynamoType, DynamoType | None]
_Order = list[tuple[tuple[Any, ...], _Place]]


class _Read(Item):
    """An item to be shown and not changed, which moto copies in depth otherwise."""

    def __init__(self, item: Item) -> None:
        self.hash_key, self.range_key, self.attrs = item.hash_key, item.range_key, item.attrs

    def __deepcopy__(self, _memo: object) -> "_Read":
        return self


def scan_in_linear_time() -> None:
    """Let every scan of a table, not of an index, continue from where its last page ended.

    Requests hold `local_aws.dataplane.lock.TABLES`, so that a scan is never in the way of another.
    """
    setattr(DynamoHandler, "scan", _answer)  # noqa: B010
    setattr(Table, "scan", _paged_scan)  # noqa: B010 - a method of another library's
    setattr(Table, "all_items", _items_of_page)  # noqa: B010
    setattr(Item, "is_within_segment", _is_within)  # noqa: B010


def _answer(handler: DynamoHandler) -> str:
    return dynamodb_json(_request(handler).result)


def _paged_scan(
    table: Table,
    filters: dict[str, Any],
    limit: int,
    exclusive_start_key: dict[str, Any] | None,
    filter_expression: Any = None,
    index_name: str | None = None,
    consistent_read: bool = False,
    projection_expression: list[list[str]] | None = None,
    segments: Segments = _WHOLE,
) -> tuple[list[Item], int, dict[str, Any] | None]:
    more = (filter_expression, index_name, consistent_read, projection_expression)
    if index_name:
        return _scan(table, filters, limit, cast("Any", exclusive_start_key), *more, segments)
    order = _order(table, exclusive_start_key, segments)
    last = _start(table, exclusive_start_key) if exclusive_start_key else ()
    start = bisect.bisect_right(order, last, key=itemgetter(0))
    with _page(table, order, start):
        found = _scan(table, filters, limit, cast("Any", None), *more, cast("Any", _WHOLE))
    if found[2] is not None:
        cursors = _cursors(table)
        cursors[_cursor(found[2], segments)] = order
        while len(cursors) > _CURSORS:
            cursors.popitem(last=False)
    return found


def _order(table: Table, start: dict[str, Any] | None, segments: Segments) -> _Order:
    known = _cursors(table).get(_cursor(start, segments)) if start else None
    if known is not None:
        return known
    return sorted(
        (
            (_key(item.hash_key, item.range_key), (item.hash_key, item.range_key))
            for item in _all(table, segments)
        ),
        key=itemgetter(0),
    )


def _all(table: Table, segments: Segments) -> Iterator[Item]:
    for kept in cast("dict[Any, Any]", table.items).values():
        inside: Iterable[Item] = kept.values() if table.range_key_attr else [kept]
        yield from (item for item in inside if item.is_within_segment(segments))


def _is_within(item: Item, segments: Segments) -> bool:
    """Return whether a segment has the partition of an item; moto's own accepts no binary keys."""
    if segments == _WHOLE:
        return True
    segment, total = segments
    key = item.hash_key.value
    return zlib.crc32(key if isinstance(key, bytes) else key.encode()) % total == segment


@contextmanager
def _page(table: Table, order: _Order, start: int) -> Generator[None]:
    vars(table)["page"] = (order, start)
    try:
        yield
    finally:
        del vars(table)["page"]


def _items_of_page(table: Table) -> Any:
    if "page" not in vars(table):
        return _all_items(table)
    order, start = cast("tuple[_Order, int]", vars(table)["page"])
    return _still_there(table, order, start)


def _still_there(table: Table, order: _Order, start: int) -> Iterator[Item]:
    items = cast("dict[Any, Any]", table.items)
    for _, (partition, sort) in itertools.islice(order, start, None):
        kept = items.get(partition)
        item = kept.get(sort) if kept is not None and sort is not None else kept
        if item is not None:
            yield cast("Item", _Read(item))


def _start(table: Table, start: dict[str, Any]) -> tuple[Any, ...]:
    return _key(*(DynamoType(start[name]) for name in table.table_key_attrs))


def _key(*values: DynamoType | None) -> tuple[Any, ...]:
    given = (value for value in values if value is not None)
    return tuple(Decimal(value.value) if value.type == "N" else value.value for value in given)


def _cursors(table: Table) -> OrderedDict[str, _Order]:
    return vars(table).setdefault("cursors", OrderedDict())


def _cursor(start: dict[str, Any], segments: Segments) -> str:
    return json.dumps([start, segments], sort_keys=True, default=as_json)
