"""What a table can take: by its billing, its indexes, and its live traffic."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bulk_testing.writes_stage import WritesStage
from dynamodb_bulk.loads.writes.capacity import most_units
from dynamodb_bulk.spec.errors import LoadFailed

NOW = datetime.now(UTC)
INDEX: dict[str, Any] = {
    "IndexName": "by-note",
    "KeySchema": [{"AttributeName": "note", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
ATTRIBUTES = [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "note")]


def provisioned(units: int) -> dict[str, Any]:
    return {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": units}}


@pytest.mark.parametrize(
    ("table", "units"),
    [
        ({}, 4_000),
        ({"OnDemandThroughput": {"MaxWriteRequestUnits": 300}}, 300),
        ({"WarmThroughput": {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 9_000}}, 9_000),
        ({"BillingMode": "PROVISIONED", **provisioned(25)}, 25),
        ({"AttributeDefinitions": ATTRIBUTES, "GlobalSecondaryIndexes": [INDEX]}, 8_000),
        (
            {
                "BillingMode": "PROVISIONED",
                **provisioned(100),
                "AttributeDefinitions": ATTRIBUTES,
                "GlobalSecondaryIndexes": [{**INDEX, **provisioned(30)}],
            },
            60,
        ),
    ],
)
def test_most_units_are_what_the_table_and_its_indexes_take(
    writes: WritesStage, table: dict[str, Any], units: float
) -> None:
    writes.table = writes.stage.table(writes.stage.named("capacity"), **table)
    assert most_units(writes.load(), NOW, writes.aws) == units


@pytest.mark.parametrize(("a_minute", "left"), [(60_000, 4_000 - 1_250), (600_000, 200)])
def test_most_units_leave_room_for_the_traffic_before_the_load(
    writes: WritesStage, a_minute: float, left: float
) -> None:
    busiest = NOW - timedelta(minutes=2)
    writes.stage.client("cloudwatch").put_metric_data(
        Namespace="AWS/DynamoDB",
        MetricData=[
            {
                "MetricName": "ConsumedWriteCapacityUnits",
                "Dimensions": [{"Name": "TableName", "Value": writes.table}],
                "Timestamp": busiest,
                "Value": a_minute,
            }
        ],
    )
    assert most_units(writes.load(), NOW, writes.aws) == left
    assert most_units(writes.load(), NOW - timedelta(hours=1), writes.aws) == 4_000


def test_most_units_are_those_of_the_load_when_it_says_so(writes: WritesStage) -> None:
    assert most_units(writes.load(max_write_units=7, table="nothing-here"), NOW, writes.aws) == 7


def test_most_units_of_a_table_that_does_not_exist_is_an_error(writes: WritesStage) -> None:
    with pytest.raises(LoadFailed, match="table nothing-here does not exist"):
        most_units(writes.load(table="nothing-here"), NOW, writes.aws)
