"""Ends what AWS does for a load without a task: a bulk put is cancelled, an import waited for."""

from typing import Literal

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.loads.bulk_put.started import StartedBulkPuts
from dynamodb_bulk.loads.native.started import StartedImports
from dynamodb_bulk.loads.run_record import read_record, write_record
from dynamodb_bulk.loads.started import Started

# No call cancels an import, and a table that it fills cannot be deleted.
_LIMIT_SECONDS = 24 * 3600
_STARTED: dict[str, type[Started]] = {"native": StartedImports, "bulk_put": StartedBulkPuts}


def end_operation(aws: Aws, *, bucket: str, load: str, method: Literal["native", "bulk_put"]) -> None:
    """Return when AWS runs nothing for the load any more.

    An operation that an `up` started and could not record is found by its client token, and recorded.
    """
    last = read_record(bucket, load, aws)
    if last is None:
        return
    started = _STARTED[method](aws, bucket=bucket, load=load)
    record = started.recovered(last)
    if record != last:
        write_record(bucket, load, record, aws)
    started.end_all(record, lambda _: None, limit_seconds=_LIMIT_SECONDS)
