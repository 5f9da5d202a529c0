"""Uploads into the project's buckets that were begun and never ended: S3 keeps their parts, and bills them.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.cleanup.leftover import Leftover, owner_of
from dynamodb_bulk.cleanup.tagged import project_buckets

ABANDONED = timedelta(days=1)  # as long as the lifecycle rule of a stack's bucket waits


def abandoned_uploads(aws: Aws, project: str) -> Iterator[Leftover]:
    """Yield those begun more than a day ago, whether their stack is there or not."""
    for bucket, tags, _ in project_buckets(aws, project):
        for page in aws.s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
            for upload in page.get("Uploads", []):
                begun = upload.get("Initiated")
                if begun is None or datetime.now(UTC) - begun < ABANDONED:
                    continue
                key, number = upload.get("Key", ""), upload.get("UploadId", "")
                yield Leftover(
                    kind="upload",
                    name=f"s3://{bucket}/{key}",
                    reason="was never completed",
                    owner=owner_of(tags),
                    created=begun,
                    delete=partial(aws.s3.abort_multipart_upload, Bucket=bucket, Key=key, UploadId=number),
                )
