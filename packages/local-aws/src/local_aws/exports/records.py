"""The records of an export as lines of its format: items, or changes of items.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Protocol

from moto.dynamodb.models.table import Table

from dynamodb_bulk.item_files.ion import ion_line
from dynamodb_bulk.item_files.typed import ENVELOPE
from dynamodb_bulk.items.sizes import item_bytes
from local_aws.exports import assumed
from local_aws.exports.selection import Selection
from local_aws.exports.source import Snapshot
from local_aws.history.current_items import held
from local_aws.history.keys import key_attributes
from local_aws.history.log import Change, ChangeLog

_AT_ONCE = 100

Line = tuple[str, bytes]
"""The partition key that a record belongs to, as a text, and the record with its line break."""


class Records(Protocol):
    """What is exported, and how much it is by now."""

    count: int
    bytes: int

    def lines(self) -> Iterator[Line]:
        """Return each record once."""
        ...


class Items:
    """The items of a snapshot: lines `{"Item":{…}}`. `bytes` counts whatever was read of the table."""

    def __init__(self, snapshot: Snapshot, selection: Selection, form: str) -> None:
        self._snapshot, self._selection, self._form = snapshot, selection, form
        self.count = self.bytes = 0

    def lines(self) -> Iterator[Line]:
        """Yield each item once."""
        plain = self._selection.everything and self._form != "ION"
        for key, text in self._snapshot.items():
            if plain:
                self.bytes += item_bytes(text)
                line = f'{{"{ENVELOPE}":{text}}}\n'.encode()
            else:
                item = json.loads(text)
                if not self._selection.reads(item):
                    continue
                self.bytes += item_bytes(text)
                if not self._selection.keeps(item):
                    continue
                line = _line(self._form, {ENVELOPE: self._selection.shown(item)})
            self.count += 1
            yield _partition_key(key), line


class Changes:
    """Changes: lines `{"Metadata":…,"Keys":…,"OldImage":…,"NewImage":…}`, without what is not there."""

    def __init__(
        self, changes: Iterator[Change], names: list[str], selection: Selection, form: str, *, old: bool
    ) -> None:
        self._changes, self._names, self._selection = changes, names, selection
        self._form, self._old = form, old
        self.count = self.bytes = 0

    def lines(self) -> Iterator[Line]:
        """Yield each item once, if what it is in the end, or was before it was deleted, is selected."""
        for change in self._changes:
            newest = change.old if change.new is None else change.new
            if newest is None or not self._selects(newest):
                continue
            self.bytes += sum(item_bytes(image) for image in (change.old, change.new) if image)
            record = {
                "Metadata": {"WriteTimestampMicros": {"N": str(change.micros)}},
                "Keys": key_attributes(self._names, change.key),
                **{
                    name: self._selection.shown(json.loads(image))
                    for name, image in (("NewImage", change.new), ("OldImage", change.old))
                    if image and (self._old or name == "NewImage")
                },
            }
            self.count += 1
            yield _partition_key(change.key), _line(self._form, record, assumed.ION_RECORD)

    def _selects(self, newest: str) -> bool:
        if self._selection.everything:
            return True
        item = json.loads(newest)
        return self._selection.reads(item) and self._selection.keeps(item)


def changes(table: Table, log: ChangeLog, start: int, stop: int) -> Iterator[Change]:
    """The items written from `start` to before `stop`, but those that are neither before nor after it."""
    found = log.window(start, stop)
    while entries := list(itertools.islice(found, _AT_ONCE)):
        for entry, new in zip(entries, _after(table, log, stop, entries), strict=True):
            if entry.old is not None or new is not None:
                yield replace(entry, new=new)


def _after(table: Table, log: ChangeLog, stop: int, entries: list[Change]) -> list[str | None]:
    """Return the items as they were at `stop`: as the log has them, or else as they are now."""
    kept = [entry.key for entry in entries if not entry.replaced]
    names = table.table_key_attrs
    now = dict(zip(kept, held().look(table, [key_attributes(names, key) for key in kept]), strict=True))
    # Written since the window was looked at: a change is in the log before it is made.
    now |= log.changed(kept, stop)
    return [entry.new if entry.replaced else now[entry.key] for entry in entries]


def _partition_key(key: str) -> str:
    return json.dumps(json.loads(key)[0])


def _line(form: str, parts: Mapping[str, Mapping[str, Any]], within: str = "") -> bytes:
    if form == "ION":
        return ion_line(parts, within)
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
