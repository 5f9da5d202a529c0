"""The table of a dataset: what its settings may be together, and what ImportTable is told of them."""

from typing import Any

import pytest
from pydantic import ValidationError

from dynamodb_bulk.requests.import_table import table_parameters
from dynamodb_bulk.spec.table import Table

KEYS = {"partition_key": {"name": "PK"}}


def table(**settings: Any) -> Table:
    return Table.model_validate(KEYS | settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sort_key": {"name": "PK"}}, "one attribute cannot be both keys"),
        (
            {"on_demand_maximum": {"write": 5}, "billing": {"read": 1, "write": 1}},
            "only for billing on_demand",
        ),
        ({"warm_throughput": {"read": 11_999, "write": 4_000}}, "greater than or equal to 12000"),
        ({"warm_throughput": {"read": 12_000, "write": 3_999}}, "greater than or equal to 4000"),
        (
            {"warm_throughput": {"read": 12_000, "write": 4_000}},
            "12,000 and 4,000 are what every table has: remove it, or raise one of them",
        ),
        ({"replicas": ["eu-west-1"]}, "a global table needs `stream: NEW_AND_OLD_IMAGES`"),
        ({"replicas": ["Ireland"]}, "expected a Region like eu-west-1, got 'Ireland'"),
        (
            {"replicas": ["eu-west-1", "eu-west-1"], "stream": "NEW_AND_OLD_IMAGES"},
            "eu-west-1 is named twice",
        ),
        (
            {"replicas": ["eu-west-1"], "stream": "NEW_AND_OLD_IMAGES", "billing": {"read": 1, "write": 1}},
            "a global table needs billing on_demand",
        ),
        ({"name": "a b"}, "a table name has 3 to 255 of"),
        ({"existing": True}, "an existing table needs its `name`"),
        (
            {
                "partition_key": {"name": "PK", "type": "S"},
                "global_secondary_indexes": [{"name": "by-x", "partition_key": {"name": "PK", "type": "N"}}],
            },
            "PK is S in another key",
        ),
        (
            {"global_secondary_indexes": [{"name": "by-x", "partition_key": {"name": "x"}}] * 2},
            "two indexes have this name",
        ),
        (
            {
                "global_secondary_indexes": [
                    {"name": f"by-{n}", "partition_key": {"name": "x"}} for n in range(21)
                ]
            },
            "at most 20 items",
        ),
    ],
)
def test_table_reports_settings_that_exclude_each_other(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        table(**settings)


def test_import_request_includes_the_maximum_of_the_table() -> None:
    found = table_parameters(table(on_demand_maximum={"write": 500}), "books")
    assert found["BillingMode"] == "PAY_PER_REQUEST"
    assert found["OnDemandThroughput"] == {"MaxWriteRequestUnits": 500}


def test_import_when_the_table_is_provisioned_gives_its_indexes_the_same_capacity() -> None:
    index = {"name": "by-x", "partition_key": {"name": "x", "type": "N"}, "projection": ["title"]}
    found = table_parameters(
        table(billing={"read": 5, "write": 7}, global_secondary_indexes=[index]), "books"
    )
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 7}
    assert found["ProvisionedThroughput"] == units
    assert found["GlobalSecondaryIndexes"] == [
        {
            "IndexName": "by-x",
            "KeySchema": [{"AttributeName": "x", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["title"]},
            "ProvisionedThroughput": units,
        }
    ]
    assert {"AttributeName": "x", "AttributeType": "N"} in found["AttributeDefinitions"]


def test_import_when_the_table_has_settings_that_it_cannot_take_leaves_them_out() -> None:
    later = table(
        stream="NEW_IMAGE",
        time_to_live="expires",
        point_in_time_recovery=True,
        deletion_protection=True,
        warm_throughput={"read": 13_000, "write": 4_000},
        **{"class": "STANDARD_INFREQUENT_ACCESS"},
    )
    assert table_parameters(later, "books") == table_parameters(table(), "books")
