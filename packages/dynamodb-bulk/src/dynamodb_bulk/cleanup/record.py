"""Removes what a load made that no resource of its stack stands for."""

from contextlib import suppress
from typing import Literal

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import poll
from dynamodb_bulk.cleanup.objects import remove_objects
from dynamodb_bulk.loads.load import LoadFailed
from dynamodb_bulk.loads.native.errors import LOG_GROUP, error_stream
from dynamodb_bulk.loads.native.started import describe_import
from dynamodb_bulk.loads.run_record import RunRecord, read_record, record_key

_TABLE_SECONDS = 1800


def forget_load(
    aws: Aws,
    *,
    bucket: str,
    load: str,
    method: Literal["native", "bulk_put", "dms"],
    reports_prefix: str,
    keep_tables: bool,
) -> None:
    """Delete the error logs of its imports, a table that was imported but not adopted, reports and record.

    The record goes last, so that all of it can be repeated. Tables that the stack had adopted are gone, or
    kept on purpose, when this is called.
    """
    record = read_record(bucket, load, aws)
    if record is not None:
        for operation in record.operations:
            with suppress(aws.logs.exceptions.ResourceNotFoundException):
                aws.logs.delete_log_stream(logGroupName=LOG_GROUP, logStreamName=error_stream(operation))
        if method == "native" and not keep_tables:
            _remove_table(aws, record)
    remove_objects(aws, bucket=bucket, prefix=reports_prefix)
    key = record_key(load)
    remove_objects(aws, bucket=bucket, prefix=key, which=lambda found: found == key)


def _remove_table(aws: Aws, record: RunRecord) -> None:
    """Delete the table when it is the very one that the last import made."""
    state = describe_import(record.operation, aws) if record.operation else None
    if state is None or not state.table_id or _table_id(aws, record.table) != state.table_id:
        return
    try:
        aws.dynamodb.delete_table(TableName=record.table)
    except aws.dynamodb.exceptions.ClientError as error:
        raise LoadFailed(
            f"table {record.table}, which an import made: {error}; release it and destroy again"
        ) from None
    poll(
        lambda: _table_id(aws, record.table),
        lambda found: found != state.table_id,
        limit_seconds=_TABLE_SECONDS,
        what=f"the deletion of {record.table}",
    )


def _table_id(aws: Aws, name: str) -> str:
    try:
        return aws.dynamodb.describe_table(TableName=name)["Table"].get("TableId", "")
    except aws.dynamodb.exceptions.ResourceNotFoundException:
        return ""
