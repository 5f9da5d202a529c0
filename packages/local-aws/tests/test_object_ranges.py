"""Ranges of objects: as S3 answers them, and at the cost of the range."""

import io
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.s3.models import FakeKey

from local_aws.object_ranges import StoredBytes
from local_aws.testing.stage import Stage

CONTENT = bytes(range(100))


class Counted(io.BytesIO):
    """A stream that knows how much was read of it."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(size)
        self.count += len(found)
        return found


def test_range_reads_no_more_than_itself() -> None:
    key: Any = FakeKey("key", CONTENT, account_id="123456789012", region_name="eu-west-1")
    stream = Counted(CONTENT)
    vars(key)["_value_buffer"] = stream
    stored = StoredBytes(key)
    assert (len(stored), stored[10:20], stream.count) == (100, CONTENT[10:20], 10)


@pytest.mark.parametrize(
    ("asked", "found", "told"),
    [
        ("0-9", CONTENT[:10], "bytes 0-9/100"),
        ("90-", CONTENT[90:], "bytes 90-99/100"),
        ("90-200", CONTENT[90:], "bytes 90-99/100"),
        ("-5", CONTENT[-5:], "bytes 95-99/100"),
        ("0-1,4-5", CONTENT, ""),
        ("5-4", CONTENT, ""),
    ],
)
def test_object_is_read_by_range(stage: Stage, asked: str, found: bytes, told: str) -> None:
    stage.make_bucket()
    stage.s3.put_object(Bucket=stage.bucket, Key="a", Body=CONTENT)
    answer = stage.s3.get_object(Bucket=stage.bucket, Key="a", Range=f"bytes={asked}")
    assert (answer["Body"].read(), answer.get("ContentRange", "")) == (found, told)


def test_range_is_refused_when_it_begins_behind_the_object(stage: Stage) -> None:
    stage.make_bucket()
    stage.s3.put_object(Bucket=stage.bucket, Key="a", Body=CONTENT)
    with pytest.raises(ClientError, match="InvalidRange"):
        stage.s3.get_object(Bucket=stage.bucket, Key="a", Range="bytes=100-")
