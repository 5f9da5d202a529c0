"""A source's items in pieces, made ahead on every core and handed on in order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

import polars as pl

from dynamodb_bulk.conversion.lines import Lines
from dynamodb_bulk.csv.batches import Rejected, RowBatch
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.items.row_to_item import ItemBatch
from dynamodb_bulk.machine import in_order, read_ahead
from dynamodb_bulk.sources.reading import SourceFile, open_items, open_rows

T = TypeVar("T")
Batch = TypeVar("Batch", RowBatch, ItemBatch)
BLOCK_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, order=True)
class Place:
    """Up to where the sources have been read: a source's number and a line in it."""

    source: int = 0
    line: int = 0


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Items that follow each other in one source: their lines, and per item the line it is from."""

    source: int
    lines: Lines
    places: pl.Series
    rejected: tuple[Rejected, ...] = ()


Encode = Callable[[int, ItemBatch], T]


def read_chunks(
    dataset: Dataset,
    files: tuple[SourceFile, ...],
    after: Place,
    encode: Encode[T],
    *,
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[T]:
    """Return what `encode` makes of the items after a position, in order, read in blocks of that size."""
    to_item = None if dataset.source.holds_items else dataset.row_to_item()

    def made(task: tuple[int, RowBatch | ItemBatch]) -> T:
        source, batch = task
        if isinstance(batch, RowBatch):
            if to_item is None:
                raise TypeError(batch)
            batch = to_item(batch)
        return encode(source, batch)

    return in_order(made, read_ahead(_batches(dataset, files, after, block_bytes)))


def _batches(
    dataset: Dataset, files: tuple[SourceFile, ...], after: Place, block_bytes: int
) -> Iterator[tuple[int, RowBatch | ItemBatch]]:
    for source, file in enumerate(files):
        if source < after.source:
            continue
        line = after.line if source == after.source else 0
        if not dataset.source.holds_items:
            for batch in open_rows(dataset, file, block_bytes=block_bytes):
                yield source, _behind(batch, line, "frame")
        else:
            for batch in open_items(dataset, file, block_bytes=block_bytes):
                yield source, _behind(batch, line, "items")


def _behind(batch: Batch, line: int, content: Literal["frame", "items"]) -> Batch:
    if not line:
        return batch
    behind = batch.lines > line
    kept: dict[str, Any] = {
        "lines": batch.lines.filter(behind),
        content: getattr(batch, content).filter(behind),
        "rejected": tuple(one for one in batch.rejected if one.line > line),
    }
    return replace(batch, **kept)
