"""The size of a dataset: rows, items, bytes, write units."""

import io
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, fields, replace
from typing import Any, BinaryIO, cast

import polars as pl

from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.item_files.ion import ion_lines
from dynamodb_bulk.items.row_to_item import ItemBatch
from dynamodb_bulk.items.sizes import item_bytes
from dynamodb_bulk.preflight.layout import Layout
from dynamodb_bulk.records.parquet_reader import read_parquet_rows
from dynamodb_bulk.sources.parquet_file import parquet_file
from dynamodb_bulk.sources.reading import SourceFile, open_items, open_rows

SAMPLED_PER_BATCH = 200
SAMPLED_BYTES = 4 * 1024**2
_SAMPLED_FILES = 4
UNIT = 1024  # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
_ENVELOPE = len('{"Item":}\n')


@dataclass(kw_only=True)
class DatasetSize:
    """Rows and items are exact; `item_bytes` and `write_units` are estimates from a sample of the items.

    `stored_bytes` as stored, `source_bytes` decompressed, `json_bytes` as DynamoDB JSON lines, `ion_bytes` as
    Ion text (from a sample); `write_units` for the table alone, one per begun KB of each item.
    """

    files: int = 0
    rows: int = 0
    items: int = 0
    stored_bytes: int = 0
    source_bytes: int = 0
    json_bytes: int = 0
    ion_bytes: int = 0
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
    if dataset.source.holds_items:
        size.source_bytes = size.json_bytes
    return size


def sample(dataset: Dataset, files: Sequence[SourceFile], most_bytes: int = SAMPLED_BYTES) -> DatasetSize:
    """Estimate the size from the first rows of the first files; raise InputError if one cannot be read.

    At most about `most_bytes` of each file are read, as they are stored.
    """
    size = DatasetSize()
    read = sum(_sample_file(dataset, file, size, most_bytes) for file in files[:_SAMPLED_FILES])
    stored = sum(file.size for file in files)
    if dataset.source.holds_items:
        size.source_bytes = size.json_bytes
    share = stored / read if read else 1
    scaled = {field.name: round(getattr(size, field.name) * share) for field in fields(size)}
    return DatasetSize(**scaled | {"files": len(files), "stored_bytes": stored})


def _sample_file(dataset: Dataset, file: SourceFile, size: DatasetSize, most_bytes: int) -> int:
    """Add the first rows of a file to a size and return how many bytes were read."""
    if dataset.source.format == "parquet":
        return _sample_parquet(dataset, file, size, most_bytes)
    stream = _Counting(file.open())
    opened = replace(file, open=lambda: cast("BinaryIO", stream))
    with closing(stream), closing(_batches(dataset, opened, size)) as batches:
        for batch in batches:
            _add(size, batch)
            if stream.count >= most_bytes:
                break
    return stream.count


def _sample_parquet(dataset: Dataset, file: SourceFile, size: DatasetSize, most_bytes: int) -> int:
    """Do the same by the share of the rows: a file of Parquet is not read from its start to its end."""
    with parquet_file(file) as found:
        rows, before = found.rows, replace(size)
        batches = read_parquet_rows(found.slices(), file.name, dataset.fields)
        for batch in map(dataset.row_to_item(), batches):
            _add(size, batch)
            if size.json_bytes - before.json_bytes >= most_bytes:
                break
    read = round(file.size * (size.rows - before.rows) / rows) if rows else file.size
    size.source_bytes += read
    return read


class _Counting(io.RawIOBase):
    """A stream that counts the bytes that are read of it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        chunk = self._stream.read(len(buffer))
        buffer[: len(chunk)] = chunk
        self.count += len(chunk)
        return len(chunk)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _batches(dataset: Dataset, file: SourceFile, size: DatasetSize) -> Generator[ItemBatch]:
    if dataset.source.format == "parquet":
        size.source_bytes += file.size
    if dataset.source.holds_items or dataset.source.format == "parquet":
        yield from open_items(dataset, file)
        return
    layout = Layout(dataset.csv.encoding)
    try:
        yield from map(dataset.row_to_item(), open_rows(dataset, file, through=layout.over))
    finally:
        size.source_bytes += layout.bytes_read


def _add(size: DatasetSize, batch: ItemBatch) -> None:
    size.rows += len(batch.items) + len(batch.rejected)
    size.items += len(batch.items)
    if not len(batch.items):
        return
    texts = batch.items.str.len_bytes()
    sample = batch.items.gather_every(max(1, len(batch.items) // SAMPLED_PER_BATCH))
    sampled = int(sample.str.len_bytes().sum())
    share = sum(map(item_bytes, sample)) / sampled
    total = int(texts.sum())
    size.json_bytes += total + _ENVELOPE * len(texts)
    size.ion_bytes += round(
        len(ion_lines(sample)) / (sampled + _ENVELOPE * len(sample)) * (total + _ENVELOPE * len(texts))
    )
    size.item_bytes += round(total * share)
    # An item is never larger than its text.
    units = texts.to_frame("bytes").select(
        pl.when(pl.col("bytes") <= UNIT).then(1).otherwise((pl.col("bytes") * share / UNIT).ceil()).sum()
    )
    size.write_units += int(units.item())
