"""A dataset's files wherever they are: on this machine or in S3."""

from collections.abc import Iterator
from typing import BinaryIO, cast

from botocore.exceptions import ClientError

from dataset.dataset import Dataset, S3Location
from dataset.errors import InputError
from dataset.sources import SourceFile, local_files
from operations.aws import Aws
from operations.export.as_dataset import check_export
from operations.regions import named_region

_DENIED = ("access is denied", "allow s3:ListBucket on the bucket and s3:GetObject on its objects")
# By S3's error codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_REFUSALS = {
    "NoSuchBucket": ("there is no such bucket", "check source.location"),
    "NoSuchKey": ("the object went away while it was to be read", "begin again when nothing changes them"),
    "AccessDenied": _DENIED,
    "403": _DENIED,
    "PermanentRedirect": ("the bucket is in another Region", "use a bucket of the stack's Region"),
}


def source_files(dataset: Dataset, aws: Aws | None = None) -> tuple[SourceFile, ...]:
    """The files, in lexical order; those in S3 need `aws`.

    Raises InputError when there are none, or no access to them, or where they are of an export that is not
    whole.
    """
    location = dataset.location
    if location is None:
        return local_files(dataset)
    shown = f"s3://{location.bucket}/{location.prefix}"
    if aws is None:
        raise InputError(shown, "in S3, and no Region is known", "name it with --region, or set AWS_REGION")
    try:
        found = tuple(_objects(location, aws))
    except ClientError as error:
        raise InputError(shown, *_refusal(error)) from None
    if not found:
        raise InputError(shown, "no object here", "check source.location")
    scheme = f"s3://{location.bucket}/"
    check_export(location, {file.name.removeprefix(scheme): file.version for file in found}, aws)
    return found


def _objects(location: S3Location, aws: Aws) -> Iterator[SourceFile]:
    pages = aws.s3.get_paginator("list_objects_v2").paginate(Bucket=location.bucket, Prefix=location.prefix)
    for page in pages:
        for entry in page.get("Contents", []):
            key = entry.get("Key", "")
            if not key.endswith("/"):
                yield SourceFile(
                    name=f"s3://{location.bucket}/{key}",
                    size=entry.get("Size", 0),
                    version=entry.get("ETag", ""),
                    open=lambda key=key: _opened(location, key, aws),
                )


def objects_beside(dataset: Dataset, aws: Aws | None, most: int = 1000) -> tuple[str, ...]:
    """Objects that start with the location's prefix less its slash, and are not under it; at most `most`."""
    location = dataset.location
    if location is None or aws is None or not location.prefix:
        return ()
    prefix = location.prefix.removesuffix("/")
    listed = aws.s3.list_objects_v2(Bucket=location.bucket, Prefix=prefix, Delimiter="/", MaxKeys=most)
    keys = [entry.get("Key", "") for entry in listed.get("Contents", [])]
    folders = [entry.get("Prefix", "") for entry in listed.get("CommonPrefixes", [])]
    return tuple(f"s3://{location.bucket}/{key}" for key in (*keys, *folders) if key != location.prefix)


def _opened(location: S3Location, key: str, aws: Aws) -> BinaryIO:
    try:
        return cast("BinaryIO", aws.s3.get_object(Bucket=location.bucket, Key=key)["Body"])
    except ClientError as error:
        raise InputError(f"s3://{location.bucket}/{key}", *_refusal(error)) from None


def _refusal(error: ClientError) -> tuple[str, str]:
    """What is wrong and what to do."""
    said = error.response.get("Error", {})
    return _REFUSALS.get(said.get("Code", ""), (said.get("Message", str(error)), ""))


def aws_of(dataset: Dataset, region: str | None = None) -> Aws | None:
    """AWS for a dataset whose files are in S3, where a Region is named or set; None for the others."""
    where = named_region(region)
    return Aws(region=where) if where and dataset.location else None
