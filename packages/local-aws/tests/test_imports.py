"""Local ImportTable, by what AWS documents of it."""

import gzip
import json
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from backports import zstd
from botocore.exceptions import ClientError

from dynamodb_bulk.item_files.ion import ion_lines
from local_aws.testing.export_stage import ExportStage
from local_aws.testing.mass_data import MassData, item, line
from local_aws.testing.stage import Stage

OTHER = "210987654321"
TABLE_ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/named"
TWO = line(item("a", n={"N": "1.50"})) + line(item("b", tags={"SS": ["x", "y"]}))
INDEX = {
    "IndexName": "by-n",
    "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
WITH_INDEX = {
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "S"},
        {"AttributeName": "n", "AttributeType": "N"},
    ],
    "GlobalSecondaryIndexes": [INDEX],
}


@pytest.fixture
def data(stage: Stage) -> MassData:
    return MassData(stage)


def test_import_of_several_objects_makes_one_table_with_their_items(data: MassData) -> None:
    data.put(a_json=TWO, b_json=line(item("c")))
    table = data.stage.named("imported")
    ended = data.imported(data.ask_import(table))
    assert ended["ImportStatus"] == "COMPLETED"
    assert (ended["ProcessedItemCount"], ended["ImportedItemCount"], ended["ErrorCount"]) == (3, 3, 0)
    assert ended["ProcessedSizeBytes"] == len((TWO + line(item("c"))).encode())
    found = data.stage.items(table)
    assert {key: {name for name in value if name != "id"} for key, value in found.items()} == {
        "a": {"n"},
        "b": {"tags"},
        "c": set(),
    }
    assert Decimal(found["a"]["n"]["N"]) == Decimal("1.5")


@pytest.mark.parametrize(
    ("compression", "compress"), [("GZIP", gzip.compress), ("ZSTD", zstd.compress), ("NONE", bytes)]
)
def test_import_reads_each_compression_whatever_the_objects_name(
    data: MassData, compression: str, compress: Any
) -> None:
    data.put(data_whatever=compress(TWO.encode()))
    table = data.stage.named("compressed")
    ended = data.imported(data.ask_import(table, InputCompressionType=compression))
    assert ended["ImportStatus"] == "COMPLETED"
    assert sorted(data.stage.items(table)) == ["a", "b"]


@pytest.mark.parametrize("items", [0, 1_999, 2_000, 4_000])
def test_import_of_an_object_of_any_length_counts_its_items(data: MassData, items: int) -> None:
    data.put(a_json="".join(line(item(f"k{number}")) for number in range(items)), b_json=line(item("b")))
    ended = data.imported(data.ask_import(data.stage.named("long")))
    assert ended["ImportStatus"] == "COMPLETED", ended
    assert ended["ImportedItemCount"] == items + 1


def test_import_of_ion_keeps_types(data: MassData) -> None:
    kept = '{"id":{"S":"a"},"n":{"N":"1.5"},"s":{"NS":["1","2"]},"m":{"M":{"b":{"B":"AAE="}}}}'
    data.put(a_ion=ion_lines(pl.Series([kept])))
    table = data.stage.named("ion")
    assert data.imported(data.ask_import(table, InputFormat="ION"))["ImportStatus"] == "COMPLETED"
    found = data.stage.items(table)["a"]
    assert found["m"] == {"M": {"b": {"B": b"\x00\x01"}}}
    assert sorted(found["s"]["NS"]) == ["1", "2"]


def test_import_of_csv_makes_strings_of_all_but_keys_and_leaves_empty_fields_out(data: MassData) -> None:
    data.put(a_csv='id,n,note\na,1,""\nb,2,"x, ""y"""\n', b_csv="note,id\nz,c\n")
    table = data.stage.named("csv")
    begun = data.ask_import(table, InputFormat="CSV", table_fields=WITH_INDEX)
    assert data.imported(begun)["ImportStatus"] == "COMPLETED"
    assert data.stage.items(table) == {
        "a": item("a", n={"N": "1"}),
        "b": item("b", n={"N": "2"}, note={"S": 'x, "y"'}),
        "c": item("c", note={"S": "z"}),
    }


def test_import_of_csv_with_a_header_list_takes_the_first_line_for_data(data: MassData) -> None:
    data.put(a_csv="a;1\r\nb;2\r\n")
    table = data.stage.named("listed")
    options = {"Csv": {"Delimiter": ";", "HeaderList": ["id", "n"]}}
    data.imported(data.ask_import(table, InputFormat="CSV", InputFormatOptions=options))
    assert sorted(data.stage.items(table)) == ["a", "b"]


