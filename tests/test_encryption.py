"""What a stack with keys of KMS declares, and what one without does not."""

import json
from pathlib import Path
from typing import Any

import pytest

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.spec.errors import InputError
from tests.recording import (
    BUCKET,
    OBJECT,
    ROLE_POLICY,
    S3_ENDPOINT,
    STEP,
    TABLE,
    Engine,
    run_main,
    stack_config,
)

ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
EXPORT = "aws:dynamodb/tableExport:TableExport"
DATASET = """\
name: cities
source: {%s}
columns: [{name: code, length: 3}, {name: city, length: 40}]
table: {partition_key: {name: code}%s}
"""
LOCAL = "files: [cities.csv]"

pytestmark = pytest.mark.usefixtures("server_of_module")


@pytest.fixture
def aws() -> Aws:
    return Aws(region="eu-west-1")


def new_key(aws: Aws) -> str:
    return aws.kms.create_key()["KeyMetadata"]["Arn"]


def cities(folder: Path, method: str, source: str = LOCAL, table: str = "", **more: Any) -> dict[str, Any]:
    (folder / "cities.csv").write_text("CRK,Cork\n")
    (folder / "dataset.yaml").write_text(DATASET % (source, table))
    loads = [{"dataset": str(folder / "dataset.yaml"), "method": method}]
    return stack_config("dev") | {
        "bulk:loads": loads,
        **{f"bulk:{name}": value for name, value in more.items()},
    }


def in_s3(aws: Aws, bucket: str, key: str | None = None) -> str:
    """The source of a dataset in a new bucket, whose file is encrypted with a key."""
    aws.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    by_key: Any = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
    aws.s3.put_object(Bucket=bucket, Key="in/LOAD00000001.csv", Body=b"CRK,Cork\n", **by_key)
    return f"location: s3://{bucket}/in/"


def rights(engine: Engine) -> dict[str, dict[str, Any]]:
    """The statements of the access role, by their names."""
    document = json.loads(engine.one(ROLE_POLICY, "cities").inputs["policy"])
    return {statement["Sid"]: statement for statement in document["Statement"]}


@pytest.mark.parametrize("method", ["dms", "native"])
def test_stack_without_a_key_declares_nothing_of_kms(tmp_path: Path, method: str) -> None:
    engine = run_main(cities(tmp_path, method, exports=[{"table": "cities"}]))
    for token in (ENCRYPTION, TABLE, ROLE_POLICY, EXPORT, STEP, S3_ENDPOINT, BUCKET, OBJECT):
        assert not [one for one in engine.of_type(token) if "kms" in repr(one.inputs).lower()]


@pytest.mark.parametrize("method", ["dms", "native", "bulk_put"])
def test_key_of_the_stack_encrypts_bucket_tables_and_exports(tmp_path: Path, aws: Aws, method: str) -> None:
    arn = new_key(aws)
    alias = f"alias/{method.replace('_', '-')}"
    aws.kms.create_alias(AliasName=alias, TargetKeyId=arn)
    engine = run_main(cities(tmp_path, method, kms_key=alias, exports=[{"table": "cities"}]))
    (rule,) = engine.one(ENCRYPTION).inputs["rules"]
    assert rule == {
        "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": arn},
        "bucketKeyEnabled": True,
    }
    assert engine.one(TABLE).inputs["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": arn}
    export = engine.one(EXPORT).inputs
    assert (export["s3SseAlgorithm"], export["s3SseKmsKeyId"]) == ("KMS", arn)
    for step in engine.of_type(STEP):
        if step.name in ("cities-import", "cities-put"):
            assert step.inputs["arguments"]["kms_key"] == arn
    if method == "dms":
        assert {rights(engine)[sid]["Resource"] for sid in ("DecryptFiles", "EncryptItems")} == {arn}


def test_key_of_a_dataset_takes_the_place_of_the_stacks(tmp_path: Path, aws: Aws) -> None:
    ours, theirs = new_key(aws), new_key(aws)
    identity = theirs.rpartition("/")[2]
    engine = run_main(cities(tmp_path, "dms", table=f", kms_key: {identity}", kms_key=ours))
    assert engine.one(TABLE).inputs["serverSideEncryption"]["kmsKeyArn"] == theirs
    found = rights(engine)
    assert (found["DecryptFiles"]["Resource"], found["EncryptItems"]["Resource"]) == (ours, theirs)


def test_table_keeps_its_key_while_the_window_is_closed(tmp_path: Path, aws: Aws) -> None:
    arn = new_key(aws)
    engine = run_main(cities(tmp_path, "dms", kms_key=arn, window="closed"))
    assert engine.one(TABLE).inputs["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": arn}


def test_role_may_decrypt_files_in_s3_with_their_own_key_alone(tmp_path: Path, aws: Aws) -> None:
    ours, theirs = new_key(aws), new_key(aws)
    source = f"{in_s3(aws, 'keyed', theirs)}, kms_key: '{theirs}'"
    found = rights(run_main(cities(tmp_path, "dms", source, kms_key=ours)))
    assert found["DecryptFiles"]["Resource"] == theirs
    plain = rights(run_main(cities(tmp_path, "dms", in_s3(aws, "plain"), kms_key=ours)))
    assert "DecryptFiles" not in plain


def test_role_reads_versions_of_a_versioned_bucket_alone(tmp_path: Path, aws: Aws) -> None:
    settings = cities(tmp_path, "dms", in_s3(aws, "versions"))
    assert rights(run_main(settings))["ReadFiles"]["Action"] == "s3:GetObject"
    aws.s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    assert rights(run_main(settings))["ReadFiles"]["Action"] == ["s3:GetObject", "s3:GetObjectVersion"]


def test_preview_reports_the_key_of_files_that_is_not_named(
    tmp_path: Path, aws: Aws, caplog: pytest.LogCaptureFixture
) -> None:
    arn = new_key(aws)
    source = in_s3(aws, "unnamed", arn)
    run_main(cities(tmp_path, "dms", source), preview=True)
    assert f"cities: the files in s3://unnamed/in/ are encrypted with the key {arn}" in caplog.text
    caplog.clear()
    run_main(cities(tmp_path, "dms", f"{source}, kms_key: '{arn}'"), preview=True)
    assert "are encrypted with the key" not in caplog.text


def test_program_refuses_a_key_that_cannot_be_used_before_anything_is_declared(
    tmp_path: Path, aws: Aws
) -> None:
    disabled = new_key(aws)
    aws.kms.disable_key(KeyId=disabled.rpartition("/")[2])
    signing = aws.kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")["KeyMetadata"]["Arn"]
    elsewhere = "arn:aws:kms:us-east-1:123456789012:key/1"
    for key, what in (
        ("alias/none", "there is no key alias/none in eu-west-1"),
        (disabled, "is Disabled"),
        (signing, "is RSA_2048"),
        (elsewhere, "is a key of us-east-1"),
    ):
        engine = Engine()
        with pytest.raises(InputError) as caught:
            run_main(cities(tmp_path, "dms", kms_key=key), engine)
        assert str(caught.value).startswith("Pulumi.test.yaml: bulk:kms_key: ")
        assert what in str(caught.value)
        assert engine.declared == []


def test_program_refuses_a_global_table_in_a_stack_with_a_key(tmp_path: Path, aws: Aws) -> None:
    table = ", replicas: [us-east-1], stream: NEW_AND_OLD_IMAGES"
    with pytest.raises(InputError, match=r"dataset.yaml: table.replicas: bulk:kms_key belongs to one Region"):
        run_main(cities(tmp_path, "native", table=table, kms_key=new_key(aws)))
