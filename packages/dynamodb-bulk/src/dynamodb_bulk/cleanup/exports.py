"""Waits for exports into a stack's bucket that are in progress: AWS has no call to cancel one.

A bucket that is emptied in the meantime would not stay empty, and could not be deleted.
"""

from collections.abc import Iterator
from typing import Any

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import poll
from dynamodb_bulk.export.listing import listed_exports

# AWS promises no time for one.
_LIMIT_SECONDS = 24 * 3600


def await_exports(aws: Aws, *, bucket: str, prefix: str) -> None:
    """Return when none writes under the prefix; raise LoadFailed when one still does after a day."""
    poll(
        lambda: list(_under_way(aws, bucket, prefix)),
        lambda found: not found,
        limit_seconds=_LIMIT_SECONDS,
        what=f"the exports to s3://{bucket}/{prefix}",
    )


def _under_way(aws: Aws, bucket: str, prefix: str) -> Iterator[str]:
    for found in listed_exports(aws):
        if found["ExportStatus"] == "IN_PROGRESS":
            arn = found["ExportArn"]
            export: dict[str, Any] = aws.bulk.describe_export(ExportArn=arn)["ExportDescription"]
            if export["S3Bucket"] == bucket and f"{export.get('S3Prefix', '')}/".startswith(prefix):
                yield arn
