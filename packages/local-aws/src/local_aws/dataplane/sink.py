"""Where items go: a table of local DynamoDB."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, cast

from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table

from dynamodb_bulk.dms.mappings import ConditionExpression
from local_aws.dataplane.conditions import Holds, parse_condition
from local_aws.dataplane.item_json import dynamodb_json
from local_aws.dataplane.lock import TABLES
from local_aws.dataplane.numbers import kept
from local_aws.dataplane.written import ConditionError, PutCondition, Refusal, Sink, Written
from local_aws.dynamodb_local.process import started
from local_aws.history.current_items import item_text
from local_aws.history.keys import key_of
from local_aws.history.recovery import log_of

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MAX_ITEM_BYTES = 400 * 1024
_SLICE = 500


def table_sink(table: Table, condition: ConditionExpression | None = None, *, changes: bool = False) -> Sink:
    """Return where the items of a table go, in a full load or with `changes`; raise `ConditionError`."""
    members = _members(condition, changes=changes)
    if local := started():
        from local_aws.dynamodb_local.sink import LocalTable

        return LocalTable(local, table, members)
    return MotoTable(table, members)


def _members(condition: ConditionExpression | None, *, changes: bool) -> PutCondition | None:
    if condition is None:
        return None
    if not (condition.apply_during_cdc if changes else condition.apply_during_full_load):
        return None
    return PutCondition(
        expression=condition.expression,
        names={name.name: name.value for name in condition.expression_attribute_names},
        values={value.name: value.value for value in condition.expression_attribute_values},
    )


class MotoTable:
    """Writes to a table that moto holds in this process.

    The same as moto's own put_item at several times its speed: a condition is parsed once, and the
    checks left out are those that `dynamodb_bulk.items.row_to_item` makes of every row.
    """

    def __init__(self, table: Table, condition: PutCondition | None = None) -> None:
        self._table = table
        self._condition = parse_condition(condition) if condition else None

    def put(
        self,
        items: Sequence[str],
        conditions: Sequence[PutCondition | None] | None = None,
        deleted: Sequence[bool] = (),
    ) -> Written:
        """Write items in order, or delete, as `Sink` says."""
        written = Written()
        for start in range(0, len(items), _SLICE):
            ready = list(self._built(items[start : start + _SLICE], start, written, conditions))
            with TABLES:
                log = log_of(self._table)
                former: list[tuple[str, str | None]] = []
                for position, item, condition in ready:
                    gone = bool(deleted) and deleted[position]
                    stored, before = self._store(position, item, condition, written, gone=gone)
                    if log and stored:
                        former.append((key_of(item), item_text(before.attrs) if before else None))
                if log:
                    log.add(former)
        return written

    def _built(
        self,
        texts: Sequence[str],
        start: int,
        written: Written,
        conditions: Sequence[PutCondition | None] | None,
    ) -> Iterator[tuple[int, Item, Holds | None]]:
        table = self._table
        partition, sort = table.hash_key_attr, table.range_key_attr
        for position, text in enumerate(texts, start):
            attributes = LimitedSizeDict()
            for name, value in json.loads(text).items():
                dict.__setitem__(attributes, name, DynamoType(kept(value)))
            problem = self._problem(attributes, text)
            condition = self._condition
            if conditions is not None and not problem:
                try:
                    condition = parse_condition(own) if (own := conditions[position]) else None
                except ConditionError as error:
                    problem = f"ValidationException: {error}"
            if problem:
                written.failed.append((position, problem))
                continue
            item: Item = object.__new__(Item)
            item.hash_key = attributes[partition]
            item.range_key = attributes[sort] if sort is not None else None
            item.attrs = attributes
            yield position, item, condition

    def _problem(self, attributes: dict[str, Any], text: str) -> str:
        table = self._table
        for name, wanted in (
            (table.hash_key_attr, table.hash_key_type),
            (table.range_key_attr, table.range_key_type),
        ):
            if name is None:
                continue
            value = attributes.get(name)
            if value is None:
                return f"ValidationException: Missing the key {name} in the item"
            if value.type != wanted:
                return (
                    f"ValidationException: Type mismatch for key {name} expected: {wanted} "
                    f"actual: {value.type}"
                )
        if (
            len(text) > MAX_ITEM_BYTES // 4
            and sum(len(name.encode()) + value.size() for name, value in attributes.items()) > MAX_ITEM_BYTES
        ):
            return "ValidationException: Item size has exceeded the maximum allowed size"
        return ""

    def _store(
        self, position: int, item: Item, condition: Holds | None, written: Written, *, gone: bool
    ) -> tuple[bool, Item | None]:
        """Return whether the item was written, or with `gone` deleted, and what was before."""
        table = self._table
        kept = cast("dict[Any, Any]", table.items)
        place = item.hash_key
        if item.range_key is not None:
            kept, place = kept[item.hash_key], item.range_key
        current: Item | None = kept.get(place)
        if condition is not None and not condition(current):
            there = dynamodb_json(current.attrs) if current else ""
            written.refused.append(Refusal(position=position, existing=there))
            return False, current
        if not gone:
            kept[place] = item
        elif current is not None:
            del kept[place]
        if table.stream_shard is not None and not (gone and current is None):
            table.stream_shard.add(current, None if gone else item)
        written.stored += 1
        return True, current
