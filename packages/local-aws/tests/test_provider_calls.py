"""The calls of the AWS provider for buckets, objects and tables, with what it sends, reads and expects.

Source: hashicorp/terraform-provider-aws, internal/service/{s3,dynamodb}. Those for other services are in
test_provider_calls_dms.py and test_provider_calls_others.py.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from local_aws.testing.export_stage import ExportStage
from local_aws.testing.provider_calls import error_of, missing
from local_aws.testing.stage import Stage

TAGS = [{"Key": "stack", "Value": "dev"}]


@pytest.fixture
def bucket(stage: Stage) -> str:
    """A bucket as the provider creates it."""
    name = stage.named("provided")
    stage.s3.create_bucket(
        Bucket=name,
        ObjectOwnership="BucketOwnerEnforced",
        CreateBucketConfiguration={"LocationConstraint": stage.region, "Tags": TAGS},
    )
    return name


def test_bucket_is_created_read_tagged_and_deleted(stage: Stage, bucket: str) -> None:
    s3 = stage.s3
    assert s3.head_bucket(Bucket=bucket)["BucketRegion"] == stage.region
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": TAGS})
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == TAGS
    assert not missing(s3.get_bucket_acl(Bucket=bucket), "Owner.ID", "Grants")
    assert not missing(s3.get_bucket_request_payment(Bucket=bucket), "Payer")
    for call in (s3.get_bucket_versioning, s3.get_bucket_logging, s3.get_bucket_accelerate_configuration):
        call(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="left")
    assert error_of(s3.delete_bucket, Bucket=bucket) == "BucketNotEmpty"
    left = s3.list_object_versions(Bucket=bucket)["Versions"]
    found = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in left]
    assert "Errors" not in s3.delete_objects(Bucket=bucket, Delete={"Objects": found, "Quiet": True})
    s3.delete_bucket(Bucket=bucket)
    assert error_of(s3.head_bucket, Bucket=bucket) == "404"
    assert error_of(s3.get_bucket_policy, Bucket=bucket) == "NoSuchBucket"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("get_bucket_policy", "NoSuchBucketPolicy"),
        ("get_bucket_cors", "NoSuchCORSConfiguration"),
        ("get_bucket_website", "NoSuchWebsiteConfiguration"),
        ("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"),
        ("get_bucket_replication", "ReplicationConfigurationNotFoundError"),
        ("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError"),
        ("get_public_access_block", "NoSuchPublicAccessBlockConfiguration"),
    ],
)
def test_bucket_has_the_error_of_what_is_not_configured(
    stage: Stage, bucket: str, call: str, code: str
) -> None:
    assert error_of(getattr(stage.s3, call), Bucket=bucket) == code


PUBLIC = dict.fromkeys(
    ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
)
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*",\
"Resource":"arn:aws:s3:::%s/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}'
RULES = [
    {
        "ID": "abandoned-uploads",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
    },
    {"ID": "reports", "Status": "Enabled", "Filter": {"Prefix": "r/"}, "Expiration": {"Days": 7}},
]
ENCRYPTION = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]


@pytest.mark.parametrize(
    ("part", "members", "place", "gone"),
    [
        (
            "bucket_ownership_controls",
            {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
            "OwnershipControls.Rules.0.ObjectOwnership",
            "OwnershipControlsNotFoundError",
        ),
        (
            "public_access_block",
            {"PublicAccessBlockConfiguration": PUBLIC},
            "PublicAccessBlockConfiguration.RestrictPublicBuckets",
            "NoSuchPublicAccessBlockConfiguration",
        ),
        (
            "bucket_encryption",
            {"ServerSideEncryptionConfiguration": {"Rules": ENCRYPTION}},
            "ServerSideEncryptionConfiguration.Rules.0.ApplyServerSideEncryptionByDefault.SSEAlgorithm",
            "ServerSideEncryptionConfigurationNotFoundError",
        ),
        ("bucket_policy", {"Policy": POLICY}, "Policy", "NoSuchBucketPolicy"),
    ],
)
def test_part_of_a_bucket_is_put_read_and_deleted(
    stage: Stage, bucket: str, part: str, members: dict[str, Any], place: str, gone: str
) -> None:
    calls: dict[str, Callable[..., Any]] = {
        verb: getattr(stage.s3, f"{verb}_{part}") for verb in ("put", "get", "delete")
    }
    given = {name: value % bucket if isinstance(value, str) else value for name, value in members.items()}
    for _ in range(2):
        calls["put"](Bucket=bucket, **given)
    answer = calls["get"](Bucket=bucket)
    assert not missing(answer, place)
    if part == "bucket_policy":
        assert json.loads(answer["Policy"]) == json.loads(given["Policy"])
    calls["delete"](Bucket=bucket)
    assert error_of(calls["get"], Bucket=bucket) == gone


def test_lifecycle_is_read_as_it_was_put_and_deleted(stage: Stage, bucket: str) -> None:
    s3 = stage.s3
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket,
        LifecycleConfiguration={"Rules": RULES},
        TransitionDefaultMinimumObjectSize="all_storage_classes_128K",
    )
    answer = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert answer["Rules"] == RULES
    assert answer["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    s3.delete_bucket_lifecycle(Bucket=bucket)
    gone = error_of(s3.get_bucket_lifecycle_configuration, Bucket=bucket)
    assert gone == "NoSuchLifecycleConfiguration"


def test_object_is_uploaded_read_tagged_and_deleted(stage: Stage, bucket: str) -> None:
    s3, place = stage.s3, {"Bucket": bucket, "Key": "a/b.csv"}
    for body in (b"1", b"2"):
        s3.put_object(
            **place, Body=body, ChecksumAlgorithm="SHA256", ContentType="text/csv", Tagging="stack=dev"
        )
    answer = s3.head_object(**place, ChecksumMode="ENABLED")
    assert not missing(
        answer, "ETag", "ContentType", "ContentLength", "ChecksumSHA256", "ServerSideEncryption"
    )
    s3.put_object_tagging(**place, Tagging={"TagSet": TAGS})
    assert s3.get_object_tagging(**place)["TagSet"] == TAGS
    [version] = s3.list_object_versions(Bucket=bucket, Prefix=place["Key"])["Versions"]
    assert version["VersionId"] == "null"
    s3.delete_object(**place, VersionId="null")
    assert error_of(s3.head_object, **place) == "404"


TABLE_READ = (
    *("TableName", "TableArn", "TableId", "TableStatus", "CreationDateTime", "AttributeDefinitions"),
    *("KeySchema", "BillingModeSummary.BillingMode", "ProvisionedThroughput.ReadCapacityUnits"),
    *("WarmThroughput.Status", "WarmThroughput.ReadUnitsPerSecond", "WarmThroughput.WriteUnitsPerSecond"),
    *("GlobalSecondaryIndexes.0.IndexStatus", "GlobalSecondaryIndexes.0.Projection.ProjectionType"),
    *("GlobalSecondaryIndexes.0.WarmThroughput.Status", "GlobalSecondaryIndexes.0.KeySchema"),
    *("OnDemandThroughput.MaxReadRequestUnits", "DeletionProtectionEnabled", "TableClassSummary.TableClass"),
    *("StreamSpecification.StreamViewType", "LatestStreamArn", "LatestStreamLabel"),
)


def test_table_is_created_read_updated_and_deleted(stage: Stage) -> None:
    dynamodb, name = stage.dynamodb, stage.named("provided")
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("id", "city")],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-city",
                "KeySchema": [{"AttributeName": "city", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        OnDemandThroughput={"MaxReadRequestUnits": 100},
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        TableClass="STANDARD",
        DeletionProtectionEnabled=False,
        Tags=TAGS,
    )
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert not missing(table, *TABLE_READ)
    assert (table["TableStatus"], table["WarmThroughput"]["Status"]) == ("ACTIVE", "ACTIVE")
    dynamodb.update_time_to_live(
        TableName=name, TimeToLiveSpecification={"AttributeName": "expires", "Enabled": True}
    )
    stage.until(
        lambda: (
            dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["TimeToLiveStatus"]
            == "ENABLED"
        )
    )
    recovery = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 7}
    dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    place = "PointInTimeRecoveryDescription"
    assert not missing(backups, f"{place}.PointInTimeRecoveryStatus", f"{place}.RecoveryPeriodInDays")
    assert dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == TAGS
    for update in (
        {"TableClass": "STANDARD_INFREQUENT_ACCESS"},
        {"DeletionProtectionEnabled": True, "OnDemandThroughput": {"MaxReadRequestUnits": 200}},
        {"DeletionProtectionEnabled": False},
        {"WarmThroughput": {"ReadUnitsPerSecond": 15_000, "WriteUnitsPerSecond": 5_000}},
        {"SSESpecification": {"Enabled": True}},
        {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "by-city"}}]},
    ):
        dynamodb.update_table(TableName=name, **update)
    assert dynamodb.describe_table(TableName=name)["Table"]["SSEDescription"]["Status"] == "ENABLED"
    dynamodb.delete_table(TableName=name)
    assert error_of(dynamodb.describe_table, TableName=name) == "ResourceNotFoundException"
    assert error_of(dynamodb.delete_table, TableName=name) == "ResourceNotFoundException"


def test_export_is_made_and_read(stage: Stage) -> None:
    exports = ExportStage(stage)
    begun = exports.dynamodb.export_table_to_point_in_time(
        TableArn=exports.arn(exports.table("a")),
        S3Bucket=stage.bucket,
        S3Prefix="out",
        ExportFormat="DYNAMODB_JSON",
        ExportType="FULL_EXPORT",
    )["ExportDescription"]
    ended = exports.ended(begun)
    assert not missing(
        ended,
        *("ExportArn", "ExportStatus", "ExportFormat", "ExportManifest", "ExportTime", "ExportType"),
        *("BilledSizeBytes", "ItemCount", "S3Bucket", "S3Prefix", "S3SseAlgorithm", "StartTime", "EndTime"),
        "TableArn",
    )
    unknown = begun["ExportArn"].rpartition("/")[0] + "/01658528578619-c4d4e311"
    assert error_of(exports.dynamodb.describe_export, ExportArn=unknown) == "ExportNotFoundException"