def test_import_reads_every_object_that_begins_with_the_prefix(data: MassData) -> None:
    bucket = data.stage.bucket
    for key in ("2024/a.json", "2024-old/b.json"):
        body = line(item(key)).encode()
        data.stage.s3.put_object(Bucket=bucket, Key=data.prefix + key, Body=body)
    table = data.stage.named("prefix")
    source = {"S3Bucket": bucket, "S3KeyPrefix": data.prefix + "2024"}
    data.imported(data.ask_import(table, S3BucketSource=source))
    assert sorted(data.stage.items(table)) == ["2024-old/b.json", "2024/a.json"]


def test_import_with_bad_items_fails_keeps_the_others_and_logs_each(data: MassData) -> None:
    data.put(
        good_json=TWO,
        bad_json=line(item("c"))
        + line({"n": {"N": "1"}})
        + line({"id": {"N": "1"}})
        + line(item("d", n={"N": "x"})),
    )
    table = data.stage.named("bad")
    begun = data.ask_import(table)
    ended = data.imported(begun)
    assert (ended["ImportStatus"], ended["FailureCode"]) == ("FAILED", "ItemValidationError")
    assert (ended["ProcessedItemCount"], ended["ImportedItemCount"], ended["ErrorCount"]) == (6, 3, 3)
    assert sorted(data.stage.items(table)) == ["a", "b", "c"]
    logged = data.logged(begun)
    pointers = [event["itemS3Pointer"] for event in logged]
    assert [pointer["itemIndex"] for pointer in pointers] == [1, 2, 3]
    assert {pointer["key"] for pointer in pointers} == {data.prefix + "bad.json"}
    assert all(event["importArn"] == begun["ImportArn"] for event in logged)


@pytest.mark.parametrize(
    "broken",
    ["nope", '{"Item": ', '{"NotAnItem": {"id": {"S": "x"}}}', "[]", "\ufeff" + line(item("x")).strip()],
)
def test_import_reads_no_further_in_an_object_than_what_is_not_an_item(data: MassData, broken: str) -> None:
    data.put(good_json=TWO, bad_json=line(item("c")) + f"{broken}\n" * 3 + line(item("d")))
    table = data.stage.named("abandoned")
    begun = data.ask_import(table)
    ended = data.imported(begun)
    assert (ended["ImportStatus"], ended["FailureCode"]) == ("FAILED", "ItemValidationError")
    assert (ended["ProcessedItemCount"], ended["ImportedItemCount"], ended["ErrorCount"]) == (4, 3, 1)
    assert sorted(data.stage.items(table)) == ["a", "b", "c"]
    assert [event["itemS3Pointer"]["itemIndex"] for event in data.logged(begun)] == [1]


def test_import_reads_several_items_of_a_line_and_none_of_a_blank_one(data: MassData) -> None:
    data.put(a_json="\n   \n" + line(item("a")).strip() + line(item("b")) + "\t\n" + line(item("c")).strip())
    table = data.stage.named("stream")
    ended = data.imported(data.ask_import(table))
    assert ended["ImportStatus"] == "COMPLETED"
    assert (ended["ProcessedItemCount"], ended["ImportedItemCount"]) == (3, 3)
    assert sorted(data.stage.items(table)) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("value", "says"), [({"S": "text"}, "is S, the table's is N"), ({"N": ""}, "number")]
)
def test_import_of_an_item_whose_index_key_is_wrong_rejects_it(
    data: MassData, value: dict[str, str], says: str
) -> None:
    data.put(a_json=line(item("a", n=value)) + line(item("b")))
    begun = data.ask_import(data.stage.named("indexed"), table_fields=WITH_INDEX)
    assert data.imported(begun)["ErrorCount"] == 1
    assert says in data.logged(begun)[0]["errorMessages"][0]


