"""The items to compare: of files, of a table, or of an export of it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import orjson
import polars as pl

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.scan import Pace, scan_pages
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.export.export_chain import Chain
from dynamodb_bulk.export.merge import chain_lines
from dynamodb_bulk.machine import read_ahead
from dynamodb_bulk.sources.locating import source_files
from dynamodb_bulk.sources.reading import SourceFile, open_items
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.keys import TableKeys
from dynamodb_bulk.spec.text import Unit, place
from dynamodb_bulk.verify.comparable import Comparable, comparable_rows, comparable_texts
from dynamodb_bulk.verify.reread import Item, Key, read_again

Take = Callable[[Comparable], None]
_ENVELOPE = b'{"Item":'


@dataclass(frozen=True, kw_only=True)
class Found:
    """An item of files, and where it is: the name of its file and the line."""

    item: Item
    file: str
    line: int
    unit: Unit = "line"

    @property
    def place(self) -> str:
        """Where it is, for users."""
        return place(self.file, self.line, self.unit)


class Held(Protocol):
    """Items of a table at one time; `live`: `lookup` sees the current items."""

    shown: str
    live: bool

    def read(self, take: Take) -> None:
        """Hand on every item."""
        ...

    def lookup(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Return the items of some keys."""
        ...


class TableItems:
    """A table, by a scan."""

    live = True

    def __init__(self, table: str, keys: TableKeys, aws: Aws, pace: Pace) -> None:
        self.shown = f"table {table}"
        self._table, self._keys, self._aws, self._pace = table, keys, aws, pace

    def read(self, take: Take) -> None:
        """See `Held`."""
        for texts in read_ahead(scan_pages(self._table, self._aws, pace=self._pace)):
            take(comparable_texts(texts, self._keys))

    def lookup(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """See `Held`."""
        return read_again(self._table, keys, self._keys, self._aws)


class ExportItems:
    """An export; `table` is its table if that still exists."""

    def __init__(self, chain: Chain, keys: TableKeys, table: str | None, aws: Aws | None) -> None:
        self.shown = f"the export {chain.full.place.shown}"
        self._chain, self._keys, self._table, self._aws = chain, keys, table, aws
        self.live = table is not None and aws is not None

    def read(self, take: Take) -> None:
        """See `Held`."""
        for _, lines in chain_lines(self._chain):
            try:
                take(comparable_texts(map(_item, lines), self._keys))
            except KeyError as error:
                raise InputError(self.shown, f"an item has no {error}, or it has a different type") from None

    def lookup(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """See `Held`."""
        if self._table is not None and self._aws is not None:
            return read_again(self._table, keys, self._keys, self._aws)
        found: dict[Key, Item] = {}
        for _, lines in chain_lines(self._chain):
            items = list(map(_item, lines))
            for row, key in rows_of(comparable_texts(items, self._keys), keys):
                found[key] = orjson.loads(items[row])
        return found


class FileItems:
    """The files of a dataset."""

    live = False

    def __init__(self, dataset: Dataset, aws: Aws | None) -> None:
        self.dataset = dataset
        self.shown = f"the files of {dataset.path}"
        self._aws = aws

    def read(self, take: Take) -> None:
        """See `Held`."""
        for file in self.files:
            for items in comparable_rows(self.dataset, file):
                take(items)

    def lookup(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """See `Held`."""
        return {key: found.item for key, found in self.places(keys)}

    def places(self, keys: Sequence[Key]) -> Iterator[tuple[Key, Found]]:
        """Yield each item with one of the keys, and where it is."""
        for file in self.files if keys else ():
            for batch in open_items(self.dataset, file):
                texts = [text.encode() for text in batch.items]
                for row, key in rows_of(comparable_texts(texts, self.dataset.keys), keys):
                    yield (
                        key,
                        Found(
                            item=orjson.loads(texts[row]),
                            file=file.name,
                            line=int(batch.lines[row]),
                            unit=batch.unit,
                        ),
                    )

    @cached_property
    def files(self) -> tuple[SourceFile, ...]:
        """What is read, listed once."""
        # What is read again is what was read before, or an InputError.
        return source_files(self.dataset, self._aws)


def rows_of(items: Comparable, keys: Iterable[Key]) -> Iterator[tuple[int, Key]]:
    """Yield the places of items with some keys, and their keys."""
    wanted = pl.DataFrame(list(keys), schema=items.keys.schema, orient="row")
    rows = items.keys.with_row_index("row").join(wanted, on=items.keys.columns, how="semi")
    for row, *key in rows.iter_rows():
        yield row, tuple(key)


def _item(line: bytes) -> bytes:
    if line.startswith(_ENVELOPE):
        return line[len(_ENVELOPE) : -1]
    item: Any = orjson.loads(line)["Item"]
    return orjson.dumps(item)
