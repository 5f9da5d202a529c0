"""The rows of one file in batches, each with what is wrong in it and the keys of the rest."""

import json
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from dynamodb_bulk.csv.batches import RowBatch
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.item_files.canonical import canonical_keys
from dynamodb_bulk.items.row_to_item import ItemBatch, KeyBatch, RowToItem
from dynamodb_bulk.machine import read_ahead
from dynamodb_bulk.preflight.layout import Layout
from dynamodb_bulk.sources.reading import SourceFile, open_items, open_rows
from dynamodb_bulk.spec.keys import TableKeys
from dynamodb_bulk.spec.text import Unit


@dataclass(frozen=True, kw_only=True)
class CheckedBatch:
    """A batch of a file: its rows as read, or the items of a file of items, and what they are worth."""

    rows: RowBatch | None
    keys: KeyBatch
    table: TableKeys
    layout: Layout | None = None
    items: pl.Series | None = None
    unit: Unit = "line"

    @property
    def has_keys(self) -> bool:
        """Whether some of its rows have a key."""
        return bool(len(self.keys.lines) and self.keys.keys.width)

    @cached_property
    def canonical_keys(self) -> pl.DataFrame:
        """The keys in the one form in which equal keys have equal texts."""
        return canonical_keys(self.keys.keys, self.table)


def checked_batches(dataset: Dataset, file: SourceFile, to_item: RowToItem | None) -> Iterator[CheckedBatch]:
    """Read and check a file, of items where `to_item` is None; raises InputError where it cannot be read."""
    table = dataset.keys
    if to_item is None:
        for items in open_items(dataset, file):
            yield CheckedBatch(
                rows=None, keys=_keys_of(items, dataset), table=table, items=items.items, unit=items.unit
            )
        return
    layout = None if dataset.source.holds_records else Layout(dataset.csv.encoding)
    rows = open_rows(dataset, file, through=layout.over) if layout else open_rows(dataset, file)
    for batch in read_ahead(rows):
        keys = to_item.check(batch)
        yield CheckedBatch(rows=batch, keys=keys, table=table, layout=layout, unit=batch.unit)
    if layout:
        yield CheckedBatch(rows=None, keys=_no_keys(file.name), table=table, layout=layout)


def _keys_of(batch: ItemBatch, dataset: Dataset) -> KeyBatch:
    names = dataset.keys.by_role
    items = [json.loads(item) for item in batch.items]
    keys = {role: [_key_text(item[key.name]) for item in items] for role, key in names.items()}
    frame = pl.DataFrame(keys, schema=dict.fromkeys(names, pl.String))
    return KeyBatch(file=batch.file, lines=batch.lines, keys=frame, rejected=batch.rejected)


def _key_text(value: dict[str, str]) -> str:
    """Return a key as of a CSV file, where bytes are hexadecimal."""
    return b64decode(value["B"]).hex() if "B" in value else next(iter(value.values()))


def _no_keys(file: str) -> KeyBatch:
    return KeyBatch(file=file, lines=pl.Series("line", [], dtype=pl.UInt64), keys=pl.DataFrame(), rejected=())
