"""The size of a dataset: rows, items, bytes, write units."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.items.row_to_item import ItemBatch
from dynamodb_bulk.items.sizes import item_bytes
from dynamodb_bulk.preflight.layout import Layout
from dynamodb_bulk.sources.reading import SourceFile, open_items, open_rows

SAMPLED_PER_BATCH = 200
UNIT = 1024  # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
_ENVELOPE = len('{"Item":}\n')


@dataclass(kw_only=True)
class DatasetSize:
    """Rows and items are exact; `item_bytes` and `write_units` are estimates from a sample of the items.

    `stored_bytes` as stored, `source_bytes` decompressed, `json_bytes` as DynamoDB JSON lines;
    `write_units` for the table alone, one per begun KB of each item.
    """

    files: int = 0
    rows: int = 0
    items: int = 0
    stored_bytes: int = 0
    source_bytes: int = 0
    json_bytes: int = 0
    item_bytes: int = 0
    write_units: int = 0


def write_units_with_indexes(dataset: Dataset, size: DatasetSize) -> int:
    """The write units for the table and its global secondary indexes, each of which holds every item."""
    return size.write_units * (1 + len(dataset.table.global_secondary_indexes))


def measure(
    dataset: Dataset, files: Sequence[SourceFile], progress: Callable[[int], None] | None = None
) -> DatasetSize:
    """Read every row of the files; raise InputError if one cannot be read."""
    size = DatasetSize(files=len(files), stored_bytes=sum(file.size for file in files))
    for file in files:
        for batch in _batches(dataset, file, size):
            _add(size, batch)
            if progress:
                progress(size.rows)
    if dataset.source.format != "csv":
        size.source_bytes = size.json_bytes
    return size


def _batches(dataset: Dataset, file: SourceFile, size: DatasetSize) -> Iterator[ItemBatch]:
    if dataset.source.format != "csv":
        yield from open_items(dataset, file)
        return
    layout = Layout()
    yield from map(dataset.row_to_item(), open_rows(dataset, file, through=layout.over))
    size.source_bytes += layout.bytes_read


def _add(size: DatasetSize, batch: ItemBatch) -> None:
    size.rows += len(batch.items) + len(batch.rejected)
    size.items += len(batch.items)
    if not len(batch.items):
        return
    texts = batch.items.str.len_bytes()
    sample = batch.items.gather_every(max(1, len(batch.items) // SAMPLED_PER_BATCH))
    share = sum(map(item_bytes, sample)) / int(sample.str.len_bytes().sum())
    total = int(texts.sum())
    size.json_bytes += total + _ENVELOPE * len(texts)
    size.item_bytes += round(total * share)
    # An item is never larger than its text.
    units = texts.to_frame("bytes").select(
        pl.when(pl.col("bytes") <= UNIT).then(1).otherwise((pl.col("bytes") * share / UNIT).ceil()).sum()
    )
    size.write_units += int(units.item())
