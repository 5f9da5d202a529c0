"""What a writer of a Glue job does with its share: what a machine that writes alone does with all files."""

import os
import secrets
import socket
from contextlib import suppress
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.records import Superseded
from dynamodb_bulk.aws.refusals import passes, reason
from dynamodb_bulk.glue.ranges import FileRange
from dynamodb_bulk.glue.request import Request, Wanted
from dynamodb_bulk.glue.shares import (
    LEAST_RANGE_BYTES,
    RANGES_OF_WRITER,
    UNITS_OF_WRITER,
    GivenUp,
    Shares,
    WriterShare,
    divided,
    journal_key,
    kept_share,
)
from dynamodb_bulk.glue.work import Work
from dynamodb_bulk.loads.writes.capacity import most_units
from dynamodb_bulk.loads.writes.journal import Journal, ShareJournal
from dynamodb_bulk.loads.writes.load import WritesLoad
from dynamodb_bulk.loads.writes.writer import Share, TakenOver, Writer
from dynamodb_bulk.spec.errors import InputError, LoadFailed

_KEPT_EVERY = 15.0  # seconds: each writer's journal is a call of S3's


def range_bytes(request: Request, wanted: Wanted) -> int:
    """Return how large ranges are for all writers to have several, so that they end together."""
    most = request.bytes // (wanted.cores * RANGES_OF_WRITER)
    return min(request.range_bytes, max(LEAST_RANGE_BYTES, most))


def load_of(request: Request, wanted: Wanted) -> WritesLoad:
    """Return the load as its writers know it."""
    return WritesLoad(
        name=request.name,
        dataset=Path(request.dataset.file),
        table=wanted.table,
        records_bucket=request.output[0],
        limit_minutes=wanted.limit_minutes,
        max_write_units=wanted.max_write_units,
    )


def kept_shares(request: Request, aws: Aws) -> Shares:
    """Return the shares of an earlier run for the request; empty ones if the files are not cut yet."""
    bucket, place = request.output
    found = Shares.read(bucket, place, aws)
    if found is None:
        raise LoadFailed(f"s3://{bucket}/{Shares.key(place)} does not exist; run `pulumi up` again")
    return found


def new_shares(
    request: Request, wanted: Wanted, work: Work, ranges: list[FileRange], slots: int, aws: Aws
) -> Shares:
    """Divide the ranges among as many writers as can write at once, and keep it, each with a journal."""
    bucket, place = request.output
    units = most_units(load_of(request, wanted), wanted.began, aws)
    writers = max(1, min(slots, int(units // UNITS_OF_WRITER)))
    shares = Shares(shares=divided(ranges, work.files, writers))
    for number in range(len(shares.shares)):
        processes = int(wanted.repeated)
        journal = ShareJournal(token=wanted.token, owner="", began=wanted.began, processes=processes)
        journal.write(bucket, journal_key(place, number), aws)
    return shares.write(bucket, place, aws)


def write_share(number: int, share: WriterShare, work: Work, request: Request, wanted: Wanted) -> Journal:
    """Write what is left of a share, and return its journal at its end.

    A task that Spark repeats goes on from the journal. Where both are at work, the first loses the journal to
    the second, and ends. Raise LoadFailed where it cannot go on, InputError where a file cannot be read: then
    the other writers end as well.
    """
    aws = Aws(region=request.region)
    bucket, place = request.output
    try:
        return _written(number, share, work, request, wanted, aws)
    except TakenOver:
        raise
    except (InputError, LoadFailed) as error:
        with suppress(ClientError, BotoCoreError):  # the error is what has to be told
            GivenUp(why=str(error)).write(bucket, place, aws)
        raise


def _written(
    number: int, share: WriterShare, work: Work, request: Request, wanted: Wanted, aws: Aws
) -> Journal:
    bucket, place = request.output
    key = journal_key(place, number)

    def given_up() -> str:
        found = GivenUp.read(bucket, place, aws)
        return found.why if found else ""

    if why := given_up():
        raise LoadFailed(why)
    try:
        journal, tag = _taken_over(bucket, place, number, aws)
        if journal.state == "ended":
            return journal
        load = load_of(request, wanted)
        return Writer(
            load,
            Share(kept_as=key, kept_every=_KEPT_EVERY, of_rate=share.of_rate, given_up=given_up),
            work.dataset,
            tuple(part.of(work.files[part.file]) for part in share.ranges),
            journal,
            tag,
            None,
            most_units(load, wanted.began, aws),
            aws,
            lambda _: None,
        ).run()
    except (ClientError, BotoCoreError) as error:
        if passes(error):
            raise
        raise LoadFailed(f"{reason(error)}; run `pulumi up` to resume") from error


def _taken_over(bucket: str, place: str, number: int, aws: Aws) -> tuple[Journal, str]:
    """Return the journal of a writer with its entity tag: taken over from who may write it now, or ended."""
    owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    while (kept := kept_share(bucket, place, number, aws)).journal.state != "ended":
        journal = kept.journal.taken_over(owner)
        with suppress(Superseded):  # the other has kept it meanwhile
            return journal, journal.write_over(kept.tag, bucket, journal_key(place, number), aws)
    return kept.journal, kept.tag
