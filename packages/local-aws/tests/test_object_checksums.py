"""Checksums that are sent with an upload."""

import base64
import hashlib

import pytest
from botocore.exceptions import ClientError

from local_aws.testing.stage import Stage


def checksum(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def test_put_object_is_refused_when_the_checksum_is_of_other_content(stage: Stage) -> None:
    stage.make_bucket()
    stage.s3.put_object(Bucket=stage.bucket, Key="a", Body=b"1", ChecksumSHA256=checksum(b"1"))
    with pytest.raises(ClientError, match="BadDigest"):
        stage.s3.put_object(Bucket=stage.bucket, Key="a", Body=b"2", ChecksumSHA256=checksum(b"1"))
    assert stage.s3.get_object(Bucket=stage.bucket, Key="a")["Body"].read() == b"1"


def test_upload_part_is_refused_when_the_checksum_is_of_other_content(stage: Stage) -> None:
    stage.make_bucket()
    place = {"Bucket": stage.bucket, "Key": "a"}
    upload = stage.s3.create_multipart_upload(**place, ChecksumAlgorithm="SHA256")["UploadId"]
    part = {**place, "UploadId": upload, "PartNumber": 1}
    stage.s3.upload_part(**part, Body=b"1", ChecksumSHA256=checksum(b"1"))
    with pytest.raises(ClientError, match="BadDigest"):
        stage.s3.upload_part(**part, Body=b"2", ChecksumSHA256=checksum(b"1"))


def test_object_with_more_than_ten_tags_is_refused_and_not_stored(stage: Stage) -> None:
    stage.make_bucket()
    place = {"Bucket": stage.bucket, "Key": "a"}
    tags = "&".join(f"tag{number}=x" for number in range(11))
    refused = pytest.raises(ClientError, match=r"BadRequest.*Object tags cannot be greater than 10")
    with refused:
        stage.s3.put_object(**place, Body=b"1", Tagging=tags)
    with refused:
        stage.s3.create_multipart_upload(**place, Tagging=tags)
    assert "Contents" not in stage.s3.list_objects_v2(Bucket=stage.bucket)
    stage.s3.put_object(**place, Body=b"1", Tagging=tags.rpartition("&")[0])
    with refused:
        tag_set = [{"Key": f"tag{number}", "Value": "x"} for number in range(11)]
        stage.s3.put_object_tagging(**place, Tagging={"TagSet": tag_set})
