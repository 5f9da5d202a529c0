"""The tables of rows that a full load could not write, and of changes that could not be applied.

Of `awsdms_full_load_exceptions` AWS documents the name and that a task writes it, but not its attributes.
Those here are the ones documented for `awsdms_apply_exceptions`. The keys of both are not documented: here
TASK_NAME and ERROR_TIME, which is made unique.
Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.DynamoDB.html
"""

import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from moto.dynamodb.models import dynamodb_backends

from dynamodb_bulk.csv.batches import Rejected
from dynamodb_bulk.spec.keys import KeyAttribute, TableKeys
from local_aws.account import ACCOUNT
from local_aws.dataplane.lock import TABLES
from local_aws.dataplane.roles import AssumedRole
from local_aws.dataplane.sink import table_sink
from local_aws.dataplane.targets import create, table_arn
from local_aws.dataplane.written import Sink

OF_FULL_LOADS = "awsdms_full_load_exceptions"
OF_CHANGES = "awsdms_apply_exceptions"
_KEYS = TableKeys(
    partition=KeyAttribute(name="TASK_NAME", type="S"), sort=KeyAttribute(name="ERROR_TIME", type="S")
)


class ExceptionsTable:
    """Writes one task's rows to the table, which it makes with the first row, if it does not exist."""

    def __init__(self, name: str, region: str, task_name: str, role: AssumedRole) -> None:
        self._name = name
        self._region = region
        self._task_name = task_name
        self._role = role
        self._sink: Sink | None = None
        self._last = datetime.fromtimestamp(0, UTC)
        self._lock = threading.Lock()  # tables that are loaded at once write here

    def add(self, owner: str, table: str, rejected: Sequence[Rejected]) -> None:
        """Write rows that were not loaded; raise DeniedError if the role may not."""
        if not rejected:
            return
        with self._lock:
            if self._sink is None:
                self._sink = self.open()
            items = [
                {
                    "TASK_NAME": self._task_name,
                    "TABLE_OWNER": owner,
                    "TABLE_NAME": table,
                    "ERROR_TIME": self._moment(),
                    "STATEMENT": f"{row.file}, line {row.line}: {row.row}",
                    "ERROR": reason(row),
                }
                for row in rejected
            ]
            self._sink.put([json.dumps({name: {"S": text} for name, text in item.items()}) for item in items])

    def open(self) -> Sink:
        """Make the table if it does not exist; raise DeniedError if the role may not."""
        arn = table_arn(self._region, self._name)
        with TABLES:
            table = dynamodb_backends[ACCOUNT][self._region].tables.get(self._name)
            if table is None:
                self._role.require(("dynamodb:CreateTable",), arn)
                table = create(self._region, self._name, _KEYS)
        self._role.require(("dynamodb:PutItem",), arn)
        return table_sink(table)

    def _moment(self) -> str:
        self._last = max(datetime.now(UTC), self._last + timedelta(microseconds=1))
        return self._last.strftime("%Y-%m-%d %H:%M:%S.%f")


def reason(row: Rejected) -> str:
    """Return why a row was not loaded, with the column and value at fault."""
    if row.column is None:
        return row.reason
    return f"{row.column}: {row.reason}" if row.value is None else f"{row.column} {row.value!r}: {row.reason}"
