"""Exports with a FilterSpecification on this machine, by what AWS documents of it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.testing.export_stage import ExportStage
from local_aws.testing.stage import Stage

KEYS: dict[str, Any] = {
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "at", "AttributeType": "N"},
    ],
    "KeySchema": [
        {"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"},
    ],
}  # fmt: skip
A = {":a": {"S": "a"}}


@pytest.fixture
def exports(stage: Stage) -> ExportStage:
    return ExportStage(stage)


@pytest.fixture
def table(exports: ExportStage) -> str:
    """Items a1, a2, a3 and b1, with a city, and a list and a map inside."""
    name = exports.table(**KEYS)
    for key, at, city in (("a", 1, "Graz"), ("a", 2, "Linz"), ("a", 3, "Graz"), ("b", 1, "Graz")):
        exports.put(
            name,
            key,
            at={"N": str(at)},
            city={"S": city},
            more={"M": {"x": {"N": "1"}, "y": {"L": [{"S": "first"}, {"S": "second"}]}}},
        )
    return name


def found(exports: ExportStage, table: str, **specification: Any) -> list[str]:
    """The items that are exported, as a1."""
    ended = exports.ended(exports.ask(table, FilterSpecification=specification))
    items = [record["Item"] for record in exports.records(ended)]
    assert ended["ItemCount"] == len(items)
    return sorted(item["id"]["S"] + item["at"]["N"] for item in items)


def refused(exports: ExportStage, table: str, **specification: Any) -> str:
    with pytest.raises(ClientError, match="ValidationException") as caught:
        exports.ask(table, FilterSpecification=specification)
    return str(caught.value)


@pytest.mark.parametrize(
    ("condition", "values", "expected"),
    [
        ("id = :a", A, ["a1", "a2", "a3"]),
        ("id = :a AND #at = :n", {**A, ":n": {"N": "2"}}, ["a2"]),
        ("id = :a AND #at >= :n", {**A, ":n": {"N": "2"}}, ["a2", "a3"]),
        ("id = :a AND #at BETWEEN :n AND :m", {**A, ":n": {"N": "1"}, ":m": {"N": "2"}}, ["a1", "a2"]),
    ],
)
def test_key_condition_keeps_the_items_of_its_keys(
    exports: ExportStage, table: str, condition: str, values: dict[str, Any], expected: list[str]
) -> None:
    names = {"ExpressionAttributeNames": {"#at": "at"}} if "#at" in condition else {}
    given = {"KeyConditionExpression": condition, "ExpressionAttributeValues": values, **names}
    assert found(exports, table, **given) == expected


@pytest.mark.parametrize(
    ("expression", "values", "expected"),
    [
        ("city = :c", {":c": {"S": "Graz"}}, ["a1", "a3", "b1"]),
        ("city <> :c OR id = :b", {":c": {"S": "Graz"}, ":b": {"S": "b"}}, ["a2", "b1"]),
        ("city IN (:c, :d)", {":c": {"S": "Linz"}, ":d": {"S": "Wien"}}, ["a2"]),
        ("contains(city, :c)", {":c": {"S": "in"}}, ["a2"]),
        ("begins_with(city, :c)", {":c": {"S": "G"}}, ["a1", "a3", "b1"]),
        ("attribute_exists(more.x) AND size(city) > :n", {":n": {"N": "4"}}, []),
        ("more.x BETWEEN :n AND :m", {":n": {"N": "0"}, ":m": {"N": "1.0"}}, ["a1", "a2", "a3", "b1"]),
    ],
)
def test_filter_keeps_the_items_that_meet_it(
    exports: ExportStage, table: str, expression: str, values: dict[str, Any], expected: list[str]
) -> None:
    given = {"FilterExpression": expression, "ExpressionAttributeValues": values}
    assert found(exports, table, **given) == expected


def test_filter_and_key_condition_are_both_met(exports: ExportStage, table: str) -> None:
    values = {**A, ":c": {"S": "Graz"}}
    given = {"KeyConditionExpression": "id = :a", "FilterExpression": "city = :c"}
    assert found(exports, table, **given, ExpressionAttributeValues=values) == ["a1", "a3"]


def test_filter_does_not_lower_what_is_billed_and_a_key_condition_may(
    exports: ExportStage, table: str
) -> None:
    def billed(**specification: Any) -> int:
        more = {"FilterSpecification": specification} if specification else {}
        return exports.ended(exports.ask(table, **more))["BilledSizeBytes"]

    values = {"ExpressionAttributeValues": A}
    assert billed(FilterExpression="city = :a", **values) == billed()
    assert billed(KeyConditionExpression="id = :a", **values) <= billed()


def test_projection_keeps_the_attributes_named(exports: ExportStage, table: str) -> None:
    specification = {
        "ProjectionExpression": "id, #at, more.y[1]",
        "ExpressionAttributeNames": {"#at": "at"},
        "KeyConditionExpression": "id = :a",
        "ExpressionAttributeValues": {":a": {"S": "b"}},
    }
    ended = exports.ended(exports.ask(table, FilterSpecification=specification))
    (record,) = exports.records(ended)
    expected = {"id": {"S": "b"}, "at": {"N": "1"}, "more": {"M": {"y": {"L": [{"S": "second"}]}}}}
    assert record == {"Item": expected}


def test_specification_is_echoed(exports: ExportStage, table: str) -> None:
    specification = {"FilterExpression": "city = :a", "ExpressionAttributeValues": A}
    begun = exports.ask(table, FilterSpecification=specification)
    assert begun["FilterSpecification"] == specification
    assert exports.ended(begun)["FilterSpecification"] == specification


def test_filter_of_changes_looks_at_the_newest_image_and_at_the_old_one_of_what_was_deleted(
    exports: ExportStage,
) -> None:
    table = exports.table()
    for key, city in (("in", "Linz"), ("out", "Graz"), ("gone", "Graz"), ("other", "Linz")):
        exports.put(table, key, city={"S": city}, extra={"BOOL": True})
    start = exports.pass_time(20)
    exports.put(table, "in", city={"S": "Graz"}, extra={"BOOL": True})
    exports.put(table, "out", city={"S": "Linz"})
    exports.delete(table, "gone")
    exports.delete(table, "other")
    stop = exports.pass_time(20)
    specification = {
        "FilterExpression": "city = :c",
        "ProjectionExpression": "id, city",
        "ExpressionAttributeValues": {":c": {"S": "Graz"}},
    }
    ended = exports.ended(exports.changes(table, start, stop, FilterSpecification=specification))
    records = exports.changed(ended)
    assert sorted(records) == ["gone", "in"]
    assert records["in"]["NewImage"] == {"id": {"S": "in"}, "city": {"S": "Graz"}}
    assert records["in"]["OldImage"] == {"id": {"S": "in"}, "city": {"S": "Linz"}}
    assert "NewImage" not in records["gone"]


@pytest.mark.parametrize(
    ("specification", "said"),
    [
        ({}, "can not be empty"),
        ({"KeyConditionExpression": "#at = :a", "ExpressionAttributeNames": {"#at": "at"}}, "missed key"),
        ({"KeyConditionExpression": "id > :a"}, "not supported"),
        ({"KeyConditionExpression": "id = :a OR id = :a"}, "not supported"),
        ({"KeyConditionExpression": "id = :a AND city = :a"}, "missed key schema element"),
        (
            {"KeyConditionExpression": "id = :a AND #at = :a", "ExpressionAttributeNames": {"#at": "at"}},
            "type",
        ),
        ({"KeyConditionExpression": "id = :a", "FilterExpression": "id <> :a"}, "non-primary key"),
        ({"FilterExpression": "city = :a AND"}, "FilterExpression"),
        ({"FilterExpression": "city = :b"}, ":b"),
        ({"FilterExpression": "#c = :a"}, "#c"),
        ({"FilterExpression": "attribute_exists(city)"}, "unused in expressions"),
        ({"FilterExpression": "city = :a", "ProjectionExpression": "id, more..x"}, "ProjectionExpression"),
        ({"FilterExpression": "city = :a", "ProjectionExpression": "more, more.x"}, "overlap"),
        ({"FilterExpression": "city = :a" + " OR city = :a" * 400}, "size"),
        ({"FilterExpression": "c=:a" + " OR c=:a" * 200}, "operators"),
        ({"FilterExpression": "#c = :a", "ExpressionAttributeNames": {"#c": "c" * 251}}, "250 bytes"),
    ],
)
def test_invalid_specification_is_refused(
    exports: ExportStage, table: str, specification: dict[str, Any], said: str
) -> None:
    values = {"ExpressionAttributeValues": A} if specification else {}
    assert said in refused(exports, table, **specification, **values)
