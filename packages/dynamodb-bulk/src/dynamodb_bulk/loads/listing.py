"""List what S3 holds under a prefix, to compare it with a later listing."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from botocore.exceptions import ClientError
from pydantic import BaseModel, ConfigDict

from dynamodb_bulk.aws import Aws

_NEVER = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, kw_only=True)
class ListedObject:
    """An object; `modified` is its last change by S3's clock, in whole seconds."""

    key: str
    size: int
    tag: str
    modified: datetime


class Listing(BaseModel):
    """The objects under a prefix: SHA-256 of their keys, entity tags and times, and the newest time."""

    model_config = ConfigDict(frozen=True)

    bucket: str
    prefix: str
    digest: str
    count: int
    newest: datetime | None = None

    @property
    def url(self) -> str:
        """The place as people write it."""
        return f"s3://{self.bucket}/{self.prefix}"


def listed_objects(bucket: str, prefix: str, aws: Aws) -> Iterator[ListedObject]:
    """Yield every object under the prefix, in the order of their keys."""
    pages = aws.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    for page in pages:
        for entry in page.get("Contents", []):
            yield ListedObject(
                key=entry.get("Key", ""),
                size=entry.get("Size", 0),
                tag=entry.get("ETag", ""),
                modified=entry.get("LastModified", _NEVER),
            )


def listing_of(bucket: str, prefix: str, objects: Sequence[ListedObject]) -> Listing:
    """Return the listing that consists of the objects, in the order of their keys."""
    text = json.dumps([(each.key, each.tag, each.modified.isoformat()) for each in objects])
    return Listing(
        bucket=bucket,
        prefix=prefix,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        count=len(objects),
        newest=max((each.modified for each in objects), default=None),
    )


def changed_objects(before: Listing | None, aws: Aws) -> tuple[str, ...]:
    """Return what was added, replaced or deleted under the prefix since; else nothing.

    Records of earlier versions have no listing: then nothing is known to be wrong.
    """
    if before is None:
        return ()
    try:
        objects = list(listed_objects(before.bucket, before.prefix, aws))
    except aws.s3.exceptions.NoSuchBucket:
        return (f"the bucket {before.bucket} was deleted after the load began",)
    except ClientError as error:
        return (f"{before.url} cannot be listed again: {error}",)
    if listing_of(before.bucket, before.prefix, objects).digest == before.digest:
        return ()
    newer = [each for each in objects if before.newest is None or each.modified > before.newest]
    if not newer:
        what = "an object was deleted" if len(objects) < before.count else "an object changed"
        return (f"{before.url}: {what} after the load began",)
    more = f", and {len(newer) - 1:,} more," if len(newer) > 1 else ""
    return (f"s3://{before.bucket}/{newer[0].key}{more} changed after the load began",)
