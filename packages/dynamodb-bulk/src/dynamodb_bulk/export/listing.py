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
        lambda: list(exports_to(aws, bucket, prefix)),
        lambda found: not found,
        limit_seconds=_LIMIT_SECONDS,
        what=f"the exports to s3://{bucket}/{prefix}",
    )


def exports_to(aws: Aws, bucket: str, prefix: str, *, ended: int = 0) -> Iterator[dict[str, Any]]:
    """Yield the descriptions of those that write under the prefix, newest first.

    With `ended` also those that wrote there, of so many of the newest that have ended.
    """
    newest = sorted(listed_exports(aws), key=lambda one: one["ExportArn"].rpartition("/")[2], reverse=True)
    for found in newest:
        at_work = found["ExportStatus"] == "IN_PROGRESS"
        if not at_work:
            ended -= 1
        if at_work or ended >= 0:
            export = aws.bulk.describe_export(ExportArn=found["ExportArn"])["ExportDescription"]
            if export["S3Bucket"] == bucket and f"{export.get('S3Prefix', '')}/".startswith(prefix):
                yield export
