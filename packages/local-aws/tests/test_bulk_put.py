"""local StartBulkPutItems, by what AWS documents of it."""

import gzip
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.testing.fixtures import needs_replicas
from local_aws.testing.mass_data import MassData, item, line
from local_aws.testing.stage import Stage

NEWER = {
    "ConditionExpression": "attribute_not_exists(v) OR v < :v",
    "ExpressionAttributeValues": {":v": {"N": "2"}},
}


@pytest.fixture
def data(stage: Stage) -> MassData:
    return MassData(stage)


@pytest.fixture
def table(data: MassData) -> str:
    """A table with one item, `a`, of version 1."""
    name = data.stage.table(data.stage.named("existing"))
    data.dynamodb.put_item(TableName=name, Item=item("a", v={"N": "1"}, old={"S": "x"}))
    return name


def test_bulk_put_replaces_entire_items_and_keeps_the_others(data: MassData, table: str) -> None:
    data.dynamodb.put_item(TableName=table, Item=item("z"))
    data.put(a_json=line(item("a", v={"N": "2"})), b_json=line(item("b")))
    ended = data.put_ended(data.ask_put(table))
    assert ended["BulkOperationStatus"] == "COMPLETED"
    assert (ended["ProcessedItemCount"], ended["FailedItemCount"]) == (2, 0)
    assert ended["ProcessedInputBytes"] == ended["TotalInputBytes"]
    assert data.stage.items(table) == {"a": item("a", v={"N": "2"}), "b": item("b"), "z": item("z")}


def test_bulk_put_with_bad_items_completes_with_errors_and_reports_each(data: MassData, table: str) -> None:
    data.put(a_json=line(item("b")) + line({"x": {"S": "no key"}}) + "nope\n" + line(item("c")))
    begun = data.ask_put(table)
    ended = data.put_ended(begun)
    assert ended["BulkOperationStatus"] == "COMPLETED_WITH_ERRORS"
    assert (ended["ProcessedItemCount"], ended["FailedItemCount"]) == (3, 2)
    assert len(list(data.report(begun, "error"))) == 2
    assert sorted(data.stage.items(table)) == ["a", "b"]


def test_bulk_put_of_an_item_whose_condition_fails_reports_both_items_and_completes(
    data: MassData, table: str
) -> None:
    data.dynamodb.put_item(TableName=table, Item=item("b", v={"N": "9"}))
    data.put(a_json="".join(line(item(key, v={"N": "2"}), **NEWER) for key in ("a", "b", "c")))
    begun = data.ask_put(table)
    ended = data.put_ended(begun)
    assert (ended["BulkOperationStatus"], ended["FailedItemCount"]) == ("COMPLETED", 0)
    (refused,) = data.report(begun, "condition")
    assert refused["Item"] == item("b", v={"N": "2"})
    assert refused["ExistingItem"] == item("b", v={"N": "9"})
    assert data.stage.items(table)["a"] == item("a", v={"N": "2"})


def test_bulk_put_with_an_invalid_condition_fails_that_item(data: MassData, table: str) -> None:
    data.put(a_json=line(item("a"), ConditionExpression="v <") + line(item("b")))
    ended = data.put_ended(data.ask_put(table))
    assert (ended["BulkOperationStatus"], ended["FailedItemCount"]) == ("COMPLETED_WITH_ERRORS", 1)
    assert "old" in data.stage.items(table)["a"]


def test_bulk_put_writes_only_the_reports_that_were_asked_for(data: MassData, table: str) -> None:
    data.put(a_json="nope\n" + line(item("a", v={"N": "0"}), ConditionExpression="attribute_not_exists(id)"))
    output = {"S3Bucket": data.stage.bucket, "S3KeyPrefix": "report/", "OutputType": ["ERROR"]}
    begun = data.ask_put(table, OutputS3Configuration=output)
    data.put_ended(begun)
    assert list(data.report(begun, "condition")) == []
    assert len(list(data.report(begun, "error"))) == 1


def test_bulk_put_reports_the_object_when_its_compression_differs(data: MassData, table: str) -> None:
    data.put(a_json=line(item("b")), b_json=gzip.compress(line(item("c")).encode()))
    source = {**data.source, "InputFormat": "DYNAMODB_JSON", "InputCompressionType": "GZIP"}
    ended = data.put_ended(data.ask_put(table, InputS3Configuration=source))
    assert (ended["BulkOperationStatus"], ended["FailedItemCount"]) == ("COMPLETED_WITH_ERRORS", 1)
    assert sorted(data.stage.items(table)) == ["a", "c"]


