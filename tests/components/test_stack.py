"""What every stack has: names that every AWS service in use takes, tags, and its bucket."""

import json
import re

import pytest

from components.bucket import FilesBucket, FilesBucketArgs
from tests.recording import BUCKET, BUCKET_POLICY, PUBLIC_ACCESS, Engine, declare, stack

ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
DMS_IDENTIFIER = re.compile(r"[a-z](?:-?[a-z0-9]+)*")


def test_name_is_project_stack_and_what_it_names() -> None:
    assert stack().name("orders", "source") == "shop-test-orders-source"


@pytest.mark.parametrize("odd", ["Customer_Events", "a--b", "trailing-", "ä.b c", "9lives"])
def test_name_when_parts_are_odd_is_still_a_dms_identifier(odd: str) -> None:
    assert DMS_IDENTIFIER.fullmatch(stack(project=odd).name(odd))


def test_name_when_too_long_is_cut_and_stays_unique() -> None:
    names = {stack().name("x" * 80 + end) for end in "ab"}
    assert len(names) == 2
    assert all(len(name) == 63 for name in names)


def test_tags_name_project_and_stack_in_addition_to_the_users() -> None:
    assert stack().tagged(dataset="orders") == {
        "team": "data",
        "project": "shop",
        "stack": "test",
        "dataset": "orders",
    }


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
