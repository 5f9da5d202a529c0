"""The exports that AWS lists: those of the last 90 days."""

from collections.abc import Iterator
from typing import Any

from dynamodb_bulk.aws import Aws, pages_of
from dynamodb_bulk.aws.polling import poll

# AWS promises no time for one.
_LIMIT_SECONDS = 24 * 3600


def listed_exports(aws: Aws, **of: str) -> Iterator[dict[str, Any]]:
    """Yield those of the account and Region; `of` may name a TableArn."""
    return pages_of(aws.bulk.list_exports, "ExportSummaries", **of)


def await_exports(aws: Aws, *, bucket: str, prefix: str) -> None:
    """Return when none writes under the prefix; raises LoadFailed when one still does after a day.

    AWS has no call to cancel one, and a bucket that is emptied in the meantime would not stay empty.
    """
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
