"""The stack's bucket."""

import json

from components.bucket import FilesBucket, FilesBucketArgs
from tests.components.factories import stack
from tests.recording import BUCKET, BUCKET_POLICY, PUBLIC_ACCESS, Engine, declare

ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"


def bucket(*, production: bool = False) -> Engine:
    return declare(lambda: FilesBucket("files", FilesBucketArgs(stack=stack(production=production))))


def test_bucket_is_named_after_the_stack_and_the_account() -> None:
    assert bucket().one(BUCKET).inputs["bucket"] == "shop-test-files-123456789012"


def test_bucket_blocks_public_access_in_all_four_ways() -> None:
    inputs = bucket().one(PUBLIC_ACCESS).inputs
    ways = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    assert all(inputs[way] is True for way in ways)


def test_bucket_refuses_everything_without_tls() -> None:
    (statement,) = json.loads(bucket().one(BUCKET_POLICY).inputs["policy"])["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Deny", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_bucket_is_encrypted() -> None:
    (rule,) = bucket().one(ENCRYPTION).inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"] == "AES256"


def test_bucket_is_deleted_with_its_files_except_in_production() -> None:
    assert bucket().one(BUCKET).inputs["forceDestroy"] is True
    assert bucket(production=True).one(BUCKET).inputs["forceDestroy"] is False
