"""Tables whose write capacity a stack that is gone raised for a load: its bucket tells what it was."""

from collections.abc import Iterator
from functools import partial

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.cleanup.delete import delete_bucket
from dynamodb_bulk.cleanup.leftover import Leftover
from dynamodb_bulk.loads.listing import listed_objects
from dynamodb_bulk.loads.raised_capacity import CapacityRecord, put_back, still_raised


def raised_tables(aws: Aws, bucket: str) -> Iterator[Leftover]:
    """Yield each that still has what it was raised to; to delete such a leftover is to put it back."""
    start, _, end = CapacityRecord.stored_at.partition("{}")
    for found in listed_objects(bucket, start, aws):
        load = found.key.removeprefix(start).removesuffix(end)
        record = CapacityRecord.read(bucket, load, aws)
        if record and still_raised(record, aws):
            yield Leftover(
                kind="raised write capacity",
                name=record.table,
                reason=f"load {load} raised it to {record.units:,} units, and AWS bills them; to delete this "
                f"puts {record.units_before:,} back",
                created=record.at,
                delete=partial(put_back, load, bucket, aws, lambda _: None),
            )


def delete_records_bucket(aws: Aws, bucket: str) -> None:
    """Delete a stack's bucket, once what only it knows of is put back; raise LoadFailed if AWS refuses."""
    for one in raised_tables(aws, bucket):
        if one.delete:
            one.delete()
    delete_bucket(aws, bucket)
