"""Items into a table of DynamoDB Local."""

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from moto.dynamodb.models.table import Table

from local_aws.dataplane.written import ConditionError, PutCondition, Refusal, Written
from local_aws.dynamodb_local.process import LocalDynamoDb
from local_aws.history.current_items import LocalHeld
from local_aws.history.recorder import Recording
from local_aws.history.recovery import log_of

_BATCH = 25
_THREADS = 8
_REFUSED = "ConditionalCheckFailedException"


@dataclass(frozen=True, kw_only=True)
class _Put:
    position: int
    item: dict[str, Any]
    condition: PutCondition | None
    key: dict[str, Any] | None = None  # of what is deleted


# The position of an item, why it was not written ("" where it was), and what is there instead.
Fate = tuple[int, str, str]


class LocalTable:
    """Writes to a table that DynamoDB Local holds, through its own API."""

    def __init__(self, local: LocalDynamoDb, table: Table, condition: PutCondition | None = None) -> None:
        self._local = local
        self._table = table
        self._condition = condition
        if condition:
            self._try(condition)

    def put(
        self,
        items: Sequence[str],
        conditions: Sequence[PutCondition | None] | None = None,
        deleted: Sequence[bool] = (),
    ) -> Written:
        """Write items in order, or delete, as `Sink` says: at once only such as have different keys."""
        written = Written()
        write = partial(self._record, self._put_each if self._condition or conditions else self._put_batch)
        own = conditions or [self._condition] * len(items)
        with ThreadPoolExecutor(_THREADS) as pool:
            for turn in self._turns(items, own, deleted or [False] * len(items)):
                batches = [turn[start : start + _BATCH] for start in range(0, len(turn), _BATCH)]
                for fates in pool.map(write, batches):
                    _count(fates, written)
        written.failed.sort()
        written.refused.sort(key=lambda refusal: refusal.position)
        return written

    def _turns(
        self, items: Sequence[str], conditions: Sequence[PutCondition | None], deleted: Sequence[bool]
    ) -> Iterable[list[_Put]]:
        """Return the items in turns, in each of which no key is twice."""
        turns: list[list[_Put]] = []
        seen: dict[str, int] = {}
        names = self._table.table_key_attrs
        for position, (text, condition, gone) in enumerate(zip(items, conditions, deleted, strict=True)):
            item = json.loads(text)
            key = json.dumps([item.get(name) for name in names])
            turn = seen.get(key, 0)
            seen[key] = turn + 1
            if turn == len(turns):
                turns.append([])
            of_deleted = {name: item[name] for name in names if name in item} if gone else None
            turns[turn].append(_Put(position=position, item=item, condition=condition, key=of_deleted))
        return turns

    def _record(self, write: Callable[[Sequence[_Put]], list[Fate]], puts: Sequence[_Put]) -> list[Fate]:
        """As `write`, and what it changes is recorded while the table's recovery is on."""
        log = log_of(self._table)
        if log is None:
            return write(puts)
        where = LocalHeld(self._local)
        with where.writing(log):
            recording = Recording(log, where, self._table, [put.item for put in puts])
            fates = write(puts)
            if any(problem for _, problem, _ in fates):
                recording.reconsider()
        return fates

    def _put_batch(self, puts: Sequence[_Put]) -> list[Fate]:
        requests = [
            {"PutRequest": {"Item": put.item}} if put.key is None else {"DeleteRequest": {"Key": put.key}}
            for put in puts
        ]
        while requests:
            status, said = self._ask("BatchWriteItem", RequestItems={self._table.name: requests})
            if status != 200:
                return self._put_each(puts)
            requests = said.get("UnprocessedItems", {}).get(self._table.name)
        return [(put.position, "", "") for put in puts]

    def _put_each(self, puts: Sequence[_Put]) -> list[Fate]:
        return [(put.position, *self._put(put)) for put in puts]

    def _put(self, put: _Put) -> tuple[str, str]:
        members = _members(put.condition) if put.condition else {}
        if members:
            members["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        if put.key is None:
            status, said = self._ask("PutItem", TableName=self._table.name, Item=put.item, **members)
        else:
            status, said = self._ask("DeleteItem", TableName=self._table.name, Key=put.key, **members)
        there = said.get("Item")
        return ("", "") if status == 200 else (_problem(said), json.dumps(there) if there else "")

    def _try(self, condition: PutCondition) -> None:
        filters = {name.replace("Condition", "Filter"): value for name, value in _members(condition).items()}
        status, said = self._ask("Scan", TableName=self._table.name, Limit=1, **filters)
        if status != 200:
            raise ConditionError(f"condition-expression {condition.expression!r}: {_problem(said)}")

    def _ask(self, operation: str, **members: Any) -> tuple[int, dict[str, Any]]:
        return self._local.ask(operation, self._table.region_name, **members)


def _members(condition: PutCondition) -> dict[str, Any]:
    members: dict[str, Any] = {
        "ConditionExpression": condition.expression,
        "ExpressionAttributeNames": condition.names,
        "ExpressionAttributeValues": condition.values,
    }
    return {name: value for name, value in members.items() if value}


def _problem(said: dict[str, Any]) -> str:
    code = str(said.get("__type", "")).rpartition("#")[2]
    return f"{code}: {said.get('message') or said.get('Message') or ''}"


def _count(fates: Iterable[Fate], written: Written) -> None:
    for position, problem, there in fates:
        if not problem:
            written.stored += 1
        elif problem.startswith(_REFUSED):
            written.refused.append(Refusal(position=position, existing=there))
        else:
            written.failed.append((position, problem))
