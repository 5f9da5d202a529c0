"""Records what requests change of tables whose recovery is on, before DynamoDB answers them.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, cast

from moto.dynamodb.models.table import Table

from local_aws.dataplane.tables import find_table
from local_aws.history.current_items import Held, held
from local_aws.history.keys import Attributes, key_text
from local_aws.history.log import ChangeLog
from local_aws.history.recovery import any_recovery, log_of
from local_aws.protocol import Request, Tables, refuse

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

_NO_STATEMENTS = (
    "local AWS cannot record PartiQL writes to a table with point-in-time recovery, {}: "
    "write it by PutItem, UpdateItem or DeleteItem, or turn the recovery off"
)

_Written = tuple[str, Attributes]
"""The name or ARN of a table, and an item or its key."""

_WRITING_STATEMENT = re.compile(
    r"""\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+["']?([\w.-]+)""", re.IGNORECASE
)


def _batch(request: Request) -> Iterator[_Written]:
    for table, asked in request["RequestItems"].items():
        for each in asked:
            yield table, each["PutRequest"]["Item"] if "PutRequest" in each else each["DeleteRequest"]["Key"]


def _transaction(request: Request) -> Iterator[_Written]:
    for each in request["TransactItems"]:
        for action, asked in each.items():
            if action != "ConditionCheck":
                yield asked["TableName"], asked["Item"] if action == "Put" else asked["Key"]


_WRITES: Mapping[str, Callable[[Request], Iterable[_Written]]] = {
    "PutItem": lambda request: [(request["TableName"], request["Item"])],
    "UpdateItem": lambda request: [(request["TableName"], request["Key"])],
    "DeleteItem": lambda request: [(request["TableName"], request["Key"])],
    "BatchWriteItem": _batch,
    "TransactWriteItems": _transaction,
}
"""What an operation writes; raises KeyError, TypeError or AttributeError where the request is none."""
_UPDATES = frozenset({"UpdateItem", "TransactWriteItems"})
"""Those that change items in place."""
_STATEMENTS = frozenset({"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"})
"""Those of PartiQL."""


def _tables_of_statements(request: Request) -> list[str]:
    """The tables that statements of PartiQL write to."""
    statements = request.get("Statements") or request.get("TransactStatements") or [request]
    texts = [str(each.get("Statement", "")) for each in statements]
    return [found[1] for text in texts if (found := _WRITING_STATEMENT.match(text))]


class Recording:
    """Records changes of a table's items before they are made, while `Held.writing` is held."""

    def __init__(
        self, log: ChangeLog, where: Held, table: Table, items: Sequence[Attributes], *, update: bool = False
    ) -> None:
        keys = [key_text(table.table_key_attrs, item) for item in items]
        self._log, self._where, self._table, self._items = log, where, table, items
        self._before = where.look(table, items, update=update)
        self._times = log.add(list(zip(keys, self._before, strict=True)))

    def reconsider(self) -> None:
        """Forget what did not change after all, as some of it was refused."""
        now = self._where.look(self._table, self._items)
        each = zip(self._times, self._before, now, strict=True)
        self._log.take_back([time for time, before, after in each if before == after])


class Recorder:
    """Passes requests on to the DynamoDB that holds the items."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse", body: bytes, region: str
    ) -> Iterable[bytes]:
        """Answer one request."""
        operation = environ["HTTP_X_AMZ_TARGET"].partition(".")[2]
        if not any_recovery() or operation not in _WRITES.keys() | _STATEMENTS:
            return self._tables(environ, start_response, body, region)
        request = _parsed(body)
        if operation in _STATEMENTS:
            for name in _tables_of_statements(request):
                table = find_table(region, name)
                if table is not None and log_of(table) is not None:
                    return refuse(start_response, _NO_STATEMENTS.format(name))
            return self._tables(environ, start_response, body, region)
        statuses: list[str] = []

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            statuses.append(status)
            return start_response(status, headers, *more)

        where = held()
        with ExitStack() as locks:
            recordings = _begin(locks, where, operation, request, region)
            answer = list(self._tables(environ, cast("StartResponse", start), body, region))
            if not statuses[0].startswith("200"):
                for recording in recordings:
                    recording.reconsider()
        return answer


def _begin(locks: ExitStack, where: Held, operation: str, request: Request, region: str) -> list[Recording]:
    """Return nothing for an invalid request: DynamoDB refuses it."""
    items: dict[str, list[Attributes]] = {}
    try:
        for name, item in _WRITES[operation](request):
            items.setdefault(name.rpartition("/")[2], []).append(item)
        known = [(find_table(region, name), written) for name, written in sorted(items.items())]
        logs = [(log, table, each) for table, each in known if table is not None and (log := log_of(table))]
        for log, _, _ in logs:
            locks.enter_context(where.writing(log))
        return [Recording(log, where, table, each, update=operation in _UPDATES) for log, table, each in logs]
    except (KeyError, TypeError, AttributeError, ValueError, ArithmeticError):
        return []


def _parsed(body: bytes) -> Request:
    try:
        request = json.loads(body)
    except ValueError:
        return {}
    return cast("Request", request) if isinstance(request, dict) else {}
