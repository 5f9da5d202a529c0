"""Puts as text: what DynamoDB gets, and which of them it leaves."""

import json
from typing import Any

import pytest

from bulk_testing.writes_stage import WritesStage
from dynamodb_bulk.loads.writes.puts import Put, PutClient, is_item
from dynamodb_bulk.spec.keys import KeyAttribute, TableKeys
from local_aws.testing.held import throttled

KEYS = TableKeys(
    partition=KeyAttribute(name="p", type="B"),
    sort=KeyAttribute(name="s", type="N"),
)
TYPED: dict[str, Any] = {
    "AttributeDefinitions": [
        {"AttributeName": "p", "AttributeType": "B"},
        {"AttributeName": "s", "AttributeType": "N"},
    ],
    "KeySchema": [
        {"AttributeName": "p", "KeyType": "HASH"},
        {"AttributeName": "s", "KeyType": "RANGE"},
    ],
}
ITEM = {
    "p": {"B": "AAE="},
    "s": {"N": "10.50"},
    "text": {"S": 'é "日本" 🚲 \u2028'},
    "list": {"L": [{"M": {"a": {"NS": ["2", "1.0"]}}}, {"NULL": True}, {"BS": ["AQ==", "AA=="]}]},
}


def put(number: int, size: int = 0) -> Put:
    item = {"p": {"B": "AAE="}, "s": {"N": f"{number}.0"}, "text": {"S": "x" * size}}
    return Put(0, number, json.dumps(item).encode())


@pytest.fixture
def client(writes: WritesStage) -> PutClient:
    writes.table = writes.stage.table(writes.stage.named("typed"), **TYPED)
    return PutClient(writes.table, KEYS, writes.aws, threads=2)


def found(writes: WritesStage) -> list[dict[str, Any]]:
    return writes.stage.dynamodb.scan(TableName=writes.table)["Items"]


@pytest.mark.parametrize("alone", [True, False])
def test_item_arrives_as_its_text_has_it(writes: WritesStage, client: PutClient, alone: bool) -> None:
    one = Put(0, 1, json.dumps(ITEM, ensure_ascii=False).encode())
    answer = client.put(one) if alone else client.put_batch([one])
    assert answer.units == one.units == 1
    [item] = found(writes)
    assert item["text"] == ITEM["text"]
    assert item["p"] == {"B": b"\0\1"}
    assert is_item(one, item)
    assert not is_item(one, {**item, "more": {"S": ""}})


def test_batch_tells_the_very_puts_that_a_throttled_table_left(
    writes: WritesStage, client: PutClient
) -> None:
    puts = [put(number) for number in range(25)]
    with throttled(writes.stage.url, writes.table, 10):
        answer = client.put_batch(puts)
    assert answer.units == 25 - len(answer.undone)
    assert 0 < len(answer.undone) < 25
    there = {int(item["s"]["N"]) for item in found(writes)}
    assert {one.line for one in answer.undone} == {one.line for one in puts} - there


@pytest.mark.parametrize("size", [0, 900, 1_024, 5_000])
def test_put_is_charged_what_it_consumes(client: PutClient, size: int) -> None:
    one = put(1, size)
    assert client.put(one).units == one.units


def test_condition_that_fails_has_the_item_that_is_there(writes: WritesStage, client: PutClient) -> None:
    one = put(1)
    client.put(one)
    more = b',"ConditionExpression":"attribute_not_exists(p)"'
    with pytest.raises(writes.stage.dynamodb.exceptions.ClientError) as caught:
        client.put(Put(0, 1, one.item, more))
    assert is_item(one, caught.value.response["Item"])
