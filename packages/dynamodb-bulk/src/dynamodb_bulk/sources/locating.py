"""A dataset's files, local or in S3."""

import io
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, BinaryIO, cast

from botocore.exceptions import BotoCoreError, ClientError

from dynamodb_bulk.aws import Aws, aws_in
from dynamodb_bulk.aws.refusals import reason
from dynamodb_bulk.dataset import Dataset, S3Location
from dynamodb_bulk.export.manifest import check_export
from dynamodb_bulk.one_line import remedy_of
from dynamodb_bulk.sources.ahead import FIRST_PART_BYTES, ObjectParts
from dynamodb_bulk.sources.reading import SourceFile, local_files
from dynamodb_bulk.spec.errors import InputError

_TRIES = 3
_AGAIN = "begin again when nothing changes it"
_DENIED = ("access is denied", "allow s3:ListBucket on the bucket and s3:GetObject on its objects")
# By S3's error codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_REFUSALS = {
    "NoSuchBucket": ("the bucket does not exist", "check source.location"),
    "NoSuchKey": ("the object went away while it was to be read", _AGAIN),
    "PreconditionFailed": ("the object changed while it was to be read", _AGAIN),
    "AccessDenied": _DENIED,
    "403": _DENIED,
    "PermanentRedirect": ("the bucket is in another Region", "use a bucket of the stack's Region"),
}

_OF_TABLE = re.compile(
    r"(?:^|/)(?:(?P<delta>_delta_log/)|(?P<hudi>\.hoodie/)|(?P<iceberg>metadata/[^/]*\.metadata\.json(?:\.gz)?$))"
)
_TABLES = {"delta": "Delta Lake", "hudi": "Hudi", "iceberg": "Iceberg"}


def source_files(dataset: Dataset, aws: Aws | None = None) -> tuple[SourceFile, ...]:
    """Return the files, in lexical order; those in S3 need `aws`.

    Raise InputError when there are none, or no access to them, or where they are of an export that is not
    whole.
    """
    location = dataset.location
    if location is None:
        return local_files(dataset)
    shown = f"s3://{location.bucket}/{location.prefix}"
    if aws is None:
        raise InputError(shown, "in S3, but the Region is unknown", "pass --region, or set AWS_REGION")
    with _told(shown):
        found = tuple(_objects(location, aws))
    if not found:
        raise InputError(shown, "no objects here", "check source.location")
    scheme = f"s3://{location.bucket}/"
    for file in found:
        if match := _OF_TABLE.search(file.name.removeprefix(shown)):
            table = _TABLES[match.lastgroup or ""]
            what = f"the location is a table of {table}, whose files also hold rows that were deleted"
            raise InputError(
                file.name, what, "write the table's rows to another prefix, for example with Spark"
            )
    check_export(location, {file.name.removeprefix(scheme): file.version for file in found}, aws)
    return found


def _objects(location: S3Location, aws: Aws) -> Iterator[SourceFile]:
    pages = aws.s3.get_paginator("list_objects_v2").paginate(Bucket=location.bucket, Prefix=location.prefix)
    for page in pages:
        for entry in page.get("Contents", []):
            key, tag = entry.get("Key", ""), entry.get("ETag", "")
            if not key.endswith("/"):
                yield object_file(location.bucket, key, entry.get("Size", 0), tag, aws)


def object_file(bucket: str, key: str, size: int, tag: str, aws: Aws) -> SourceFile:
    """Return an object of this size and entity tag; to read another version of it is an InputError."""
    name = f"s3://{bucket}/{key}"
    return SourceFile(
        name=name,
        size=size,
        version=tag,
        open=partial(_opened, bucket, key, tag, size, aws),
        part=partial(_part, bucket, key, tag, aws),
    )


def objects_beside(dataset: Dataset, aws: Aws | None) -> tuple[str, ...]:
    """Objects that start with the location's prefix less its slash, and are not under it; at most 1,000."""
    location = dataset.location
    if location is None or aws is None or not location.prefix:
        return ()
    prefix = location.prefix.removesuffix("/")
    with _told(f"s3://{location.bucket}/{prefix}"):
        listed = aws.s3.list_objects_v2(Bucket=location.bucket, Prefix=prefix, Delimiter="/")
    keys = [entry.get("Key", "") for entry in listed.get("Contents", [])]
    folders = [entry.get("Prefix", "") for entry in listed.get("CommonPrefixes", [])]
    return tuple(f"s3://{location.bucket}/{key}" for key in (*keys, *folders) if key != location.prefix)


def _opened(bucket: str, key: str, tag: str, size: int, aws: Aws) -> BinaryIO:
    """Open the object that was listed and no other: a dataset does not change while it is read."""
    if size > FIRST_PART_BYTES:
        return cast("BinaryIO", ObjectParts(partial(_part, bucket, key, tag, aws), size))
    place = f"s3://{bucket}/{key}"
    with _told(place):
        body = aws.s3.get_object(Bucket=bucket, Key=key, IfMatch=tag)["Body"]
    return cast("BinaryIO", _Object(cast("BinaryIO", body), place))


def _part(bucket: str, key: str, tag: str, aws: Aws, start: int, end: int) -> bytes:
    part = f"bytes={start}-{end - 1}"
    with _told(f"s3://{bucket}/{key}"):
        for more in reversed(range(_TRIES)):
            try:
                answer = aws.s3.get_object(Bucket=bucket, Key=key, IfMatch=tag, Range=part)
                return answer["Body"].read()
            except BotoCoreError:  # a connection that breaks while the body is read
                if not more:
                    raise
    raise AssertionError


class _Object(io.RawIOBase):
    """The bytes of an object; a broken connection raises InputError."""

    def __init__(self, body: BinaryIO, place: str) -> None:
        self._body = body
        self._place = place

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        with _told(self._place):
            piece = self._body.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._body.close()
        super().close()


@contextmanager
def _told(place: str) -> Generator[None]:
    """Report refusals of AWS and broken connections with their location."""
    try:
        yield
    except ClientError as error:
        refusal = error.response.get("Error", {})
        code = refusal.get("Code", "no code")
        text = f"{refusal.get('Message', str(error))} ({code})"
        raise InputError(place, *_REFUSALS.get(code, (text, remedy_of(text)))) from None
    except BotoCoreError as error:
        raise InputError(place, reason(error), remedy_of(f"{type(error).__name__} {error}")) from None


def aws_of(dataset: Dataset, region: str | None = None) -> Aws | None:
    """Return AWS clients for a dataset in S3 if a Region is named or set; None otherwise."""
    return aws_in(region) if dataset.location else None
