"""The dataset's table."""

from collections.abc import Mapping
from typing import Any

import pytest

from components.table import LoadTable, LoadTableArgs
from components.table_changes import encryption, recorded_settings
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.table import Table
from tests.recording import TABLE, Engine, declare, stack

EXISTING = {"name": "live", "arn": "arn:aws:dynamodb:eu-west-1:123456789012:table/live"}


NAME = "shop-test-orders"
KEYS: dict[str, Any] = {"partition_key": {"name": "PK"}, "sort_key": {"name": "SK", "type": "N"}}
WARM = {"read": 13_000, "write": 5_000}


def table(
    engine: Engine | None = None,
    *,
    production: bool = False,
    exported: bool = False,
    adopted: bool = False,
    recorded: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Engine:
    given = KEYS | changes
    args = LoadTableArgs(
        stack=stack(production=production, recorded={(TABLE, "orders"): recorded or {}}),
        dataset="orders",
        table=Table.model_validate(given),
        exported=exported,
        adopted=adopted,
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


def test_table_has_no_time_to_live_and_no_maximum_when_neither_dataset_nor_state_has() -> None:
    inputs = table().one(TABLE).inputs
    assert not {"ttl", "onDemandThroughput", "warmThroughput"} & inputs.keys()


def test_time_to_live_is_turned_off_when_the_dataset_has_it_no_longer() -> None:
    recorded = {"ttl": {"attributeName": "expires", "enabled": True}}
    assert table(recorded=recorded).one(TABLE).inputs["ttl"] == {"attributeName": "expires", "enabled": False}
    kept = table(recorded=recorded, time_to_live="until").one(TABLE).inputs["ttl"]
    assert kept == {"attributeName": "until", "enabled": True}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {
            "on_demand_maximum": {"write": 500},
            "stream": "NEW_AND_OLD_IMAGES",
            "replicas": ["eu-north-1"],
            "class": "STANDARD_INFREQUENT_ACCESS",
            "time_to_live": "expires",
        },
        {
            "billing": {"read": 5, "write": 7},
            "global_secondary_indexes": [
                {"name": "by-day", "partition_key": {"name": "day"}, "projection": ["total"]},
                {"name": "by-sk", "partition_key": {"name": "SK", "type": "N"}, "projection": "KEYS_ONLY"},
            ],
        },
    ],
)
def test_recorded_settings_are_those_of_the_table_that_was_declared(changes: dict[str, Any]) -> None:
    more: dict[str, Any] = {"deletion_protection": True, "point_in_time_recovery": True}
    inputs = table(**(changes | more)).one(TABLE).inputs
    found = recorded_settings(inputs, NAME)
    assert found.pop("recorded") == Table.model_validate(KEYS | changes)
    assert found == {**more, "kms_key": None}
    assert recorded_settings(inputs, "another") == {}


@pytest.mark.parametrize("ttl", [{"attributeName": "", "enabled": False}, None])
def test_time_to_live_that_is_off_is_not_declared(ttl: dict[str, Any] | None) -> None:
    assert "ttl" not in table(recorded={"ttl": ttl}).one(TABLE).inputs


@pytest.mark.parametrize(
    ("dataset", "recorded", "declared"),
    [
        ({"write": 500}, None, {"maxWriteRequestUnits": 500}),
        (None, {"maxReadRequestUnits": 9, "maxWriteRequestUnits": 9}, (-1, -1)),
        ({"write": 500}, {"maxReadRequestUnits": 9, "maxWriteRequestUnits": 9}, (-1, 500)),
        # once there, always said: without it the provider would send an update of nothing
        (None, {"maxReadRequestUnits": -1, "maxWriteRequestUnits": -1}, (-1, -1)),
        (None, {"maxReadRequestUnits": 0, "maxWriteRequestUnits": 0}, (-1, -1)),
    ],
)
def test_on_demand_maximum_goes_when_the_dataset_has_it_no_longer(
    dataset: dict[str, int] | None, recorded: dict[str, int] | None, declared: Any
) -> None:
    inputs = table(recorded={"onDemandThroughput": recorded}, on_demand_maximum=dataset).one(TABLE).inputs
    if isinstance(declared, tuple):
        declared = dict(zip(("maxReadRequestUnits", "maxWriteRequestUnits"), declared, strict=True))
    assert inputs["onDemandThroughput"] == declared


def test_on_demand_maximum_is_not_declared_of_a_table_that_is_provisioned_now() -> None:
    recorded = {"onDemandThroughput": {"maxReadRequestUnits": 9}}
    assert (
        "onDemandThroughput"
        not in table(recorded=recorded, billing={"read": 1, "write": 1}).one(TABLE).inputs
    )


@pytest.mark.parametrize(
    ("has", "declared", "as_found"),
    [
        (None, (13_000, 5_000), False),
        ((12_000, 4_000), (13_000, 5_000), False),
        ((30_000, 4_500), (30_000, 5_000), False),
        ((13_000, 5_000), (13_000, 5_000), True),
        ((30_000, 9_000), (30_000, 9_000), True),
    ],
)
def test_warm_throughput_is_never_declared_below_what_the_table_has(
    has: tuple[int, int] | None, declared: tuple[int, int], as_found: bool
) -> None:
    if has:
        made(*has)
    found = table(warm_throughput=WARM).one(TABLE)
    units = dict(zip(("readUnitsPerSecond", "writeUnitsPerSecond"), declared, strict=True))
    assert found.inputs["warmThroughput"] == units
    assert found.ignored == (frozenset({"warmThroughput"}) if as_found else frozenset())


def test_warm_throughput_of_a_table_that_an_import_will_make_is_taken_as_it_comes() -> None:
    assert table(adopted=True, warm_throughput=WARM).one(TABLE).ignored == {"warmThroughput"}


def made(read: int, write: int) -> None:
    """Have the table, with a warm throughput."""
    Aws(region="eu-west-1").dynamodb.create_table(
        TableName=NAME,
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        WarmThroughput={"ReadUnitsPerSecond": read, "WriteUnitsPerSecond": write},
    )


@pytest.mark.parametrize("enabled", [True, False])
def test_table_goes_back_to_the_key_of_aws_when_it_had_one_and_has_none(enabled: bool) -> None:
    known = {"serverSideEncryption": {"enabled": enabled, "kmsKeyArn": "arn:aws:kms:eu-west-1:1:key/1"}}
    assert encryption(None, known) == ({"enabled": False} if enabled else None)