def test_import_of_one_key_twice_counts_both_and_keeps_one(data: MassData) -> None:
    data.put(a_json=line(item("a", n={"N": "1"})) + line(item("a", n={"N": "2"})))
    table = data.stage.named("twice")
    ended = data.imported(data.ask_import(table))
    assert (ended["ImportStatus"], ended["ImportedItemCount"]) == ("COMPLETED", 2)
    assert len(data.stage.items(table)) == 1


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(gzip.compress(TWO.encode() * 5000)[:-20], id="cut"),
        pytest.param(TWO.encode(), id="not compressed"),
    ],
)
def test_import_abandons_an_object_that_is_not_as_declared(data: MassData, content: bytes) -> None:
    data.put(a_gz=content, b_gz=gzip.compress(line(item("z")).encode()))
    table = data.stage.named("cut")
    ended = data.imported(data.ask_import(table, InputCompressionType="GZIP"))
    assert (ended["ImportStatus"], ended["FailureCode"]) == ("FAILED", "ItemValidationError")
    assert ended["ErrorCount"] == 1
    assert "z" in data.stage.items(table)


def test_import_fails_without_a_table_when_the_bucket_does_not_exist(data: MassData) -> None:
    table = data.stage.named("nowhere")
    ended = data.imported(data.ask_import(table, S3BucketSource={"S3Bucket": "no-such-bucket"}))
    assert (ended["ImportStatus"], ended["FailureCode"]) == ("FAILED", "S3NoSuchBucket")
    assert "ProcessedSizeBytes" not in ended
    assert table not in data.dynamodb.list_tables()["TableNames"]


def test_import_from_a_bucket_of_a_different_account_is_denied_when_not_shared(data: MassData) -> None:
    source = {**data.source, "S3BucketOwner": "999999999999"}
    ended = data.imported(data.ask_import(data.stage.named("theirs"), S3BucketSource=source))
    assert ended["FailureCode"] == "S3AccessDenied"


@pytest.mark.parametrize(("opened", "status"), [(True, "COMPLETED"), (False, "FAILED")])
def test_import_and_bulk_put_read_another_accounts_bucket_as_far_as_its_policy_opens_it(
    data: MassData, opened: bool, status: str
) -> None:
    there, bucket = ExportStage(data.stage).of_account(OTHER), data.stage.named("bucket-of-another")
    there.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": data.stage.region})
    there.put_object(Bucket=bucket, Key=data.prefix + "a.json", Body=TWO.encode())
    if opened:
        allowed = {
            "Effect": "Allow",
            "Principal": {"AWS": "123456789012"},
            "Action": ["s3:GetObject", "s3:ListBucket"],
            "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/{data.prefix}*"],
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        there.put_bucket_policy(Bucket=bucket, Policy=policy)
    source = {"S3Bucket": bucket, "S3KeyPrefix": data.prefix, "S3BucketOwner": OTHER}
    imported = data.imported(data.ask_import(data.stage.named("theirs"), S3BucketSource=source))
    assert imported["ImportStatus"] == status
    begun = data.ask_put(data.stage.table(), InputS3Configuration={**source, "InputFormat": "DYNAMODB_JSON"})
    assert data.put_ended(begun)["BulkOperationStatus"] == status


def test_import_of_a_prefix_without_objects_makes_an_empty_table(data: MassData) -> None:
    table = data.stage.named("empty")
    ended = data.imported(data.ask_import(table))
    assert (ended["ImportStatus"], ended["ProcessedItemCount"]) == ("COMPLETED", 0)
    assert data.stage.items(table) == {}


def test_import_counts_nothing_before_its_end(slow_stage: Stage) -> None:
    data = MassData(slow_stage)
    data.put(a_json=TWO)
    table = slow_stage.named("slow")
    begun = data.ask_import(table)
    slow_stage.until(lambda: len(slow_stage.dynamodb.scan(TableName=table)["Items"]) == 2)
    found = data.dynamodb.describe_import(ImportArn=begun["ImportArn"])["ImportTableDescription"]
    assert found["ImportStatus"] == "IN_PROGRESS"
    assert (found["ProcessedItemCount"], found["ImportedItemCount"]) == (0, 0)
    assert "ProcessedSizeBytes" not in found
    assert found["TableId"] == data.dynamodb.describe_table(TableName=table)["Table"]["TableId"]
    assert data.dynamodb.describe_table(TableName=table)["Table"]["TableStatus"] == "CREATING"
    with pytest.raises(ClientError, match="ResourceInUseException"):
        data.dynamodb.delete_table(TableName=table)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"InputCompressionType": "GZIP"},
        {"InputFormat": "ION"},
        {"S3BucketSource": {"S3Bucket": "other"}},
        {"table_fields": {"KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}]}},
    ],
    ids=["same", "compression", "format", "bucket", "key"],
)
def test_import_is_the_one_under_way_when_the_token_and_the_table_are_the_same(
    slow_stage: Stage, fields: dict[str, Any]
) -> None:
    data = MassData(slow_stage)
    table = data.stage.named("token")
    first = data.ask_import(table, ClientToken=table)
    assert data.ask_import(table, ClientToken=table, **fields)["ImportArn"] == first["ImportArn"]


