"""What tags do not tell of buckets: those that a kill left without tags, and uploads that never ended."""

from collections.abc import Collection, Iterator
from datetime import timedelta
from functools import partial

from dynamodb_bulk.adoption.ready import bucket_is_empty, delete_empty_bucket
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.clock import aws_now
from dynamodb_bulk.aws.names import FILES, bucket_name
from dynamodb_bulk.aws.tags import owner_of
from dynamodb_bulk.cleanup.leftover import Leftover
from dynamodb_bulk.cleanup.stacks import Stacks
from dynamodb_bulk.cleanup.tagged import TaggedResources, leftover, name_prefix

ABANDONED = timedelta(days=1)  # as long as the lifecycle rule of a stack's bucket waits


def untagged_buckets(aws: Aws, stacks: Stacks, named: Collection[str]) -> Iterator[Leftover]:
    """Empty ones with the very name that a stack gives its bucket: of stacks that the backend knows as gone,
    and of others where the name says of which.
    """
    account = aws.sts.get_caller_identity()["Account"]
    prefix, suffix = name_prefix(stacks.project), f"-{FILES}-{account}"
    known = {
        bucket_name(account, stacks.project, stack, FILES): stack for stack in (*stacks.resources, *named)
    }
    for bucket in aws.s3.list_buckets().get("Buckets", []):
        name = bucket.get("Name", "")
        unknown = name.removeprefix(prefix).removesuffix(suffix) if name.startswith(prefix) else ""
        stack = known.get(name) or (unknown if name == f"{prefix}{unknown}{suffix}" else "")
        if stack and stacks.fate(stack) != "lives" and _is_bare(aws, name):
            found = Leftover(
                kind="bucket",
                name=name,
                created=bucket.get("CreationDate"),
                reason="holds nothing",
                delete=partial(delete_empty_bucket, aws, name),
            )
            yield leftover(found, {"project": stacks.project, "stack": stack}, stacks, named)


def abandoned_uploads(resources: TaggedResources) -> Iterator[Leftover]:
    """Uploads begun more than a day ago, also of stacks that exist: S3 keeps their parts, and bills them.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
    """
    s3 = resources.aws.s3
    for _, bucket, tags in resources.of("s3:"):
        try:
            pages = list(s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket))
        except s3.exceptions.NoSuchBucket:
            continue
        for upload in (upload for page in pages for upload in page.get("Uploads", [])):
            begun = upload.get("Initiated")
            if begun is None or aws_now() - begun < ABANDONED:
                continue
            key, number = upload.get("Key", ""), upload.get("UploadId", "")
            yield Leftover(
                kind="upload",
                name=f"s3://{bucket}/{key}",
                reason="was begun and never ended",
                owner=owner_of(tags),
                created=begun,
                delete=partial(s3.abort_multipart_upload, Bucket=bucket, Key=key, UploadId=number),
            )


def _is_bare(aws: Aws, bucket: str) -> bool:
    """Whether it has neither tags nor contents."""
    try:
        aws.s3.get_bucket_tagging(Bucket=bucket)
    except aws.s3.exceptions.ClientError as error:
        return error.response.get("Error", {}).get("Code") == "NoSuchTagSet" and bucket_is_empty(aws, bucket)
    return False
