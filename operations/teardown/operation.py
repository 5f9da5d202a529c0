"""Ends what AWS does for a load without a task: a bulk put is cancelled, an import waited for."""

from collections.abc import Callable
from typing import Literal

from operations.aws import Aws
from operations.bulk_put.run import cancel_bulk_put, describe_bulk_put
from operations.native.listing import listed_imports, table_of
from operations.native.run import describe_import
from operations.polling import poll
from operations.run_record import RunRecord, read_record, write_record

# No call cancels an import, and a table that it fills cannot be deleted.
_IMPORT_SECONDS = 24 * 3600


def end_operation(aws: Aws, *, bucket: str, load: str, method: Literal["native", "bulk_put"]) -> None:
    """Return when the load's last operation is over, if there was one.

    One that was begun by an `up` that did not live to record it is found by its client token, and recorded.
    """
    record = read_record(bucket, load, aws)
    if record is None:
        return
    if not record.operation:
        operation = _UNRECORDED[method](record, aws)
        if not operation:
            return
        record = write_record(bucket, load, record.model_copy(update={"operation": operation}), aws)
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


def _unrecorded_import(record: RunRecord, aws: Aws) -> str:
    for found in listed_imports(aws):
        arn = found.get("ImportArn", "")
        if table_of(found) == record.table and (
            aws.dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"].get("ClientToken")
            == record.token
        ):
            return arn
    return ""


def _unrecorded_bulk_put(record: RunRecord, aws: Aws) -> str:
    """One that is over leaves nothing that has to be found."""
    for page in aws.bulk.get_paginator("list_bulk_operations").paginate(PaginationConfig={"PageSize": 25}):
        for found in page["BulkOperationsSummaryList"]:
            arn = found["BulkOperationArn"]
            if found["BulkOperationStatus"] == "IN_PROGRESS" and (
                aws.bulk.describe_bulk_operation(BulkOperationArn=arn)["BulkOperationDescription"].get(
                    "ClientToken"
                )
                == record.token
            ):
                return arn
    return ""


_UNRECORDED: dict[str, Callable[[RunRecord, Aws], str]] = {
    "native": _unrecorded_import,
    "bulk_put": _unrecorded_bulk_put,
}