def test_import_is_refused_when_the_import_of_its_token_has_ended(data: MassData) -> None:
    data.put(a_json=TWO)
    table = data.stage.named("token")
    data.imported(data.ask_import(table, ClientToken=table))
    with pytest.raises(data.dynamodb.exceptions.ResourceInUseException, match="Table already exists"):
        data.ask_import(table, ClientToken=table)


def test_import_is_a_conflict_when_its_token_is_of_another_table(slow_stage: Stage) -> None:
    data = MassData(slow_stage)
    table = data.stage.named("token")
    data.ask_import(table, ClientToken=table)
    with pytest.raises(data.dynamodb.exceptions.ImportConflictException, match="Duplicate request"):
        data.ask_import(table + "-2", ClientToken=table)


def test_import_into_a_table_that_exists_is_refused(data: MassData) -> None:
    table = data.stage.table()
    with pytest.raises(data.dynamodb.exceptions.ResourceInUseException, match="Table already exists"):
        data.ask_import(table)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"InputFormat": "XML"}, "satisfy enum value set"),
        ({"InputFormat": "CSV", "InputFormatOptions": {"Csv": {"Delimiter": "~"}}}, "delimiter"),
        ({"InputFormatOptions": {"Csv": {"Delimiter": ";"}}}, "InputFormat is another"),
        ({"table_fields": {"BillingMode": "PROVISIONED"}}, "ReadCapacityUnits"),
        ({"table_fields": {"TableName": "not a table name!"}}, "tableName"),
        ({"table_fields": {"TableName": "n" * 256}}, "tableName"),
        ({"table_fields": {"AttributeDefinitions": [{"AttributeName": "x", "AttributeType": "S"}]}}, ""),
        ({"InputFormat": "CSV", "InputFormatOptions": {"Csv": {"HeaderList": ['a"b']}}}, "headerList"),
        ({"ClientToken": "has$dollar"}, "clientToken"),
    ],
)
def test_import_with_wrong_parameters_is_refused_at_once(
    data: MassData, fields: dict[str, Any], says: str
) -> None:
    with pytest.raises(ClientError, match=f"ValidationException.*{says}"):
        data.ask_import(data.stage.named("wrong"), S3BucketSource={"S3Bucket": "no-such-bucket"}, **fields)


def test_import_that_does_not_exist_is_not_found(data: MassData) -> None:
    with pytest.raises(data.dynamodb.exceptions.ImportNotFoundException):
        data.dynamodb.describe_import(ImportArn=f"{TABLE_ARN}/import/01658528578619-c4d4e311")


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        (f"{TABLE_ARN}s", "ValidationException"),
        (TABLE_ARN.removesuffix("named") + "x/import/01658528578619-c4d4e311", "ValidationException"),
        ("qwerty:aws:dynamodb:eu-west-1:123456789012:table/named/import/01", "ValidationException"),
        (f"{TABLE_ARN.replace('123456789012', OTHER)}/import/01", "AccessDeniedException"),
        (f"{TABLE_ARN.replace('eu-west-1', 'eu-west-2')}/import/01", "AccessDeniedException"),
    ],
)
def test_import_is_refused_by_its_arn_when_malformed_or_somewhere_else(
    data: MassData, arn: str, code: str
) -> None:
    with pytest.raises(ClientError, match=code):
        data.dynamodb.describe_import(ImportArn=arn)


def test_imports_are_listed_youngest_first_a_page_at_a_time(stage: Stage) -> None:
    data = MassData(Stage(stage.url, "ap-south-1"))
    made = [data.ask_import(data.stage.named(f"listed-{number}"))["ImportArn"] for number in range(3)]
    pages = [data.dynamodb.list_imports(PageSize=2)]
    pages.append(data.dynamodb.list_imports(PageSize=2, NextToken=pages[0]["NextToken"]))
    assert "NextToken" not in pages[1]
    found = [entry["ImportArn"] for page in pages for entry in page["ImportSummaryList"]]
    assert found == made[::-1]
