"""Objects of earlier states of the data, in the way of a load: the engine deletes its own after the load."""

from collections.abc import Callable

from dynamodb_bulk.aws import Aws


def remove_stale(bucket: str, prefix: str, stale: Callable[[str], bool], aws: Aws) -> None:
    """Delete the objects under the prefix whose key is stale."""
    pages = aws.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    for page in pages:
        keys = [entry.get("Key", "") for entry in page.get("Contents", [])]
        older = [{"Key": key} for key in keys if stale(key)]
        if older:
            aws.s3.delete_objects(Bucket=bucket, Delete={"Objects": older, "Quiet": True})  # pyright: ignore[reportArgumentType]
