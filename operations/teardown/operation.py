"""Ends what AWS does for a load without a task: a bulk put is cancelled, an import waited for."""

from typing import Literal

from operations.aws import Aws
from operations.bulk_put.run import cancel_bulk_put, describe_bulk_put
from operations.native.run import describe_import
from operations.polling import poll
from operations.run_record import read_record

# No call cancels an import, and a table that it fills cannot be deleted.
_IMPORT_SECONDS = 24 * 3600


def end_operation(aws: Aws, *, bucket: str, load: str, method: Literal["native", "bulk_put"]) -> None:
    """Return when the load's last operation is over, if there was one."""
    record = read_record(bucket, load, aws)
    if record is None or not record.operation:
        return
    if method == "native":
        poll(
            lambda: describe_import(record.operation, aws),
            lambda state: state is None or state.ended,
            limit_seconds=_IMPORT_SECONDS,
            what=f"the import of load {load}",
        )
        return
    state = describe_bulk_put(record.operation, aws)
    if state is not None and not state.ended:
        cancel_bulk_put(load, record.operation, aws, lambda _: None)