def test_bulk_put_when_cancelled_ends_cancelled_and_keeps_what_it_wrote(slow_stage: Stage) -> None:
    data = MassData(slow_stage)
    table = slow_stage.table(slow_stage.named("existing"))
    data.put(a_json=line(item("b")))
    begun = data.ask_put(table)
    slow_stage.until(lambda: "b" in slow_stage.items(table))
    assert data.put_state(begun)["BulkOperationStatus"] == "IN_PROGRESS"
    answer = data.dynamodb.cancel_bulk_operation(BulkOperationArn=begun["BulkOperationArn"])
    assert answer["BulkOperationStatus"] == "CANCELLING"
    ended = data.put_ended(begun)
    assert (ended["BulkOperationStatus"], ended["ProcessedItemCount"]) == ("CANCELLED", 1)
    assert "b" in slow_stage.items(table)


def test_bulk_put_fails_when_the_table_is_deleted_during_it(slow_stage: Stage) -> None:
    data = MassData(slow_stage)
    table = slow_stage.table(slow_stage.named("existing"))
    data.put(a_json="".join(line(item(str(number))) for number in range(20_000)))
    begun = data.ask_put(table, MaxWriteRequestUnits=1024)
    slow_stage.until(lambda: data.put_state(begun)["ProcessedItemCount"] > 0)
    data.dynamodb.delete_table(TableName=table)
    ended = data.put_ended(begun)
    assert ended["BulkOperationStatus"] == "FAILED"
    assert table in ended["FailureMessage"]


def test_bulk_put_fails_when_an_object_changes_during_it(slow_stage: Stage) -> None:
    data = MassData(slow_stage)
    table = slow_stage.table(slow_stage.named("existing"))
    data.put(a_json="".join(line(item(str(number))) for number in range(5_000)))
    begun = data.ask_put(table, MaxWriteRequestUnits=1024)
    slow_stage.until(lambda: data.put_state(begun)["ProcessedItemCount"] > 0)
    data.put(a_json=line(item("other")))
    ended = data.put_ended(begun)
    assert ended["BulkOperationStatus"] == "FAILED"
    assert "data" in ended["FailureMessage"]


def test_bulk_put_fails_when_the_bucket_does_not_exist(data: MassData, table: str) -> None:
    source = {"S3Bucket": "no-such-bucket", "InputFormat": "DYNAMODB_JSON"}
    ended = data.put_ended(data.ask_put(table, InputS3Configuration=source))
    assert ended["BulkOperationStatus"] == "FAILED"
    assert "no-such-bucket" in ended["FailureMessage"]


def test_bulk_put_with_the_same_token_and_parameters_is_the_same_operation(
    data: MassData, table: str
) -> None:
    data.put(a_json=line(item("b")))
    first = data.ask_put(table, ClientToken=table)
    assert data.ask_put(table, ClientToken=table)["BulkOperationArn"] == first["BulkOperationArn"]


def test_bulk_put_with_the_same_token_and_other_parameters_is_a_mismatch(data: MassData, table: str) -> None:
    data.put(a_json=line(item("b")))
    data.ask_put(table, ClientToken=table)
    with pytest.raises(data.dynamodb.exceptions.IdempotentParameterMismatchException):
        data.ask_put(table, ClientToken=table, MaxWriteRequestUnits=2048)


def test_bulk_put_into_no_table_is_not_found(data: MassData) -> None:
    with pytest.raises(data.dynamodb.exceptions.ResourceNotFoundException):
        data.ask_put("no-such-table")


@pytest.mark.parametrize("output", [{"OutputType": ["ERROR"]}, {"S3Bucket": "some", "OutputType": []}])
def test_bulk_put_without_an_output_bucket_or_type_is_refused(
    data: MassData, table: str, output: dict[str, Any]
) -> None:
    with pytest.raises(ClientError, match="needs S3Bucket and at least one OutputType"):
        data.ask_put(table, OutputS3Configuration=output)


@needs_replicas
def test_bulk_put_into_a_global_table_is_refused(data: MassData) -> None:
    name = data.stage.table(
        data.stage.named("global"),
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    data.dynamodb.update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": "us-east-2"}}])
    with pytest.raises(ClientError, match="global table"):
        data.ask_put(name)


def test_bulk_puts_are_listed_youngest_first_a_page_at_a_time(stage: Stage) -> None:
    data = MassData(Stage(stage.url, "ap-south-1"))
    table = data.stage.table(data.stage.named("existing"))
    made = [data.ask_put(table)["BulkOperationArn"] for _ in range(3)]
    pages = data.dynamodb.get_paginator("list_bulk_operations").paginate(PaginationConfig={"PageSize": 2})
    found = [entry["BulkOperationArn"] for page in pages for entry in page["BulkOperationsSummaryList"]]
    assert found == made[::-1]


def test_bulk_operation_that_does_not_exist_is_not_found(data: MassData) -> None:
    arn = "arn:aws:dynamodb:eu-west-1:123456789012:bulk-operation/01"
    for ask in (data.dynamodb.describe_bulk_operation, data.dynamodb.cancel_bulk_operation):
        with pytest.raises(data.dynamodb.exceptions.ResourceNotFoundException):
            ask(BulkOperationArn=arn)
