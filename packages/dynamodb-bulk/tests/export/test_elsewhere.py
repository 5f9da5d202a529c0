"""`bulk export` with a key of KMS, and into the bucket of another account."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from bulk_testing.command import bulk
from local_aws.testing.export_stage import ExportStage
from local_aws.testing.stage import Stage

OURS, OTHER, STRANGER = "123456789012", "210987654321", "999999999999"
WRITE = ["s3:PutObject", "s3:PutObjectAcl", "s3:AbortMultipartUpload"]
READ = ["s3:GetObject", "s3:ListBucket"]
Ended = tuple[int, dict[str, Any], str]


@pytest.fixture
def exports(stage: Stage) -> ExportStage:
    return ExportStage(stage)


def exported(exports: ExportStage, *options: str, bucket: str = "") -> Ended:
    """Exit code, what was exported, and what went wrong, of a table of two items."""
    table = exports.table("a", "b")
    ended = bulk(
        "export", table, "--bucket", bucket or exports.stage.bucket, *options, "--json",
        AWS_ENDPOINT_URL=exports.stage.url, AWS_REGION=exports.stage.region, PATH="/nowhere",
    )  # fmt: skip
    assert "Traceback" not in ended.stderr
    return ended.returncode, json.loads(ended.stdout or '{"export": {}}')["export"], ended.stderr


def bucket_of_another(exports: ExportStage, *actions: str, to: str = OURS) -> str:
    """A bucket of another account, whose policy allows these actions to an account."""
    there, name = exports.of_account(OTHER), f"bucket-of-{OTHER}-{exports.stage.number}"
    there.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": exports.stage.region})
    if actions:
        allowed = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{to}:root"},
            "Action": list(actions),
            "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        there.put_bucket_policy(Bucket=name, Policy=policy)
    return name


def encryptions(s3: Any, url: str) -> set[tuple[str, str | None]]:
    """How every object under a place is encrypted, and with which key."""
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]]
    heads = [s3.head_object(Bucket=bucket, Key=key) for key in keys]
    assert len(heads) == 9  # four files of items, two manifests and their checksums, and that it began
    return {(head["ServerSideEncryption"], head.get("SSEKMSKeyId")) for head in heads}


def test_export_with_a_key_encrypts_everything_with_it(exports: ExportStage) -> None:
    key = exports.stage.client("kms").create_key()["KeyMetadata"]["Arn"]
    code, found, said = exported(exports, "--kms-key", key)
    assert code == 0, said
    assert found["items"] == 2
    assert encryptions(exports.s3, found["url"]) == {("aws:kms", key)}


def test_export_without_a_key_is_encrypted_by_s3(exports: ExportStage) -> None:
    code, found, said = exported(exports)
    assert code == 0, said
    assert encryptions(exports.s3, found["url"]) == {("AES256", None)}


def missing(_: ExportStage) -> str:
    return f"arn:aws:kms:eu-west-1:{OURS}:key/deadbeef-dead-beef-dead-beefdeadbeef"


def disabled(exports: ExportStage) -> str:
    kms = exports.stage.client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.disable_key(KeyId=key["KeyId"])
    return key["Arn"]


def pending_deletion(exports: ExportStage) -> str:
    kms = exports.stage.client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.schedule_key_deletion(KeyId=key["KeyId"])
    return key["Arn"]


def of_another_region(exports: ExportStage) -> str:
    return Stage(exports.stage.url, "us-east-1").client("kms").create_key()["KeyMetadata"]["Arn"]


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (missing, "KmsNotFoundException"),
        (disabled, "KmsDisabledException"),
        (pending_deletion, "KmsInvalidStateException"),
        (of_another_region, "KmsNotFoundException"),
    ],
)
def test_export_with_a_key_that_does_not_encrypt_is_failed_with_what_to_do(
    exports: ExportStage, key: Callable[[ExportStage], str], code: str
) -> None:
    ended, _, said = exported(exports, "--kms-key", key(exports))
    assert ended == 1
    assert f"FAILED: {code}" in said
    assert "name an enabled key in the bucket's Region" in said


def test_export_into_a_bucket_of_a_different_account_is_checked(exports: ExportStage) -> None:
    bucket = bucket_of_another(exports, *WRITE, *READ)
    code, found, said = exported(exports, "--bucket-owner", OTHER, "--prefix", "from-us", bucket=bucket)
    assert code == 0, said
    assert found["items"] == 2
    assert found["url"].startswith(f"s3://{bucket}/from-us/AWSDynamoDB/")
    assert encryptions(exports.of_account(OTHER), found["url"]) == {("AES256", None)}


def test_export_into_a_bucket_of_a_different_account_is_encrypted_with_our_key(exports: ExportStage) -> None:
    key = exports.stage.client("kms").create_key()["KeyMetadata"]["Arn"]
    bucket = bucket_of_another(exports, *WRITE, *READ)
    code, found, said = exported(exports, "--bucket-owner", OTHER, "--kms-key", key, bucket=bucket)
    assert code == 0, said
    assert encryptions(exports.of_account(OTHER), found["url"]) == {("aws:kms", key)}


@pytest.mark.parametrize(
    ("owner", "actions", "to"),
    [
        (OTHER, [], OURS),
        (OTHER, READ, OURS),
        (OTHER, [*WRITE, *READ], STRANGER),
        (STRANGER, [*WRITE, *READ], OURS),
        ("", [*WRITE, *READ], OURS),
    ],
    ids=["no policy", "may only read", "policy for someone else", "another owner", "no owner"],
)
def test_export_into_a_bucket_that_is_not_opened_to_us_is_failed_with_what_to_allow(
    exports: ExportStage, owner: str, actions: list[str], to: str
) -> None:
    bucket = bucket_of_another(exports, *actions, to=to)
    given = ["--bucket-owner", owner] if owner else []
    ended, _, said = exported(exports, *given, bucket=bucket)
    assert ended == 1
    assert "FAILED: S3AccessDenied" in said
    assert "allow s3:PutObject, s3:PutObjectAcl and s3:AbortMultipartUpload on the bucket" in said
    assert "name its owner" in said
    listed = exports.of_account(OTHER).list_objects_v2(Bucket=bucket)
    assert not [entry for entry in listed.get("Contents", []) if "manifest" in entry["Key"]]


def test_export_is_not_complete_when_it_may_be_written_and_not_read(exports: ExportStage) -> None:
    bucket = bucket_of_another(exports, *WRITE)
    ended, _, said = exported(exports, "--bucket-owner", OTHER, bucket=bucket)
    assert ended == 1
    assert "is COMPLETED, but could not be checked" in said
    assert "allow s3:GetObject on the objects, and s3:ListBucket on the bucket" in said


@pytest.mark.parametrize("owner", ["12", "our-account"])
def test_invalid_owner_is_refused_before_anything_starts(exports: ExportStage, owner: str) -> None:
    ended, _, said = exported(exports, "--bucket-owner", owner)
    assert ended == 2
    assert "bucket_owner" in said
