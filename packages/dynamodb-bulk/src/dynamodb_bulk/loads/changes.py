"""The files of changes in S3 that a task applies to a dataset's table: found, counted, and read.

DMS applies them in lexical order, and skips one whose name is smaller than that of one it has read:
https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html#CHAP_Source.S3.CDC
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.csv.batches import Rejected
from dynamodb_bulk.csv.reader import BLOCK_BYTES
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.dms.changes import OPERATIONS, ChangeBatch, read_changes
from dynamodb_bulk.loads.listing import ListedObject, listed_objects
from dynamodb_bulk.loads.load import ChangesPlace
from dynamodb_bulk.sources.locating import object_file
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.text import number_of
from dynamodb_bulk.spec.text import place as where

_EXAMPLES = 5
_READ_BEFORE = 100_000_000  # bytes, about 8 seconds through a line of 100 Mbit/s


@dataclass(frozen=True, kw_only=True)
class ChangeFiles:
    """The files in lexical order, and in a sentence each those that DMS skips for they came too late."""

    files: tuple[SourceFile, ...]
    late: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Their bytes."""
        return sum(file.size for file in self.files)

    def up_to(self, name: str) -> "ChangeFiles | None":
        """Return the files up to one of that name; None where it does not exist."""
        files = [file for file in self.files if _name(file.name) <= name]
        return ChangeFiles(files=tuple(files)) if files and _name(files[-1].name) == name else None


@dataclass(kw_only=True)
class ChangeCounts:
    """Changes by their operations, those that are rejected, and rows of other tables."""

    changes: Counter[str] = field(default_factory=Counter[str])
    rejected: int = 0
    others: int = 0
    examples: list[Rejected] = field(default_factory=list[Rejected])

    def add(self, operations: Sequence[str], rejected: Sequence[Rejected], others: int) -> None:
        """Add those of a batch."""
        self.changes.update(operations)
        self.rejected += len(rejected)
        self.others += others
        self.examples += rejected[: _EXAMPLES - len(self.examples)]


def change_files(place: ChangesPlace, aws: Aws, *, started: datetime | None = None) -> ChangeFiles:
    """List the files directly in the folder.

    One came too late if one of a greater name was there before it; but those that were there when the task
    was first `started` are all applied. None is late before that.
    """
    objects = [
        each
        for each in listed_objects(place.bucket, place.prefix, aws)
        if each.key != place.prefix
        and "/" not in each.key[len(place.prefix) :]
        and (place.since is None or each.modified >= place.since)
    ]
    objects.sort(key=lambda each: each.key.encode())
    late = {each.key: before for each, before in _late(objects, started)}
    return ChangeFiles(
        files=tuple(
            object_file(place.bucket, each.key, each.size, each.tag, aws)
            for each in objects
            if each.key not in late
        ),
        late=tuple(
            f"{_name(key)} came after {_name(before)}, so DMS skips it: upload its changes under a later name"
            for key, before in late.items()
        ),
    )


def _late(objects: Sequence[ListedObject], started: datetime | None) -> Iterator[tuple[ListedObject, str]]:
    first: ListedObject | None = None  # of those with greater names
    for each in reversed(objects):
        if started and first and max(first.modified, started) < each.modified:
            yield each, first.key
        elif first is None or each.modified < first.modified:
            first = each


def open_changes(
    dataset: Dataset, file: SourceFile, *, block_bytes: int = BLOCK_BYTES
) -> Iterator[ChangeBatch]:
    """Yield the changes of the dataset's table in a file, as its source filters let them through."""
    loaded = dataset.row_filter()
    with closing(file.open()) as stream:
        for batch in read_changes(
            stream, file.name, dataset.external_table, dataset.csv, block_bytes=block_bytes
        ):
            yield batch.filtered(loaded(batch.rows))


def count_changes(dataset: Dataset, files: ChangeFiles) -> ChangeCounts:
    """Count the changes of the dataset's table in files, and those that do not become items."""
    to_item = dataset.row_to_item()
    counts = ChangeCounts()
    for file in files.files:
        for batch in open_changes(dataset, file):
            checked = to_item.check(batch.rows)
            counts.add(batch.operations.to_list(), checked.rejected, batch.others)
    return counts


def change_errors(dataset: Dataset, aws: Aws) -> list[InputError]:
    """Return the first mistakes in files of changes that are at the dataset's location already.

    None of files that cannot be listed, or that are too large to read them before the load.
    """
    location = dataset.location
    if location is None or dataset.changes is None:
        return []
    place = ChangesPlace(bucket=location.bucket, prefix=dataset.changes_folder)
    try:
        files = change_files(place, aws)
    except (BotoCoreError, ClientError):  # the load's own role may see them
        return []
    if files.size > _READ_BEFORE:
        return []
    return [
        InputError(
            where(one.file, one.line, one.unit),
            one.reason,
            "a change is OPERATION,TABLE,SCHEMA and the columns in order; fix the file before DMS reads it",
        )
        for one in count_changes(dataset, files).examples
    ]


def in_words(changes: "Counter[str]") -> str:
    """Return how many changes there are of each kind, such as `2 inserts, 1 update`."""
    found = [number_of(changes[each], each.lower()) for each in OPERATIONS if changes[each]]
    return ", ".join(found) or "no changes"


def _name(key: str) -> str:
    return key.rpartition("/")[2]
