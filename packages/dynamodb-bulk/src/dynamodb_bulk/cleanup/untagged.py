"""Buckets that a kill left before they had tags: known by the very name that a stack gives its bucket."""

from collections.abc import Collection, Iterator
from functools import partial

from dynamodb_bulk.adoption.ready import bucket_is_empty, delete_empty_bucket
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.names import FILES, bucket_name
from dynamodb_bulk.cleanup.stacks import Stacks
from dynamodb_bulk.cleanup.tagged import Tagged, name_prefix


def untagged_buckets(aws: Aws, stacks: Stacks, named: Collection[str]) -> Iterator[Tagged]:
    """Empty ones, of stacks that the backend knows, and of others where the name says of which."""
    account = aws.sts.get_caller_identity()["Account"]
    prefix, suffix = name_prefix(stacks.project), f"-{FILES}-{account}"
    known = {
        bucket_name(account, stacks.project, stack, FILES): stack for stack in (*stacks.resources, *named)
    }
    for bucket in aws.s3.list_buckets().get("Buckets", []):
        name = bucket.get("Name", "")
        unknown = name.removeprefix(prefix).removesuffix(suffix) if name.startswith(prefix) else ""
        stack = known.get(name) or (unknown if name == f"{prefix}{unknown}{suffix}" else "")
        if stack and _is_bare(aws, name):
            yield Tagged(
                kind="bucket",
                name=name,
                tags={"project": stacks.project, "stack": stack},
                created=bucket.get("CreationDate"),
                holds="nothing",
                delete=partial(delete_empty_bucket, aws, name),
            )


def _is_bare(aws: Aws, bucket: str) -> bool:
    """Return whether it has neither tags nor contents."""
    try:
        aws.s3.get_bucket_tagging(Bucket=bucket)
    except aws.s3.exceptions.ClientError as error:
        return error.response.get("Error", {}).get("Code") == "NoSuchTagSet" and bucket_is_empty(aws, bucket)
    return False
