"""Deletes objects that no resource of a stack stands for."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.spec.errors import LoadFailed

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import ObjectIdentifierTypeDef


def remove_objects(
    aws: Aws, *, bucket: str, prefix: str, which: Callable[[str], bool] = lambda _: True
) -> None:
    """Delete every version of every such object under the prefix; a bucket that is gone is fine.

    Raise LoadFailed with what S3 said of those that it kept.
    """
    pages = aws.s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
    try:
        for page in pages:
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            objects: list[ObjectIdentifierTypeDef] = [
                {"Key": each.get("Key", ""), "VersionId": each.get("VersionId", "")}
                for each in found
                if which(each.get("Key", ""))
            ]
            if objects:
                _delete(aws, bucket, objects)
    except aws.s3.exceptions.NoSuchBucket:
        return


def _delete(aws: Aws, bucket: str, objects: "list[ObjectIdentifierTypeDef]") -> None:
    answer = aws.s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
    if errors := answer.get("Errors"):
        first = errors[0]
        raise LoadFailed(
            f"bucket {bucket}: {len(errors):,} objects cannot be deleted; "
            f"{first.get('Key', '')}: {first.get('Message') or first.get('Code', '')}"
        )
