"""ExportTableToPointInTime of whole tables on this machine, by what AWS documents of it."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.testing.export_stage import ExportStage, md5
from local_aws.testing.mass_data import item
from local_aws.testing.stage import Stage

OTHER = "210987654321"
EVERY_TYPE: dict[str, Any] = {
    "id": {"S": "every"},
    "text": {"S": 'a "b"\n\\ é'},
    "number": {"N": "12345678901234567890123456789012345678"},
    "bytes": {"B": b"\x00\xff"},
    "truth": {"BOOL": False},
    "nothing": {"NULL": True},
    "map": {"M": {"inner": {"L": [{"N": "1"}, {"S": ""}, {"M": {}}]}}},
    "texts": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2"]},
    "blobs": {"BS": [b"a", b"b"]},
}


@pytest.fixture
def exports(stage: Stage) -> ExportStage:
    return ExportStage(stage)


def test_export_has_every_item_once_and_their_count(exports: ExportStage) -> None:
    table = exports.table(*(f"k{number}" for number in range(50)))
    ended = exports.ended(exports.ask(table))
    assert sorted(exports.items(ended)) == sorted(f"k{number}" for number in range(50))
    assert (ended["ItemCount"], exports.manifest(ended)["itemCount"]) == (50, 50)
    assert sum(file["itemCount"] for file in exports.files(ended)) == 50


def test_export_is_laid_out_as_documented(exports: ExportStage) -> None:
    table = exports.table("a")
    ended = exports.ended(exports.ask(table))
    folder = f"{exports.stage.named('out')}/AWSDynamoDB/{ended['ExportArn'].rpartition('/')[2]}"
    names = {key.removeprefix(f"{folder}/") for key in exports.objects()}
    data = {name for name in names if name.startswith("data/")}
    assert names - data == {
        "_started", "manifest-summary.json", "manifest-summary.md5", "manifest-files.json",
        "manifest-files.md5",
    }  # fmt: skip
    assert data == {file["dataFileS3Key"].removeprefix(f"{folder}/") for file in exports.files(ended)}
    assert all(name.endswith(".json.gz") for name in data)
    assert ended["ExportManifest"] == f"{folder}/manifest-summary.json"


def test_export_of_few_items_has_several_files_some_of_them_empty(exports: ExportStage) -> None:
    ended = exports.ended(exports.ask(exports.table("a")))
    counts = [file["itemCount"] for file in exports.files(ended)]
    assert sorted(counts) == [0, 0, 0, 1]


def test_export_of_an_empty_table_completes_with_empty_files(exports: ExportStage) -> None:
    ended = exports.ended(exports.ask(exports.table()))
    assert (ended["ExportStatus"], ended["ItemCount"]) == ("COMPLETED", 0)
    assert exports.records(ended) == []
    assert exports.files(ended)


def test_export_has_checksums_of_its_manifests_and_files(exports: ExportStage) -> None:
    ended = exports.ended(exports.ask(exports.table("a", "b", "c")))
    for name in (ended["ExportManifest"], exports.manifest(ended)["manifestFilesS3Key"]):
        checksum = exports.content(name.removesuffix(".json") + ".md5")
        assert checksum.decode() == md5(exports.content(name))
    for file in exports.files(ended):
        assert file["md5Checksum"] == md5(exports.content(file["dataFileS3Key"]))
        head = exports.s3.head_object(Bucket=exports.stage.bucket, Key=file["dataFileS3Key"])
        assert head["ETag"].strip('"') == file["etag"]


def test_export_summary_describes_the_export(exports: ExportStage) -> None:
    table = exports.table("a")
    ended = exports.ended(exports.ask(table))
    summary = exports.manifest(ended)
    told = {
        "version": "2020-06-30", "exportArn": ended["ExportArn"], "tableArn": exports.arn(table),
        "tableId": ended["TableId"], "s3Bucket": exports.stage.bucket, "s3Prefix": ended["S3Prefix"],
        "s3SseAlgorithm": "AES256", "s3SseKmsKeyId": None, "billedSizeBytes": ended["BilledSizeBytes"],
        "outputFormat": "DYNAMODB_JSON",
    }  # fmt: skip
    assert {name: summary[name] for name in told} == told
    assert summary["startTime"] <= summary["endTime"]
    assert summary["exportTime"].endswith("Z")


def test_export_keeps_items_of_every_type_unchanged(exports: ExportStage) -> None:
    table = exports.table()
    exports.dynamodb.put_item(TableName=table, Item=EVERY_TYPE)
    found = exports.items(exports.ended(exports.ask(table)))["every"]
    assert {name: next(iter(value)) for name, value in found.items()} == {
        name: next(iter(value)) for name, value in EVERY_TYPE.items()
    }
    assert (found["text"], found["number"]) == (EVERY_TYPE["text"], EVERY_TYPE["number"])
    assert (found["bytes"], found["map"]) == ({"B": "AP8="}, EVERY_TYPE["map"])
    assert sorted(found["blobs"]["BS"]) == ["YQ==", "Yg=="]


def test_export_in_ion_has_the_same_items(exports: ExportStage) -> None:
    table = exports.table("a")
    exports.put(table, "b", n={"N": "1.5"}, s={"SS": ["x"]}, z={"NULL": True})
    ended = exports.ended(exports.ask(table, ExportFormat="ION"))
    files = exports.files(ended)
    assert all(file["dataFileS3Key"].endswith(".ion.gz") for file in files)
    found = {str(record["Item"]["id"]): record["Item"] for record in exports.records(ended)}
    assert sorted(found) == ["a", "b"]
    assert str(found["b"]["n"]) == "1.5"
    assert [symbol.text for symbol in found["b"]["s"].ion_annotations] == ["$dynamodb_SS"]
    assert exports.manifest(ended)["outputFormat"] == "ION"


def test_export_can_be_imported_again(exports: ExportStage) -> None:
    table = exports.table("a")
    exports.put(table, "b", n={"N": "1.5"}, l={"L": [{"M": {"x": {"BOOL": True}}}]})
    ended = exports.ended(exports.ask(table))
    data = ended["ExportManifest"].replace("manifest-summary.json", "data/")
    begun = exports.dynamodb.import_table(
        S3BucketSource={"S3Bucket": exports.stage.bucket, "S3KeyPrefix": data},
        InputFormat="DYNAMODB_JSON",
        InputCompressionType="GZIP",
        TableCreationParameters={
            "TableName": "again-" + table,
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )["ImportTableDescription"]

    def status() -> str:
        found = exports.dynamodb.describe_import(ImportArn=begun["ImportArn"])
        return found["ImportTableDescription"]["ImportStatus"]

    exports.stage.until(lambda: status() == "COMPLETED")
    assert exports.stage.items("again-" + table) == exports.stage.items(table)


def test_export_takes_time_and_counts_only_in_the_end(exports: ExportStage) -> None:
    begun = exports.ask(exports.table("a"))
    assert begun["ExportStatus"] == "IN_PROGRESS"
    assert not {"ItemCount", "BilledSizeBytes", "EndTime", "ExportManifest"} & begun.keys()
    ended = exports.ended(begun)
    assert ended["EndTime"] > ended["StartTime"]
    assert ended["BilledSizeBytes"] == len("id" + "a")


def test_export_shows_that_it_began_before_it_has_data(slow_stage: Stage) -> None:
    exports = ExportStage(slow_stage)
    begun = exports.ask(exports.table("a"))
    exports.stage.until(lambda: any(key.endswith("/_started") for key in exports.objects()))
    assert exports.state(begun)["ExportStatus"] == "IN_PROGRESS"
    assert not any(key.endswith("manifest-summary.json") for key in exports.objects())


def test_export_has_nothing_that_was_written_after_it_was_asked_for(exports: ExportStage) -> None:
    table = exports.table(*(f"k{number}" for number in range(300)))
    begun = exports.ask(table)
    exports.put(table, "later")
    exports.put(table, "k0", changed={"BOOL": True})
    exports.delete(table, "k1")
    items = exports.items(exports.ended(begun))
    assert sorted(items) == sorted(f"k{number}" for number in range(300))
    assert items["k0"] == item("k0")


def test_export_while_the_table_is_written_to_has_it_as_it_was_when_asked_for(exports: ExportStage) -> None:
    table = exports.table()
    keys = [f"k{number}" for number in range(1_500)]
    for start in range(0, len(keys), 25):
        batch = [
            {"PutRequest": {"Item": item(key, text={"S": "x" * 2_000})}} for key in keys[start : start + 25]
        ]
        exports.dynamodb.batch_write_item(RequestItems={table: batch})
    begun = exports.ask(table)
    for number in range(0, len(keys), 50):
        exports.delete(table, keys[number])
        exports.put(table, keys[number + 1], changed={"BOOL": True})
        exports.put(table, f"new-{number}")
        if number % 100:
            exports.put(table, keys[number], text={"S": "again"})
    items = exports.items(exports.ended(begun))
    assert sorted(items) == sorted(keys)
    assert {each["text"]["S"] for each in items.values()} == {"x" * 2_000}


def test_export_of_the_past_has_the_table_as_it_was(exports: ExportStage) -> None:
    table = exports.table("changed", "deleted", "kept")
    then = exports.pass_time(1)
    exports.dynamodb.update_item(
        TableName=table,
        Key=item("changed"),
        UpdateExpression="SET n = :n",
        ExpressionAttributeValues={":n": {"N": "1"}},
    )
    exports.delete(table, "deleted")
    exports.put(table, "new")
    exports.put(table, "kept", more={"S": "x"})
    exports.put(table, "kept", more={"S": "y"})
    was = exports.items(exports.ended(exports.ask(table, ExportTime=then)))
    assert was == {key: item(key) for key in ("changed", "deleted", "kept")}
    now = exports.items(exports.ended(exports.ask(table)))
    assert now == {
        "changed": item("changed", n={"N": "1"}), "new": item("new"), "kept": item("kept", more={"S": "y"}),
    }  # fmt: skip


def test_export_of_the_past_knows_writes_of_every_kind(exports: ExportStage) -> None:
    table = exports.table("a", "b", "c", "d")
    then = exports.pass_time(1)
    requests = [{"PutRequest": {"Item": item("a", v={"N": "2"})}}, {"DeleteRequest": {"Key": item("b")}}]
    exports.dynamodb.batch_write_item(RequestItems={table: requests})
    exports.dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": table, "Item": item("e")}},
            {"Delete": {"TableName": table, "Key": item("c")}},
            {
                "Update": {
                    "TableName": table,
                    "Key": item("d"),
                    "UpdateExpression": "SET v = :v",
                    "ExpressionAttributeValues": {":v": {"N": "9"}},
                }
            },
        ]
    )
    assert exports.items(exports.ended(exports.ask(table, ExportTime=then))) == {
        key: item(key) for key in "abcd"
    }


def test_export_of_the_past_does_not_know_writes_that_were_refused(exports: ExportStage) -> None:
    table = exports.table("a")
    then = exports.pass_time(20)
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        exports.dynamodb.put_item(
            TableName=table, Item=item("a", v={"N": "2"}), ConditionExpression="attribute_not_exists(id)"
        )
    with pytest.raises(ClientError, match="TransactionCanceled"):
        exports.dynamodb.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": table, "Item": item("b")}},
                {
                    "ConditionCheck": {
                        "TableName": table,
                        "Key": item("a"),
                        "ConditionExpression": "attribute_not_exists(id)",
                    }
                },
            ]
        )
    exports.pass_time(20)
    assert exports.changed(exports.ended(exports.changes(table, then))) == {}


def test_export_of_a_table_whose_items_were_put_in_bulk_knows_what_they_replaced(
    exports: ExportStage,
) -> None:
    table = exports.table("a")
    then = exports.pass_time(1)
    lines = "".join(json.dumps({"Item": item(key, v={"N": "1"})}) + "\n" for key in ("a", "b"))
    exports.s3.put_object(Bucket=exports.stage.bucket, Key="bulk/items.json", Body=lines.encode())
    source = {"S3Bucket": exports.stage.bucket, "InputFormat": "DYNAMODB_JSON", "S3KeyPrefix": "bulk/"}
    output = {"S3Bucket": exports.stage.bucket, "OutputType": ["ERROR"]}
    begun = exports.dynamodb.start_bulk_put_items(
        TableName=table, InputS3Configuration=source, OutputS3Configuration=output
    )["BulkOperationDescription"]

    def status() -> str:
        found = exports.dynamodb.describe_bulk_operation(BulkOperationArn=begun["BulkOperationArn"])
        return found["BulkOperationDescription"]["BulkOperationStatus"]

    exports.stage.until(lambda: status() == "COMPLETED")
    assert exports.items(exports.ended(exports.ask(table, ExportTime=then))) == {"a": item("a")}
    assert sorted(exports.items(exports.ended(exports.ask(table)))) == ["a", "b"]


def test_export_without_recovery_is_unavailable(exports: ExportStage) -> None:
    table = exports.table("a", recovery=False)
    with pytest.raises(exports.dynamodb.exceptions.PointInTimeRecoveryUnavailableException, match=table):
        exports.ask(table)


def test_export_of_the_time_before_recovery_was_turned_off_and_on_is_unavailable(
    exports: ExportStage,
) -> None:
    table = exports.table("a")
    then = exports.pass_time(1)
    exports.recover(table, on=False)
    exports.pass_time(1)
    exports.recover(table)
    with pytest.raises(exports.dynamodb.exceptions.InvalidExportTimeException):
        exports.ask(table, ExportTime=then)


@pytest.mark.parametrize("minutes", [-7 * 24 * 60, 60])
def test_export_of_a_time_outside_the_window_is_invalid(exports: ExportStage, minutes: int) -> None:
    table = exports.table("a")
    then = exports.pass_time(0) + minutes * 60
    with pytest.raises(exports.dynamodb.exceptions.InvalidExportTimeException, match="Export Time"):
        exports.ask(table, ExportTime=then)


def test_export_of_no_table_is_not_found(exports: ExportStage) -> None:
    arn = exports.arn(exports.table("a")).replace("exported-", "missing-")
    with pytest.raises(exports.dynamodb.exceptions.TableNotFoundException, match=arn):
        exports.dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket=exports.stage.bucket)


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        ("exported", "ValidationException"),
        ("arn:aws:dynamodb:eu-west-1:123456789012:table/exported/index/by-city", "ValidationException"),
        ("arn:aws:dynamodb:eu-west-1:210987654321:table/exported", "AccessDeniedException"),
        ("arn:aws:dynamodb:us-east-1:123456789012:table/exported", "TableNotFoundException"),
    ],
)
def test_export_of_what_is_no_table_of_the_account_and_region_is_refused(
    exports: ExportStage, arn: str, code: str
) -> None:
    with pytest.raises(ClientError, match=code):
        exports.dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket=exports.stage.bucket)


def test_export_to_no_bucket_fails_after_it_was_accepted(exports: ExportStage) -> None:
    begun = exports.ask(exports.table("a"), S3Bucket="no-such-bucket-at-all")
    assert begun["ExportStatus"] == "IN_PROGRESS"
    ended = exports.ended(begun)
    assert (ended["ExportStatus"], ended["FailureCode"]) == ("FAILED", "S3NoSuchBucket")
    assert "bucket does not exist" in ended["FailureMessage"]
    assert "ItemCount" not in ended


def test_export_to_a_bucket_that_denies_it_fails(exports: ExportStage) -> None:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{exports.stage.bucket}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    exports.s3.put_bucket_policy(Bucket=exports.stage.bucket, Policy=policy)
    ended = exports.ended(exports.ask(exports.table("a")))
    assert (ended["ExportStatus"], ended["FailureCode"]) == ("FAILED", "S3AccessDenied")
    assert "s3:PutObject" in ended["FailureMessage"]


def test_export_fails_when_the_bucket_has_a_different_owner(exports: ExportStage) -> None:
    ended = exports.ended(exports.ask(exports.table("a"), S3BucketOwner="210987654321"))
    assert (ended["ExportStatus"], ended["FailureCode"]) == ("FAILED", "S3AccessDenied")


def test_export_to_the_bucket_of_its_owner_echoes_the_owner(exports: ExportStage) -> None:
    ended = exports.ended(exports.ask(exports.table("a"), S3BucketOwner="123456789012"))
    assert (ended["ExportStatus"], ended["S3BucketOwner"]) == ("COMPLETED", "123456789012")


@pytest.mark.parametrize(
    ("owner", "allowed", "status"),
    [(OTHER, True, "COMPLETED"), (OTHER, False, "FAILED"), (None, True, "FAILED")],
)
def test_export_to_the_bucket_of_another_account_needs_its_policy_and_its_owner(
    exports: ExportStage, owner: str | None, allowed: bool, status: str
) -> None:
    there = exports.of_account(OTHER)
    bucket = f"bucket-of-{OTHER}-{exports.stage.number}"
    there.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": exports.stage.region})
    if allowed:
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
            "Action": ["s3:PutObject", "s3:AbortMultipartUpload", "s3:PutObjectAcl"],
            "Resource": f"arn:aws:s3:::{bucket}/*",
        }
        there.put_bucket_policy(
            Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        )
    fields = {"S3Bucket": bucket, **({"S3BucketOwner": owner} if owner else {})}
    ended = exports.ended(exports.ask(exports.table("a"), **fields))
    assert ended["ExportStatus"] == status
    if status == "FAILED":
        assert ended["FailureCode"] == "S3AccessDenied"
    else:
        assert there.head_object(Bucket=bucket, Key=ended["ExportManifest"])


def test_export_with_a_kms_key_encrypts_its_objects(exports: ExportStage) -> None:
    key = exports.stage.client("kms").create_key()["KeyMetadata"]["Arn"]
    ended = exports.ended(exports.ask(exports.table("a"), S3SseAlgorithm="KMS", S3SseKmsKeyId=key))
    assert (ended["S3SseAlgorithm"], ended["S3SseKmsKeyId"]) == ("KMS", key)
    assert exports.manifest(ended)["s3SseKmsKeyId"] == key
    head = exports.s3.head_object(Bucket=exports.stage.bucket, Key=ended["ExportManifest"])
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)


def test_export_reports_the_arn_of_a_key_that_was_named_otherwise(exports: ExportStage) -> None:
    key = exports.stage.client("kms").create_key()["KeyMetadata"]
    begun = exports.ask(exports.table("a"), S3SseAlgorithm="KMS", S3SseKmsKeyId=key["KeyId"])
    assert begun["S3SseKmsKeyId"] == key["Arn"]
    assert exports.ended(begun)["ExportStatus"] == "COMPLETED"


def test_export_fails_when_the_kms_key_does_not_exist(exports: ExportStage) -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/deadbeef-dead-beef-dead-beefdeadbeef"
    ended = exports.ended(exports.ask(exports.table("a"), S3SseAlgorithm="KMS", S3SseKmsKeyId=key))
    assert (ended["ExportStatus"], ended["FailureCode"]) == ("FAILED", "KmsNotFoundException")


def test_export_with_a_kms_key_and_another_encryption_is_refused(exports: ExportStage) -> None:
    with pytest.raises(ClientError, match=r"ValidationException.*KMS"):
        exports.ask(exports.table("a"), S3SseAlgorithm="AES256", S3SseKmsKeyId="alias/mine")


def test_export_with_the_same_token_and_parameters_is_the_same_export(exports: ExportStage) -> None:
    table = exports.table("a")
    first = exports.ask(table, ClientToken=table)
    exports.ended(first)
    assert exports.ask(table, ClientToken=table)["ExportArn"] == first["ExportArn"]


def test_export_with_the_same_token_and_other_parameters_is_a_conflict(exports: ExportStage) -> None:
    table = exports.table("a")
    exports.ask(table, ClientToken=table)
    with pytest.raises(exports.dynamodb.exceptions.ExportConflictException):
        exports.ask(table, ClientToken=table, ExportFormat="ION")


def test_export_with_a_token_older_than_eight_hours_is_a_new_one(exports: ExportStage) -> None:
    table = exports.table("a")
    first = exports.ask(table, ClientToken=table)
    exports.pass_time(8 * 60 + 1)
    assert exports.ask(table, ClientToken=table)["ExportArn"] != first["ExportArn"]


def test_export_that_was_refused_does_not_use_up_its_token(exports: ExportStage) -> None:
    table = exports.table("a", recovery=False)
    with pytest.raises(ClientError):
        exports.ask(table, ClientToken=table)
    exports.recover(table)
    assert exports.ended(exports.ask(table, ClientToken=table))["ExportStatus"] == "COMPLETED"


def test_exports_are_listed_youngest_first_a_page_at_a_time(stage: Stage) -> None:
    exports = ExportStage(Stage(stage.url, "ap-south-1"))
    table, other = exports.table("a"), exports.stage.table("another-table")
    exports.recover(other)
    made = [exports.ask(table)["ExportArn"] for _ in range(3)]
    exports.ask(other)
    first = exports.dynamodb.list_exports(TableArn=exports.arn(table), MaxResults=2)
    rest = exports.dynamodb.list_exports(
        TableArn=exports.arn(table), MaxResults=2, NextToken=first["NextToken"]
    )
    found = [entry["ExportArn"] for entry in [*first["ExportSummaries"], *rest["ExportSummaries"]]]
    assert found == made[::-1]
    assert "NextToken" not in rest
    assert len(exports.dynamodb.list_exports()["ExportSummaries"]) == 4


@pytest.mark.parametrize("token", ["junk", "0000000000000001", "f" * 112, "0" * 17])
def test_exports_from_a_token_that_no_page_ended_with_are_refused(exports: ExportStage, token: str) -> None:
    with pytest.raises(ClientError, match=r"ValidationException.*Invalid NextToken"):
        exports.dynamodb.list_exports(NextToken=token)


def test_export_outlives_its_table_but_is_not_listed_with_it(exports: ExportStage) -> None:
    table = exports.table("a")
    arn = exports.arn(table)
    ended = exports.ended(exports.ask(table))
    exports.dynamodb.delete_table(TableName=table)
    assert exports.state(ended)["ExportStatus"] == "COMPLETED"
    assert exports.dynamodb.list_exports(TableArn=arn)["ExportSummaries"] == []


def test_export_is_forgotten_after_90_days(exports: ExportStage) -> None:
    table = exports.table("a")
    ended = exports.ended(exports.ask(table))
    exports.pass_time(91 * 24 * 60)
    assert exports.dynamodb.list_exports(TableArn=exports.arn(table))["ExportSummaries"] == []
    with pytest.raises(exports.dynamodb.exceptions.ExportNotFoundException):
        exports.state(ended)
    assert exports.content(ended["ExportManifest"])


def test_export_that_does_not_exist_is_not_found(exports: ExportStage) -> None:
    arn = exports.arn(exports.table()) + "/export/01234567890123-a1b2c3d4"
    with pytest.raises(exports.dynamodb.exceptions.ExportNotFoundException):
        exports.dynamodb.describe_export(ExportArn=arn)


TABLE_ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/exported"


@pytest.mark.parametrize(
    ("arn", "says"),
    [
        (TABLE_ARN, "ValidationException.*Invalid Export ARN"),
        (TABLE_ARN.replace("arn:", "qwerty:", 1) + "/export/01", "ValidationException.*Invalid Export ARN"),
        ("arn:qwerty:dynamodb:eu-west-1:123456789012:table/exported", "AccessDeniedException"),
        (TABLE_ARN.replace("dynamodb", "qwerty"), "AccessDeniedException"),
        (TABLE_ARN.replace("eu-west-1", "us-east-1") + "/export/01", "AccessDeniedException"),
        (TABLE_ARN.replace("123456789012", OTHER) + "/export/01", "AccessDeniedException"),
        (TABLE_ARN.replace("123456789012", "qwerty"), "AccessDeniedException"),
    ],
)
def test_export_is_refused_by_its_arn_when_malformed_or_somewhere_else(
    exports: ExportStage, arn: str, says: str
) -> None:
    with pytest.raises(ClientError, match=says):
        exports.dynamodb.describe_export(ExportArn=arn)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("S3Prefix", "", "ValidationException.*s3Prefix"),
        ("S3Prefix", "a\tb", "ValidationException.*s3Prefix"),
        ("S3Bucket", "", "ValidationException.*s3Bucket"),
        ("S3BucketOwner", "1234567890123", "ValidationException.*s3BucketOwner"),
        ("ClientToken", "", "ValidationException.*clientToken"),
        ("ExportFormat", "QWERTY", "ValidationException.*exportFormat"),
        ("ExportTime", -1, "InvalidExportTimeException.*Export Time"),
    ],
)
def test_export_with_an_invalid_member_is_refused(
    exports: ExportStage, field: str, value: Any, says: str
) -> None:
    with pytest.raises(ClientError, match=says):
        exports.ask(exports.table("a"), **{field: value})


def test_exports_under_way_are_limited(slow_stage: Stage) -> None:
    exports = ExportStage(Stage(slow_stage.url, "sa-east-1"))
    table = exports.table()
    for _ in range(300):
        exports.ask(table, S3Bucket="no-such-bucket-at-all")
    with pytest.raises(exports.dynamodb.exceptions.LimitExceededException):
        exports.ask(table)


def test_recovery_reports_its_window(exports: ExportStage) -> None:
    table = exports.table()
    exports.pass_time(60)
    found = exports.dynamodb.describe_continuous_backups(TableName=table)
    window = found["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    age = window["LatestRestorableDateTime"] - window["EarliestRestorableDateTime"]
    assert 50 * 60 < age.total_seconds() < 60 * 60
    assert window["PointInTimeRecoveryStatus"] == "ENABLED"


def test_statement_of_partiql_that_could_not_be_recorded_is_refused(exports: ExportStage) -> None:
    table = exports.table("a")
    with pytest.raises(ClientError, match="cannot record PartiQL writes"):
        exports.dynamodb.execute_statement(Statement=f"DELETE FROM \"{table}\" WHERE id = 'a'")
