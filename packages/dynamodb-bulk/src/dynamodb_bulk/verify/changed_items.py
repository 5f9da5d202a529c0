"""The items of a dataset's files once changes were applied to them: of each key the last that was written."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
import polars as pl

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.loads.changes import ChangeFiles
from dynamodb_bulk.spilled_table import SpilledTable
from dynamodb_bulk.verify.comparable import Comparable, comparable_changes
from dynamodb_bulk.verify.item_source import FileItems, Found, Take, rows_of
from dynamodb_bulk.verify.reread import Key

PARTS = 128
_ITEM = "\0item"  # null where the item is deleted


class ChangedItems(FileItems):
    """The files of a dataset, unless it has changes alone, and files of changes, in bounded memory."""

    def __init__(self, dataset: Dataset, changes: ChangeFiles, aws: Aws | None) -> None:
        super().__init__(dataset, aws)
        self._changes = changes

    def read(self, take: Take) -> None:
        """See `Held`."""
        with TemporaryDirectory(prefix="bulk-verify-") as folder:
            names = list(self.dataset.keys.by_role)
            written = SpilledTable(
                Path(folder),
                "written",
                part_of=lambda frame: frame.select(names).hash_rows() % PARTS,
                parts=PARTS,
                rows_in_memory=PARTS * 2_000,
            )
            rejected = 0

            def add(items: Comparable, deleted: pl.Series | None = None) -> None:
                nonlocal rejected
                rejected += items.rejected
                texts = items.items
                if deleted is not None:
                    texts = pl.select(pl.when(~deleted).then(texts)).to_series()
                written.add(items.keys.with_columns(texts.alias(_ITEM)))

            if self.dataset.loads_files:
                super().read(add)
            for file in self._changes.files:
                for items, changes in comparable_changes(self.dataset, file):
                    add(items, changes.operations == "DELETE")
            for frame in written.parts():
                last = frame.unique(names, keep="last", maintain_order=True).drop_nulls(_ITEM)
                take(Comparable(keys=last.select(names), items=last[_ITEM], rejected=rejected))
                rejected = 0

    def places(self, keys: Sequence[Key]) -> Iterator[tuple[Key, Found]]:
        """Yield the last item with each of the keys, and where it is."""
        last: dict[Key, Found | None] = {}
        if self.dataset.loads_files:
            last.update(super().places(keys))
        for file in self._changes.files if keys else ():
            for items, changes in comparable_changes(self.dataset, file):
                for row, key in rows_of(items, keys):
                    last[key] = None
                    if changes.operations[row] != "DELETE":
                        item = orjson.loads(items.items[row])
                        last[key] = Found(item=item, file=file.name, line=int(changes.rows.lines[row]))
        yield from ((key, found) for key, found in last.items() if found)
