"""PutItem and BatchWriteItem locally: limits, consumed capacity, throttling."""

from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from local_aws.testing.held import throttled
from local_aws.testing.stage import Stage


def puts(*items: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"PutRequest": {"Item": item}} for item in items]


def numbered(count: int, note: str = "") -> list[dict[str, Any]]:
    return puts(*({"id": {"S": f"k{number}"}, "note": {"S": note}} for number in range(count)))


def refusal(stage: Stage, table: str, requests: list[dict[str, Any]]) -> dict[str, str]:
    with pytest.raises(ClientError) as caught:
        stage.dynamodb.batch_write_item(RequestItems={table: requests})
    return cast("dict[str, str]", caught.value.response.get("Error", {}))


@pytest.mark.parametrize(
    ("requests", "said"),
    [
        (numbered(26), "less than or equal to 25"),
        (puts({"id": {"S": "a"}, "v": {"N": "1"}}, {"id": {"S": "a"}, "v": {"N": "2"}}), "duplicates"),
        (puts({"id": {"S": "a"}}, {"id": {"S": "b"}, "note": {"S": "x" * 410_000}}), "Item size"),
        (puts({"id": {"S": "a"}}, {"id": {"N": "1"}}), "the table's is S"),
        (puts({"id": {"S": "a"}}, {"id": {"S": ""}}), "empty"),
    ],
)
def test_batch_is_refused_whole_when_one_of_its_items_is_wrong(
    stage: Stage, requests: list[dict[str, Any]], said: str
) -> None:
    table = stage.table(stage.named("puts"))
    found = refusal(stage, table, requests)
    assert found["Code"] == "ValidationException"
    assert said in found["Message"]
    assert stage.items(table) == {}


def test_batch_is_refused_when_its_table_does_not_exist(stage: Stage) -> None:
    assert refusal(stage, "nothing-here", numbered(1))["Code"] == "ResourceNotFoundException"


def test_batch_consumes_a_unit_for_each_begun_kilobyte_and_index(stage: Stage) -> None:
    table = stage.table(
        stage.named("puts"),
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "note", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-note",
                "KeySchema": [{"AttributeName": "note", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    items = puts({"id": {"S": "a"}}, {"id": {"S": "b"}, "note": {"S": "x" * 1_500}})
    answer = stage.dynamodb.batch_write_item(RequestItems={table: items}, ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": 5.0}]
    item = items[1]["PutRequest"]["Item"]
    put = stage.dynamodb.put_item(TableName=table, Item=item, ReturnConsumedCapacity="TOTAL")
    assert put["ConsumedCapacity"]["CapacityUnits"] == 4.0


def test_throttled_table_leaves_puts_unprocessed_and_refuses_the_next(stage: Stage) -> None:
    table = stage.table(stage.named("puts"))
    with throttled(stage.url, table, 10) as set_units:
        answer = stage.dynamodb.batch_write_item(RequestItems={table: numbered(25)})
        left = answer["UnprocessedItems"][table]
        assert len(stage.items(table)) == 25 - len(left)
        assert left
        set_units(0)
        assert refusal(stage, table, left)["Code"] == "ProvisionedThroughputExceededException"
        with pytest.raises(stage.dynamodb.exceptions.ProvisionedThroughputExceededException):
            stage.dynamodb.put_item(TableName=table, Item=left[0]["PutRequest"]["Item"])
    assert not stage.dynamodb.batch_write_item(RequestItems={table: left})["UnprocessedItems"]
    assert len(stage.items(table)) == 25
