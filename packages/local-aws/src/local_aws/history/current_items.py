"""The items that a table has now, whichever DynamoDB holds them, as compact DynamoDB JSON."""

import copy
import json
import threading
from collections.abc import Sequence
from typing import Any, cast

from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

from local_aws.dataplane.item_json import as_json
from local_aws.dataplane.lock import TABLES
from local_aws.dynamodb_local.process import LocalDynamoDb, started
from local_aws.history.keys import Attributes, key_text
from local_aws.history.log import ChangeLog

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
_KEYS_AT_ONCE = 100


class Unreadable(ValueError):
    """The items cannot be read: the table is gone, or a key is none of its keys."""


def item_text(attributes: Any) -> str:
    """Return an item of moto's, or one in DynamoDB JSON, as compact text."""
    return json.dumps(attributes, default=as_json, ensure_ascii=False, separators=(",", ":"))


class MotoHeld:
    """Finds the items in moto, in this process."""

    def writing(self, log: ChangeLog) -> "threading.RLock":  # noqa: ARG002
        """Return the lock on all tables: held from look to write, it keeps others from writing."""
        return TABLES

    def look(self, table: Table, keys: Sequence[Attributes], *, update: bool = False) -> list[str | None]:
        """Return the items of some keys, None if there is none.

        With `update` they are replaced by copies: moto changes them in place, and an export may still have to
        read what they were.
        """
        return [self._look(table, key, update) for key in keys]

    def _look(self, table: Table, key: Attributes, update: bool) -> str | None:
        items = cast("dict[Any, Any]", table.items)
        place = DynamoType(key[table.hash_key_attr])
        if table.range_key_attr is not None:
            items = items.get(place, {})
            place = DynamoType(key[table.range_key_attr])
        item: Item | None = items.get(place)
        if item is None:
            return None
        if update:
            items[place] = copy.deepcopy(item)
        return item_text(item.attrs)


class LocalHeld:
    """Finds the items in DynamoDB Local."""

    def __init__(self, local: LocalDynamoDb) -> None:
        self._local = local

    def writing(self, log: ChangeLog) -> "threading.RLock":
        """Return the lock on this table alone."""
        return log.writing

    def look(
        self,
        table: Table,
        keys: Sequence[Attributes],
        *,
        update: bool = False,  # noqa: ARG002
    ) -> list[str | None]:
        """Return the items of some keys, None if there is none; raise `Unreadable`."""
        names = table.table_key_attrs
        found: dict[str, str] = {}
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            asked = [{name: key[name] for name in names} for key in keys[start : start + _KEYS_AT_ONCE]]
            asked = list({key_text(names, key): key for key in asked}.values())
            while asked:
                request = {table.name: {"Keys": asked, "ConsistentRead": True}}
                status, said = self._local.ask("BatchGetItem", table.region_name, RequestItems=request)
                if status != 200:
                    raise Unreadable(str(said.get("message") or said.get("Message") or said.get("__type")))
                for item in said["Responses"].get(table.name, []):
                    found[key_text(names, item)] = item_text(item)
                asked = said.get("UnprocessedKeys", {}).get(table.name, {}).get("Keys", [])
        return [found.get(key_text(names, key)) for key in keys]


Held = MotoHeld | LocalHeld


def held() -> Held:
    """Return where the items of this process' tables are."""
    local = started()
    return LocalHeld(local) if local else MotoHeld()
