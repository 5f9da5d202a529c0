"""The items of a table as they were at a time."""

import sqlite3
from collections.abc import Iterator
from typing import Any, Protocol, cast

from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table

from local_aws.dataplane.lock import TABLES
from local_aws.dynamodb_local.process import LocalDynamoDb, started
from local_aws.history.current_items import Unreadable, item_text
from local_aws.history.keys import key_of, key_text
from local_aws.history.log import ChangeLog


class Snapshot(Protocol):
    """A table as it was at a time."""

    def items(self) -> Iterator[tuple[str, str]]:
        """Keys and items, each once; raise `Unreadable`."""
        ...


def snapshot(table: Table, log: ChangeLog, micros: int | None) -> Snapshot:
    """Return the table as it was before what was written at a time and later; None: as it is now."""
    local = started()
    return LocalSnapshot(local, table, log, micros) if local else MotoSnapshot(table, log, micros)


class MotoSnapshot:
    """The items that moto holds now, which nothing changes in place, less what the log has since a time."""

    def __init__(self, table: Table, log: ChangeLog, micros: int | None) -> None:
        with TABLES:
            kept = cast("dict[Any, Any]", table.items).values()
            self._items: list[Item] = (
                [item for inside in kept for item in inside.values()] if table.range_key_attr else list(kept)
            )
            self._now = log.next
        self._log = log
        self._micros = self._now if micros is None else micros

    def items(self) -> Iterator[tuple[str, str]]:
        """Keys and items, each once."""
        changed = {key for key, _ in self._log.former(self._micros, self._now)}
        for item in self._items:
            key = key_of(item)
            if key not in changed:
                yield key, item_text(item.attrs)
        if changed:
            for key, old in self._log.former(self._micros, self._now):
                if old is not None:
                    yield key, old


class LocalSnapshot:
    """The items that DynamoDB Local holds, page by page, less what the log has since a time.

    Items may change while they are read. A change is in the log before it is made, so what a page shows of
    an item without one is right; all others come from the log in the end, unless they were shown before.
    """

    def __init__(self, local: LocalDynamoDb, table: Table, log: ChangeLog, micros: int | None) -> None:
        self._local, self._table, self._log = local, table, log
        self._micros = log.next if micros is None else micros
        self._shown = sqlite3.connect("", check_same_thread=False)
        self._shown.execute("CREATE TABLE shown (key TEXT PRIMARY KEY) WITHOUT ROWID")

    def items(self) -> Iterator[tuple[str, str]]:
        """Keys and items, each once; raise `Unreadable` when the table is deleted in the meantime."""
        names = self._table.table_key_attrs
        for page in self._pages():
            found = {key_text(names, item): item_text(item) for item in page}
            changed = self._log.changed(found, self._micros)
            shown = [(key, item) for key, item in found.items() if key not in changed]
            self._shown.executemany("INSERT INTO shown VALUES (?)", ((key,) for key, _ in shown))
            yield from shown
        for key, old in self._log.former(self._micros, self._log.next):
            if old is not None and not self._was_shown(key):
                yield key, old

    def _pages(self) -> Iterator[list[dict[str, Any]]]:
        more: dict[str, Any] = {}
        while True:
            status, said = self._local.ask(
                "Scan", self._table.region_name, TableName=self._table.name, ConsistentRead=True, **more
            )
            if status != 200:
                raise Unreadable(str(said.get("message") or said.get("Message") or said.get("__type")))
            yield said["Items"]
            if "LastEvaluatedKey" not in said:
                return
            more = {"ExclusiveStartKey": said["LastEvaluatedKey"]}

    def _was_shown(self, key: str) -> bool:
        query = "SELECT 1 FROM shown WHERE key = ?"
        return self._shown.execute(query, (key,)).fetchone() is not None
