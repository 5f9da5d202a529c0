"""Which items a request to DynamoDB writes.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local_aws.history.keys import Attributes

Request = Mapping[str, Any]
Written = tuple[str, Attributes]
"""The name or ARN of a table, and an item or its key."""

_STATEMENT = re.compile(r"""\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+["']?([\w.-]+)""", re.IGNORECASE)


def _put(request: Request) -> Iterator[Written]:
    yield request["TableName"], request["Item"]


def _keyed(request: Request) -> Iterator[Written]:
    yield request["TableName"], request["Key"]


def _batch(request: Request) -> Iterator[Written]:
    for table, asked in request["RequestItems"].items():
        for each in asked:
            yield table, each["PutRequest"]["Item"] if "PutRequest" in each else each["DeleteRequest"]["Key"]


def _transaction(request: Request) -> Iterator[Written]:
    for each in request["TransactItems"]:
        for action, asked in each.items():
            if action != "ConditionCheck":
                yield asked["TableName"], asked["Item"] if action == "Put" else asked["Key"]


WRITES: Mapping[str, Callable[[Request], Iterator[Written]]] = {
    "PutItem": _put,
    "UpdateItem": _keyed,
    "DeleteItem": _keyed,
    "BatchWriteItem": _batch,
    "TransactWriteItems": _transaction,
}
"""What an operation writes; raises KeyError, TypeError or AttributeError where the request is none."""
UPDATES = frozenset({"UpdateItem", "TransactWriteItems"})
"""Those that change items in place."""
STATEMENTS = frozenset({"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"})
"""Those of PartiQL."""


def tables_of_statements(request: Request) -> list[str]:
    """Return the tables that statements of PartiQL write to."""
    statements = request.get("Statements") or request.get("TransactStatements") or [request]
    texts = [str(each.get("Statement", "")) for each in statements]
    return [found[1] for text in texts if (found := _STATEMENT.match(text))]
