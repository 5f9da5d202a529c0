"""Who may use a customer's key of KMS, where DMS and DynamoDB need it, on this machine."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.dataplane.keys import OF_TABLES, require_key
from local_aws.dataplane.roles import AssumedRole, DeniedError
from local_aws.testing.export_stage import ExportStage
from local_aws.testing.mass_data import MassData, item, line
from local_aws.testing.orders import object_mapping
from local_aws.testing.stage import Stage

ROOT = "arn:aws:iam::123456789012:root"
ROLE = "arn:aws:iam::123456789012:role/dms"
NOBODY = "arn:aws:iam::123456789012:role/nobody"
ROW = "a,1,good\n"
FROM_S3 = {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}
FROM_DYNAMODB = {"StringEquals": {"kms:ViaService": "dynamodb.eu-west-1.amazonaws.com"}}


def allow(principal: str, action: str = "kms:*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Principal": {"AWS": principal}, "Action": action, "Resource": "*", **more}


def policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def key(stage: Stage, *statements: Mapping[str, Any]) -> str:
    given = {"Policy": policy(*statements)} if statements else {}
    return stage.client("kms").create_key(**given)["KeyMetadata"]["Arn"]


def encrypt(stage: Stage, arn: str) -> None:
    """Encrypt what is put into the stage's bucket."""
    stage.make_bucket()
    by_key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn}
    stage.s3.put_bucket_encryption(
        Bucket=stage.bucket,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": by_key, "BucketKeyEnabled": True}]
        },
    )


def sse(arn: str) -> dict[str, Any]:
    return {"SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": arn}}


class FakeKey:
    """What is asked of a key."""

    account_id, region = "123456789012", "eu-west-1"
    arn = "arn:aws:kms:eu-west-1:123456789012:key/1"

    def __init__(self, *statements: Mapping[str, Any]) -> None:
        self.policy = policy(*statements)


def may(keys: list[Mapping[str, Any]], own: list[Mapping[str, Any]] | None) -> bool:
    """Whether a role with its own statements, or the account, may decrypt through S3."""
    role = None if own is None else AssumedRole(arn=ROLE, rules=tuple(own))
    try:
        require_key(FakeKey(*keys), ["kms:Decrypt"], "s3", role)  # pyright: ignore[reportArgumentType]
    except DeniedError:
        return False
    return True


