"""The writers of a Glue job: which ranges each of them writes, at which part of the load's rate.

All begin together, and a writer's part of the rate is that of its bytes. So the rates add up to that of the
load whatever happens, with nothing to agree on while they write, and the writers end at about the same time.
"""

from collections.abc import Sequence
from functools import reduce
from typing import Any

from pydantic import BaseModel, ConfigDict

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.records import StoredRecord
from dynamodb_bulk.glue.place import GlueJob
from dynamodb_bulk.glue.ranges import FileRange
from dynamodb_bulk.loads.writes.journal import MOST_NAMED, Journal, KeptJournal, ShareJournal, read_journal
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import LoadFailed

UNITS_OF_WRITER = 100
"""A writer that may consume less per second sends calls of a few items."""
RANGES_OF_WRITER = 16
LEAST_RANGE_BYTES = 1024**2
_KEPT = "shares.json"


class WriterShare(BaseModel):
    """What one writer writes, in this order."""

    model_config = ConfigDict(frozen=True)

    ranges: tuple[FileRange, ...]
    of_rate: float


class Shares(StoredRecord):
    """The shares of a run, by the number of the writer; none before the job has cut the files.

    They stay as they are when a run is begun again: the journal of each writer counts its own ranges.
    """

    stored_at = "{}" + _KEPT

    shares: tuple[WriterShare, ...] = ()

    def journals(self, bucket: str, place: str, aws: Aws) -> list[Journal]:
        """Return the journals of all writers as they are now."""
        numbers = range(len(self.shares))
        return [kept_share(bucket, place, number, aws).journal for number in numbers]


class GivenUp(StoredRecord):
    """Why a writer of the run cannot go on; empty as long as all can. Each looks at it, and ends.

    The others would write for hours, and be paid for, before anybody is told.
    """

    stored_at = "{}given-up.json"

    why: str = ""


def writing_place(job: GlueJob, load: str, token: str) -> str:
    """Return the prefix of what is kept of a run."""
    return f"{job.prefix}write/{load}/{token}/"


def journal_key(place: str, number: int) -> str:
    """Return the key of the journal of a writer."""
    return f"{place}writer-{number:05}.json"


def kept_share(bucket: str, place: str, number: int, aws: Aws) -> KeptJournal:
    """Return the journal of a writer, which the job made with the shares."""
    kept = read_journal(bucket, journal_key(place, number), aws, ShareJournal)
    if kept is None:
        raise LoadFailed(f"s3://{bucket}/{journal_key(place, number)} does not exist; run `pulumi up` again")
    return kept


def divided(
    ranges: Sequence[FileRange], files: Sequence[SourceFile], writers: int
) -> tuple[WriterShare, ...]:
    """Divide ranges among writers who get about as many bytes each: the largest first, to who has least."""

    def size(part: FileRange) -> int:
        return max(1, (files[part.file].size if part.end is None else part.end) - part.start)

    sizes = [0] * max(1, min(writers, len(ranges)))
    numbers: list[list[int]] = [[] for _ in sizes]
    for number in sorted(range(len(ranges)), key=lambda one: -size(ranges[one])):
        least = sizes.index(min(sizes))
        sizes[least] += size(ranges[number])
        numbers[least].append(number)
    return tuple(
        WriterShare(ranges=tuple(ranges[one] for one in sorted(own)), of_rate=part / max(1, sum(sizes)))
        for own, part in zip(numbers, sizes, strict=True)
    )


def sum_of(journals: Sequence[Journal]) -> Journal:
    """Return one journal of what all writers did, who write at the same time."""
    throttled = sum(bool(one.throttled) for one in journals)
    told = f"{throttled:,} of {len(journals):,} writers are throttled" if throttled else ""
    state = "ended" if all(one.state == "ended" for one in journals) else "writing"
    return reduce(_added, journals).model_copy(update={"throttled": told, "state": state})


def _added(one: Journal, other: Journal) -> Journal:
    counts: dict[str, Any] = {
        name: getattr(one, name) + getattr(other, name)
        for name in ("written", "condition_failed", "rejected", "units", "rows_per_second")
    }
    refused = (*one.refused, *other.refused)[:MOST_NAMED]
    return one.model_copy(update={**counts, "refused": refused, "seconds": max(one.seconds, other.seconds)})
