"""Whose a bucket is, and what its policy opens to others, on this machine."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.testing.export_stage import ExportStage
from local_aws.testing.stage import Stage

OURS, OTHER = "123456789012", "210987654321"


def theirs(stage: Stage, *actions: str, to: object = OURS) -> str:
    """A bucket of another account with an object, whose policy allows actions to someone."""
    there, name = ExportStage(stage).of_account(OTHER), stage.named("theirs")
    there.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": stage.region})
    there.put_object(Bucket=name, Key="a", Body=b"a")
    what = {"Effect": "Allow", "Action": list(actions), "Principal": {"AWS": to}}
    if actions:
        statement = {**what, "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        there.put_bucket_policy(Bucket=name, Policy=policy)
    return name


CALLS: dict[str, Callable[[Any, str], Any]] = {
    "s3:GetObject": lambda s3, bucket: s3.head_object(Bucket=bucket, Key="a"),
    "s3:PutObject": lambda s3, bucket: s3.put_object(Bucket=bucket, Key="b", Body=b"b"),
    "s3:DeleteObject": lambda s3, bucket: s3.delete_object(Bucket=bucket, Key="a"),
    "s3:ListBucket": lambda s3, bucket: s3.list_objects_v2(Bucket=bucket),
    "s3:PutBucketPolicy": lambda s3, bucket: s3.put_bucket_policy(Bucket=bucket, Policy="{}"),
}


@pytest.mark.parametrize("action", sorted(CALLS.keys() - {"s3:PutBucketPolicy"}))
def test_bucket_of_another_account_is_open_to_what_its_policy_allows_us(stage: Stage, action: str) -> None:
    CALLS[action](stage.s3, theirs(stage, action))


@pytest.mark.parametrize("action", sorted(CALLS))
def test_bucket_of_another_account_is_closed_to_all_else(stage: Stage, action: str) -> None:
    allowed = CALLS.keys() - {action}
    for bucket in (theirs(stage, *allowed), theirs(Stage(stage.url), action, to="999999999999")):
        with pytest.raises(ClientError, match=r"403|AccessDenied"):
            CALLS[action](stage.s3, bucket)


def test_bucket_of_another_owner_than_expected_is_refused(stage: Stage) -> None:
    stage.make_bucket()
    assert stage.s3.head_bucket(Bucket=stage.bucket, ExpectedBucketOwner=OURS)
    with pytest.raises(ClientError, match="403"):
        stage.s3.head_bucket(Bucket=stage.bucket, ExpectedBucketOwner=OTHER)


def test_bucket_whose_name_another_account_has_cannot_be_made(stage: Stage) -> None:
    place = {"LocationConstraint": stage.region}
    with pytest.raises(stage.s3.exceptions.BucketAlreadyExists):
        stage.s3.create_bucket(Bucket=theirs(stage), CreateBucketConfiguration=place)
