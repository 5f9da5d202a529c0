"""The puts of a dataset's files in windows of bounded size, each in random order.

Rows of neighbouring keys share a partition of the table, which has a limit of its own: so neighbours in the
files are not written one after the other.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import inf

import polars as pl

from dynamodb_bulk.conversion.chunks import Place, read_chunks
from dynamodb_bulk.csv.batches import Rejected
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.item_files.bulk_put_lines import conditioned
from dynamodb_bulk.items.row_to_item import ItemBatch
from dynamodb_bulk.loads.writes.puts import MOST_BYTES, MOST_ITEMS, UNIT, Put
from dynamodb_bulk.sources.reading import SourceFile

_BLOCK_BYTES = 512 * 1024  # a few of them are read before the first put


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Up to where the sources are done: how many items and rejected rows of one, and all before it."""

    source: int = 0
    items: int = 0
    rejects: int = 0


@dataclass(frozen=True, kw_only=True)
class Window:
    """Puts that are sent in any order, rows that were rejected between them, and the mark behind all."""

    puts: list[Put] = field(default_factory=list[Put])
    rejected: tuple[Rejected, ...] = ()
    mark: Mark


def read_windows(
    dataset: Dataset, files: tuple[SourceFile, ...], after: Mark, size: Callable[[], int]
) -> Iterator[Window]:
    """Yield the windows behind a mark, of at most `size` puts each."""
    condition = dataset.put_condition

    def encode(source: int, batch: ItemBatch) -> tuple[int, list[Put], tuple[Rejected, ...]]:
        texts = batch.items.cast(pl.Binary)
        mores = [b""] * len(texts)
        if condition is not None:
            both = conditioned(batch, condition).cast(pl.Binary)
            mores = [each[len(text) :] for each, text in zip(both, texts, strict=True)]
        puts = [
            Put(source, line, item, more) for line, item, more in zip(batch.lines, texts, mores, strict=True)
        ]
        return source, puts, batch.rejected

    mark = after
    skipped = [after.items, after.rejects]
    behind_mark = Place(source=after.source)
    chunks = read_chunks(dataset, files, behind_mark, encode, block_bytes=_BLOCK_BYTES)
    for source, puts, rejected in chunks:
        if source != mark.source:
            mark, skipped = Mark(source=source), [0, 0]
        behind = [min(skipped[0], len(puts)), min(skipped[1], len(rejected))]
        skipped = [left - passed for left, passed in zip(skipped, behind, strict=True)]
        puts, rejected = puts[behind[0] :], rejected[behind[1] :]
        while puts or rejected:
            most = size()
            now, puts = puts[:most], puts[most:]
            told, rejected = rejected if not puts else (), () if not puts else rejected
            mark = Mark(source=source, items=mark.items + len(now), rejects=mark.rejects + len(told))
            random.shuffle(now)  # the order needs no seed: a put that is repeated is the same item
            yield Window(puts=now, rejected=told, mark=mark)


def batches(puts: list[Put], most_units: float = inf) -> Iterator[list[Put]]:
    """Yield the puts as BatchWriteItem takes them, of at most so many write units by their texts."""
    batch: list[Put] = []
    size, units = 0, 0
    for put in puts:
        own = -(-len(put.item) // UNIT)
        full = len(batch) == MOST_ITEMS or size + len(put.item) > MOST_BYTES or units + own > most_units
        if batch and full:
            yield batch
            batch, size, units = [], 0, 0
        batch.append(put)
        size += len(put.item)
        units += own
    if batch:
        yield batch
