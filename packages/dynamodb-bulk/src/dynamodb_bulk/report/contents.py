"""What the files of a load hold, for its page: rejected rows, sizes of items, and how their keys spread."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import attrgetter

from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.csv.batches import Rejected
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.items.row_to_item import ItemBatch
from dynamodb_bulk.items.sizes import item_bytes
from dynamodb_bulk.sources.reading import SourceFile, open_items

MOST_ROWS = 5_000_000
EXAMPLES = 5
_SAMPLED_PER_BATCH = 500
_MOST_SAMPLED = 50_000
_LIMITS = (*(1 << power for power in range(6, 19)), 400 * 1024)
_SHOWN_KEYS = 10


@dataclass(kw_only=True)
class Contents:
    """Rows are counted, `sampled` of the items measured; `partial`: not all rows were read.

    `kinds` counts the rejected rows by the check that finds them; `examples` are the first of each.
    """

    files: int = 0
    bytes: int = 0
    rows: int = 0
    items: int = 0
    partial: bool = False
    kinds: Counter[str] = field(default_factory=Counter[str])
    examples: dict[str, list[Rejected]] = field(default_factory=dict[str, list[Rejected]])
    sampled: int = 0
    sampled_bytes: int = 0
    largest: int = 0
    _sizes: Counter[int] = field(default_factory=Counter[int])
    _partitions: Counter[str] = field(default_factory=Counter[str])

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """Limits of sizes in bytes, each with the number of sampled items between the one before and it."""
        if not self._sizes:
            return []
        first, last = min(self._sizes), max(self._sizes)
        return [(limit, self._sizes[limit]) for limit in _LIMITS if first <= limit <= last]

    @property
    def mean_bytes(self) -> float:
        """The size of a sampled item, on average."""
        return self.sampled_bytes / self.sampled if self.sampled else 0.0

    @property
    def partitions(self) -> int:
        """How many values of the partition key the sampled items have."""
        return len(self._partitions)

    @property
    def fullest(self) -> list[tuple[str, float]]:
        """The values of the partition key that most sampled items have, each with its share of them."""
        return [(key, count / self.sampled) for key, count in self._partitions.most_common(_SHOWN_KEYS)]

    def add(self, batch: ItemBatch, partition_key: str) -> None:
        """Take a batch of rows."""
        self.rows += len(batch.items) + len(batch.rejected)
        self.items += len(batch.items)
        self.kinds.update(map(attrgetter("kind"), batch.rejected))
        for kind in {*map(attrgetter("kind"), batch.rejected)}:
            kept = self.examples.setdefault(kind, [])
            of_kind = (one for one in batch.rejected if one.kind == kind)
            kept.extend(islice(of_kind, EXAMPLES - len(kept)))
        if self.sampled < _MOST_SAMPLED and len(batch.items):
            for item in batch.items.gather_every(max(1, len(batch.items) // _SAMPLED_PER_BATCH)):
                self._measure(item, partition_key)

    def _measure(self, item: str, partition_key: str) -> None:
        size = item_bytes(item)
        self.sampled += 1
        self.sampled_bytes += size
        self.largest = max(self.largest, size)
        self._sizes[next((limit for limit in _LIMITS if size <= limit), _LIMITS[-1])] += 1
        [value] = json.loads(item)[partition_key].values()
        self._partitions[str(value)] += 1


def read_contents(dataset: Dataset, files: Sequence[SourceFile], report: Report) -> Contents:
    """Read the rows of the files, at most `MOST_ROWS`; raise InputError for one that cannot be read."""
    found = Contents(files=len(files), bytes=sum(file.size for file in files))
    for file in files:
        for batch in open_items(dataset, file):
            found.add(batch, dataset.keys.partition.name)
            report(f"reading {dataset.name}: {found.rows:,} rows")
            if found.rows >= MOST_ROWS:
                found.partial = True
                return found
    return found
