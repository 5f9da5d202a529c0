"""Check the preconditions of a bulk put.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/BulkPutItems.Considerations.html
"""

from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report, poll
from dynamodb_bulk.aws.table_identity import described_table, is_active
from dynamodb_bulk.loads.bulk_put.load import BulkPutLoad
from dynamodb_bulk.loads.listing import listed_objects
from dynamodb_bulk.preflight.checks.listing import looks_like_data
from dynamodb_bulk.spec.errors import LoadFailed

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import TableDescriptionTypeDef

FIRST_BOTO3 = "1.43.124"
_TABLE_SECONDS = 1800


def known(aws: Aws) -> bool:
    """Return whether the boto3 at hand knows bulk put."""
    return "StartBulkPutItems" in aws.bulk.meta.service_model.operation_names


def in_region(aws: Aws) -> bool:
    """Return whether the Region knows bulk put."""
    try:
        aws.bulk.list_bulk_operations(MaxResults=1)
    except ClientError as error:
        return error.response.get("Error", {}).get("Code") != "UnknownOperationException"
    return True


def check_preconditions(load: BulkPutLoad, aws: Aws, report: Report) -> None:
    """Wait for a table that is changing; raise LoadFailed for what stands against the bulk put."""
    if not known(aws):
        raise LoadFailed(
            f"load {load.name}: bulk put needs boto3 {FIRST_BOTO3} or later, this is {boto3.__version__}; "
            "run `uv sync`"
        )
    _check_table(load, aws, report)
    _check_objects(load, aws)


def _check_table(load: BulkPutLoad, aws: Aws, report: Report) -> None:
    def look() -> "TableDescriptionTypeDef":
        report(f"checking the table {load.table}")
        found = described_table(load.table, aws)
        if found is None:
            raise LoadFailed(
                f"load {load.name}: table {load.table} does not exist, but bulk put needs an existing table; "
                "omit `table.existing`, or check `table.name`"
            )
        if found.get("Replicas"):
            raise LoadFailed(
                f"load {load.name}: {load.table} is a global table, which bulk put does not support; "
                "set `method: dms`"
            )
        return found

    poll(look, is_active, limit_seconds=_TABLE_SECONDS, what=f"table {load.table}", report=report)


def _check_objects(load: BulkPutLoad, aws: Aws) -> None:
    keys = [found.key for found in listed_objects(load.files.bucket, load.files.prefix, aws)]
    if not keys:
        raise LoadFailed(f"load {load.name}: no objects exist under {load.files.url}; check source.location")
    if other := [key for key in keys if not looks_like_data(key)]:
        more = f" and {len(other) - 1:,} more are" if len(other) > 1 else " is"
        raise LoadFailed(
            f"load {load.name}: {other[0]}{more} under {load.files.url} and would be read, but does not look "
            "like data; move it, or let the prefix end in the folder of the data"
        )