OWN = [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": FakeKey.arn, "Condition": FROM_S3}]


@pytest.mark.parametrize(
    ("keys", "own", "allowed"),
    [
        ([allow(ROOT)], None, True),
        ([allow("123456789012")], None, True),
        ([allow(NOBODY)], None, False),
        ([allow(ROOT, "kms:Encrypt")], None, False),
        ([allow(ROOT), allow(ROOT, "kms:Decrypt", "Deny")], None, False),
        ([allow(ROOT, Condition=FROM_S3)], None, True),
        ([allow(ROOT, Condition=FROM_DYNAMODB)], None, False),
        ([allow(ROOT)], OWN, True),
        ([allow(ROOT)], [], False),
        ([allow(ROLE)], [], True),
        ([allow("*", Condition=FROM_S3)], [], True),
        ([allow(NOBODY)], OWN, False),
        ([allow(ROOT)], [{**OWN[0], "Resource": f"{FakeKey.arn}2"}], False),
        ([allow(ROOT)], [{**OWN[0], "Condition": FROM_DYNAMODB}], False),
        ([allow(ROLE), allow("*", "kms:Decrypt", "Deny")], OWN, False),
        ([allow(ROLE)], [{**OWN[0], "Effect": "Deny"}], False),
    ],
)
def test_key_may_be_used_when_its_policy_names_who_asks_or_leaves_it_to_the_account(
    keys: list[Mapping[str, Any]], own: list[Mapping[str, Any]] | None, allowed: bool
) -> None:
    assert may(keys, own) is allowed


def reader(stage: Stage, *more: tuple[str | list[str], str]) -> str:
    return stage.role(
        "reader",
        ("s3:ListBucket", f"arn:aws:s3:::{stage.bucket}"),
        ("s3:GetObject", f"arn:aws:s3:::{stage.bucket}/*"),
        *more,
    )


@pytest.mark.parametrize("right", ["kms:Decrypt", ""])
def test_dms_reads_encrypted_objects_when_its_role_may_decrypt(stage: Stage, right: str) -> None:
    arn = key(stage)
    encrypt(stage, arn)
    stage.files(LOAD001=ROW)
    role = reader(stage, *([(right, arn)] if right else []))
    done = stage.run(stage.task(object_mapping(stage.table()), source=stage.source(role)))
    failure = done.get("LastFailureMessage", "")
    assert ("kms:Decrypt" in failure and arn in failure) is not bool(right)
    assert (done["Status"] == "failed") is not bool(right), failure


@pytest.mark.parametrize("missing", ["", *OF_TABLES])
def test_dms_writes_an_encrypted_table_when_its_role_has_each_right_to_the_key(
    stage: Stage, missing: str
) -> None:
    arn = key(stage)
    stage.files(LOAD001=ROW)
    rights = [right for right in OF_TABLES if right != missing]
    role = stage.role("writer", ("dynamodb:*", "*"), (rights, arn))
    task = stage.task(object_mapping(stage.table(**sse(arn))), target=stage.target(role))
    done = stage.run(task)
    assert (done["Status"] == "failed") is bool(missing)
    assert missing in done.get("LastFailureMessage", "")


@pytest.mark.parametrize("principal", [ROOT, NOBODY])
def test_import_of_encrypted_objects_fails_when_the_caller_may_not_decrypt(
    stage: Stage, principal: str
) -> None:
    encrypt(stage, key(stage, allow(principal)))
    data = MassData(stage)
    data.put(a_json=line(item("a")))
    ended = data.imported(data.ask_import(stage.named("imported")))
    failed = ("FAILED", "S3AccessDenied")
    wanted = ("COMPLETED", None) if principal == ROOT else failed
    assert (ended["ImportStatus"], ended.get("FailureCode")) == wanted


def test_import_makes_a_table_with_its_key(stage: Stage) -> None:
    data, arn = MassData(stage), key(stage)
    data.put(a_json=line(item("a")))
    table = stage.named("imported")
    data.imported(data.ask_import(table, table_fields=sse(arn.rpartition("/")[2])))
    described = stage.dynamodb.describe_table(TableName=table)["Table"]
    assert described["SSEDescription"]["KMSMasterKeyArn"] == arn


def test_table_with_a_key_that_does_not_exist_or_may_not_be_used_is_refused(stage: Stage) -> None:
    missing = "arn:aws:kms:eu-west-1:123456789012:key/none"
    with pytest.raises(ClientError, match=r"ValidationException.*KMS validation error"):
        stage.table(**sse(missing))
    with pytest.raises(ClientError, match=r"AccessDeniedException.*KMS key access denied"):
        stage.table(**sse(key(stage, allow(NOBODY))))
    with pytest.raises(ClientError, match=r"AccessDeniedException.*KMS key access denied"):
        stage.dynamodb.update_table(TableName=stage.table(), **sse(key(stage, allow(NOBODY))))


@pytest.mark.parametrize("denied", ["objects", "report", ""])
def test_bulk_put_fails_when_the_caller_may_not_use_the_key(stage: Stage, denied: str) -> None:
    keys = {what: key(stage, allow(NOBODY if what == denied else ROOT)) for what in ("objects", "report")}
    encrypt(stage, keys["objects"])
    data = MassData(stage)
    data.put(a_json=line(item("a")))
    output = {
        "S3Bucket": stage.bucket,
        "OutputType": ["ERROR"],
        "S3SseAlgorithm": "KMS",
        "S3SseKmsKeyId": keys["report"],
    }
    ended = data.put_ended(data.ask_put(stage.table(), OutputS3Configuration=output))
    assert ended.get("FailureCode") == ("S3AccessDenied" if denied else None)
    assert (ended["BulkOperationStatus"] == "COMPLETED") is not bool(denied)


@pytest.mark.parametrize("action", ["kms:GenerateDataKey", "kms:Decrypt"])
def test_export_fails_when_the_caller_may_not_write_with_the_key(stage: Stage, action: str) -> None:
    exports = ExportStage(stage)
    arn = key(stage, allow(ROOT), allow(ROOT, action, "Deny"))
    ended = exports.ended(exports.ask(exports.table("a"), S3SseAlgorithm="KMS", S3SseKmsKeyId=arn))
    assert (ended["ExportStatus"], ended["FailureCode"]) == ("FAILED", "S3AccessDenied")
    assert action in ended["FailureMessage"]


def test_export_reaches_a_bucket_that_demands_encryption_when_it_is_encrypted_so(stage: Stage) -> None:
    exports, arn = ExportStage(stage), key(stage)
    header = "s3:x-amz-server-side-encryption"
    for condition in ({"Null": {header: "true"}}, {"StringNotEquals": {header: "aws:kms"}}):
        demand = allow("*", "s3:PutObject", "Deny", Condition=condition)
        text = policy({**demand, "Principal": "*", "Resource": f"arn:aws:s3:::{stage.bucket}/*"})
        stage.s3.put_bucket_policy(Bucket=stage.bucket, Policy=text)
        by_key = exports.ask(exports.table("a"), S3SseAlgorithm="KMS", S3SseKmsKeyId=arn)
        assert exports.ended(by_key)["ExportStatus"] == "COMPLETED"
        stage.dynamodb.delete_table(TableName=stage.named("exported"))
    plain = exports.ended(exports.ask(exports.table("a"), S3SseAlgorithm="AES256"))
    assert plain["FailureCode"] == "S3AccessDenied"
