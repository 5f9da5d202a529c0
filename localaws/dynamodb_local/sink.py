"""Items into a table of DynamoDB Local."""

import json
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from moto.dynamodb.models.table import Table

from dataset.mappings import ConditionExpression
from localaws.dataplane.written import ConditionError, Written
from localaws.dynamodb_local.process import LocalDynamoDb

_BATCH = 25
_THREADS = 8
_REFUSED = "ConditionalCheckFailedException"
Position = tuple[int, dict[str, Any]]


class LocalTable:
    """A table held by DynamoDB Local, written through its own API."""

    def __init__(
        self, local: LocalDynamoDb, table: Table, condition: ConditionExpression | None = None
    ) -> None:
        self._local = local
        self._table = table
        self._condition = _members(condition) if condition and condition.apply_during_full_load else {}
        if self._condition:
            self._try_condition()

    def put(self, items: Sequence[str]) -> Written:
        """Write items in order: at once only such as have different keys."""
        written = Written()
        write = self._put_each if self._condition else self._put_batch
        with ThreadPoolExecutor(_THREADS) as pool:
            for turn in self._turns(items):
                batches = [turn[start : start + _BATCH] for start in range(0, len(turn), _BATCH)]
                for problems in pool.map(write, batches):
                    _count(problems, written)
        written.failed.sort()
        return written

    def _turns(self, items: Sequence[str]) -> Iterable[list[Position]]:
        """The items in turns, in each of which no key is twice."""
        turns: list[list[Position]] = []
        seen: dict[str, int] = {}
        for position, text in enumerate(items):
            item = json.loads(text)
            key = json.dumps([item.get(name) for name in self._table.table_key_attrs])
            turn = seen.get(key, 0)
            seen[key] = turn + 1
            if turn == len(turns):
                turns.append([])
            turns[turn].append((position, item))
        return turns

    def _put_batch(self, items: Sequence[Position]) -> list[tuple[int, str]]:
        requests = [{"PutRequest": {"Item": item}} for _, item in items]
        while requests:
            status, said = self._ask("BatchWriteItem", RequestItems={self._table.name: requests})
            if status != 200:
                return self._put_each(items)
            requests = said.get("UnprocessedItems", {}).get(self._table.name)
        return [(position, "") for position, _ in items]

    def _put_each(self, items: Sequence[Position]) -> list[tuple[int, str]]:
        return [(position, self._put(item)) for position, item in items]

    def _put(self, item: dict[str, Any]) -> str:
        status, said = self._ask("PutItem", TableName=self._table.name, Item=item, **self._condition)
        return "" if status == 200 else _problem(said)

    def _try_condition(self) -> None:
        filters = {name.replace("Condition", "Filter"): value for name, value in self._condition.items()}
        status, said = self._ask("Scan", TableName=self._table.name, Limit=1, **filters)
        if status != 200:
            raise ConditionError(
                f"condition-expression {self._condition['ConditionExpression']!r}: {_problem(said)}"
            )

    def _ask(self, operation: str, **members: Any) -> tuple[int, dict[str, Any]]:
        return self._local.ask(operation, self._table.region_name, **members)


def _members(condition: ConditionExpression) -> dict[str, Any]:
    members: dict[str, Any] = {
        "ConditionExpression": condition.expression,
        "ExpressionAttributeNames": {name.name: name.value for name in condition.expression_attribute_names},
        "ExpressionAttributeValues": {
            value.name: value.value for value in condition.expression_attribute_values
        },
    }
    return {name: value for name, value in members.items() if value}


def _problem(said: dict[str, Any]) -> str:
    code = str(said.get("__type", "")).rpartition("#")[2]
    return f"{code}: {said.get('message') or said.get('Message') or ''}"


def _count(problems: Iterable[tuple[int, str]], written: Written) -> None:
    for position, problem in problems:
        if not problem:
            written.stored += 1
        elif problem.startswith(_REFUSED):
            written.refused += 1
        else:
            written.failed.append((position, problem))
