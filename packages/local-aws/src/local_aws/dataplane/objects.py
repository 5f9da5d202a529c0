"""The objects of local S3, found and read without an entire copy in memory."""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, BinaryIO, cast

from moto.s3.exceptions import MissingBucket
from moto.s3.models import FakeBucket, FakeDeleteMarker, s3_backends

from local_aws.account import ACCOUNT, PARTITION
from local_aws.dataplane.roles import AssumedRole

_BUFFER = 1 << 20


class SourceError(Exception):
    """The files cannot be read: the bucket or an object is not what it must be."""


@dataclass(frozen=True, kw_only=True)
class SourceObject:
    """Gives access to one file: its place as an s3:// URL, its size in bytes."""

    url: str
    key: str
    size: int
    body: Any

    @property
    def written(self) -> float:
        """When it was written, in seconds of the epoch."""
        return self.body.last_modified.replace(tzinfo=UTC).timestamp()

    def open(self) -> BinaryIO:
        """Return the object's bytes as a stream."""
        return io.BufferedReader(_Body(self.body, self.url), _BUFFER)

    def is_current(self, bucket: FakeBucket) -> bool:
        """Return whether the object still is as it was found."""
        return bucket.keys.get(self.key) is self.body


def find_bucket(name: str, region: str) -> FakeBucket:
    """Return the bucket; raise SourceError if there is none in the region.

    https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html: bucket and instance share a region.
    """
    try:
        bucket = s3_backends[ACCOUNT][PARTITION].get_bucket(name)
    except MissingBucket:
        raise SourceError(f"The bucket {name} does not exist") from None
    if bucket.region_name != region:
        raise SourceError(
            f"The bucket {name} is in {bucket.region_name} and the replication instance in {region}; "
            "both have to be in one region"
        )
    return bucket


def source_bucket(settings: Mapping[str, Any], role: AssumedRole, region: str) -> FakeBucket:
    """Return the bucket of an S3 source; raise SourceError, or DeniedError if the role cannot list it."""
    bucket = find_bucket(settings["BucketName"], region)
    role.require(("s3:ListBucket",), f"arn:aws:s3:::{bucket.name}")
    return bucket


def folder_objects(bucket: FakeBucket, folder: str) -> list[SourceObject]:
    """Return the objects directly in a folder (`a/b/`), in the order of their keys as UTF-8.

    Which names DMS reads in which order is not documented; this reads them all in lexical order.
    """
    objects = prefix_objects(bucket, folder)
    return [found for found in objects if found.key != folder and "/" not in found.key[len(folder) :]]


def prefix_objects(bucket: FakeBucket, prefix: str) -> list[SourceObject]:
    """Return the objects whose keys begin with the prefix, no folder needed, in the order of their keys."""
    keys = cast("Iterable[tuple[str, Any]]", bucket.keys.items())
    found = [
        SourceObject(url=f"s3://{bucket.name}/{name}", key=name, size=body.size, body=body)
        for name, body in keys
        if name.startswith(prefix) and not isinstance(body, FakeDeleteMarker)
    ]
    return sorted(found, key=lambda found: found.key.encode())


class _Body(io.RawIOBase):
    """A key's own buffer, which it shares with everyone who reads the object."""

    def __init__(self, body: Any, url: str) -> None:
        self._body = body
        self._url = url
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._body.size}[whence]
        self._position = start + offset
        return self._position

    def readinto(self, buffer: Any, /) -> int:
        with self._body.lock:
            try:
                self._body._value_buffer.seek(self._position)
                block = self._body._value_buffer.read(len(buffer))
            except ValueError:
                raise SourceError(f"{self._url} was deleted or replaced while it was being read") from None
        buffer[: len(block)] = block
        self._position += len(block)
        return len(block)
