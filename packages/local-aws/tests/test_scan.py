"""Scans page by page, in time that grows with the table."""

from typing import Any

import pytest

from local_aws.testing.mass_data import item
from local_aws.testing.stage import Stage


def keys(pages: Any) -> list[str]:
    return [found["id"]["S"] for page in pages for found in page["Items"]]


@pytest.fixture
def table(stage: Stage) -> str:
    """A table of ten items."""
    name = stage.table(stage.named("scanned"))
    for number in range(10):
        stage.dynamodb.put_item(TableName=name, Item=item(f"k{number}"))
    return name


def pages(stage: Stage, table: str, **fields: Any) -> Any:
    paginator = stage.dynamodb.get_paginator("scan")
    return paginator.paginate(TableName=table, PaginationConfig={"PageSize": 3}, **fields)


def test_scan_in_pages_gives_each_item_once(stage: Stage, table: str) -> None:
    assert sorted(keys(pages(stage, table))) == [f"k{number}" for number in range(10)]


def test_scan_in_segments_gives_each_item_once(stage: Stage, table: str) -> None:
    found = [
        key for segment in range(3) for key in keys(pages(stage, table, Segment=segment, TotalSegments=3))
    ]
    assert sorted(found) == [f"k{number}" for number in range(10)]


def test_scan_shows_current_items_when_they_change_during_it(stage: Stage, table: str) -> None:
    first = stage.dynamodb.scan(TableName=table, Limit=3)
    rest = [f"k{number}" for number in range(10) if item(f"k{number}") not in first["Items"]]
    stage.dynamodb.delete_item(TableName=table, Key=item(rest[0]))
    stage.dynamodb.put_item(TableName=table, Item=item(rest[1], new={"S": "x"}))
    more = stage.dynamodb.scan(TableName=table, ExclusiveStartKey=first["LastEvaluatedKey"])
    found = {each["id"]["S"]: each for each in more["Items"]}
    assert rest[0] not in found
    assert found[rest[1]] == item(rest[1], new={"S": "x"})


def test_scan_from_any_key_begins_after_it(stage: Stage, table: str) -> None:
    every = keys([stage.dynamodb.scan(TableName=table)])
    found = stage.dynamodb.scan(TableName=table, ExclusiveStartKey=item("k5"))
    assert keys([found]) == every[every.index("k5") + 1 :]


def test_scan_in_segments_gives_items_with_binary_keys_once(stage: Stage) -> None:
    table = stage.table(
        stage.named("binary"), AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "B"}]
    )
    for number in range(10):
        stage.dynamodb.put_item(TableName=table, Item={"id": {"B": bytes([number, 255])}})
    found = [
        each["id"]["B"][0]
        for segment in range(3)
        for page in pages(stage, table, Segment=segment, TotalSegments=3)
        for each in page["Items"]
    ]
    assert sorted(found) == list(range(10))
