"""The dataset's table."""

from typing import Any

import pytest

from components.table import LoadTable, LoadTableArgs
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.table import Table
from tests.components.factories import stack
from tests.recording import TABLE, Engine, declare

EXISTING = {"name": "live", "arn": "arn:aws:dynamodb:eu-west-1:123456789012:table/live"}


def table(
    engine: Engine | None = None, *, production: bool = False, exported: bool = False, **changes: Any
) -> Engine:
    given = {"partition_key": {"name": "PK"}, "sort_key": {"name": "SK", "type": "N"}, **changes}
    args = LoadTableArgs(
        stack=stack(production=production),
        dataset="orders",
        table=Table.model_validate(given),
        exported=exported,
    )
    return declare(lambda: LoadTable("orders", args), engine)


def test_table_is_on_demand_with_the_datasets_keys_by_default() -> None:
    inputs = table().one(TABLE).inputs
    assert (inputs["name"], inputs["billingMode"]) == ("shop-test-orders", "PAY_PER_REQUEST")
    assert (inputs["hashKey"], inputs["rangeKey"]) == ("PK", "SK")
    assert inputs["attributes"] == [{"name": "PK", "type": "S"}, {"name": "SK", "type": "N"}]


def test_table_when_provisioned_has_its_capacity() -> None:
    inputs = table(billing={"read": 5, "write": 7}).one(TABLE).inputs
    assert (inputs["billingMode"], inputs["readCapacity"], inputs["writeCapacity"]) == ("PROVISIONED", 5, 7)


def test_table_when_it_has_an_index_declares_the_indexs_keys_too() -> None:
    index = {"name": "by-day", "partition_key": {"name": "day"}, "projection": ["total"]}
    inputs = table(global_secondary_indexes=[index]).one(TABLE).inputs
    assert [attribute["name"] for attribute in inputs["attributes"]] == ["PK", "SK", "day"]
    assert inputs["globalSecondaryIndexes"] == [
        {"name": "by-day", "hashKey": "day", "projectionType": "INCLUDE", "nonKeyAttributes": ["total"]}
    ]


@pytest.mark.parametrize(
    ("said", "exported", "on"),
    [({}, False, False), ({}, True, True), ({"point_in_time_recovery": True}, False, True)],
)
def test_table_has_recovery_where_it_is_exported_or_asked_for(
    said: dict[str, Any], exported: bool, on: bool
) -> None:
    inputs = table(exported=exported, **said).one(TABLE).inputs
    assert inputs["pointInTimeRecovery"] == {"enabled": on}


def test_table_when_in_production_is_protected() -> None:
    declared = table(production=True).one(TABLE)
    assert declared.protect
    assert declared.inputs["deletionProtectionEnabled"] is True


def test_table_is_deleted_with_the_stack_in_development() -> None:
    declared = table().one(TABLE)
    assert not declared.protect
    assert declared.inputs["deletionProtectionEnabled"] is False


def test_table_when_it_exists_is_found_and_not_declared() -> None:
    engine = Engine(tables={"live": {**EXISTING, "hashKey": "PK", "rangeKey": "SK"}})
    assert table(engine, existing=True, name="live").of_type(TABLE) == []


def test_table_reports_one_line_when_it_should_exist_and_does_not() -> None:
    with pytest.raises(
        InputError, match=r"^table live: cannot be read: reading .*: couldn't find resource; make it first"
    ):
        table(Engine(), existing=True, name="live")


def test_table_is_refused_when_it_exists_with_a_different_key() -> None:
    engine = Engine(tables={"live": {**EXISTING, "hashKey": "id", "rangeKey": ""}})
    with pytest.raises(InputError, match="table live: its partition key is id, the dataset says PK"):
        table(engine, existing=True, name="live")
