"""What a table gets that an import cannot give it."""

from datetime import datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from bulk_testing.native_load import load
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.loads.native.settings import settle_table
from dynamodb_bulk.spec.errors import LoadFailed
from dynamodb_bulk.spec.table import Table

BARE = Table.model_validate({"partition_key": {"name": "id"}})
ON = {"PointInTimeRecoveryEnabled": True}
TABLE = {"TableName": "shop-events", "TableStatus": "ACTIVE"}


def test_recovery_is_asked_for_until_aws_has_enabled_the_backups_of_the_new_table() -> None:
    aws = Aws(region="eu-west-1")
    wanted = load().model_copy(update={"point_in_time_recovery": True})
    request = {"TableName": "shop-events", "PointInTimeRecoverySpecification": ON}
    enabled = {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {
            "PointInTimeRecoveryStatus": "ENABLED",
            "EarliestRestorableDateTime": datetime(2026, 11, 25),
        },
    }
    with Stubber(aws.dynamodb) as answers:
        answers.add_response("describe_table", {"Table": TABLE}, {"TableName": "shop-events"})
        answers.add_client_error("update_continuous_backups", "ContinuousBackupsUnavailableException")
        answers.add_response("update_continuous_backups", {"ContinuousBackupsDescription": enabled}, request)
        settle_table(wanted, BARE, aws, lambda _: None)
        answers.assert_no_pending_responses()


def test_table_that_nothing_exports_is_left_without_recovery() -> None:
    aws = Aws(region="eu-west-1")
    with Stubber(aws.dynamodb) as answers:
        answers.add_response("describe_table", {"Table": TABLE}, {"TableName": "shop-events"})
        settle_table(load(), BARE, aws, lambda _: None)
        answers.assert_no_pending_responses()


EXPIRING = BARE.model_copy(update={"time_to_live": "expires"})
EXPIRY = {
    "TableName": "shop-events",
    "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
}


def expiry(status: str) -> dict[str, Any]:
    return {"TimeToLiveDescription": {"TimeToLiveStatus": status}}


def test_expiry_is_waited_for_until_dynamodb_has_enabled_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dynamodb_bulk.aws.polling._FIRST_WAIT", 0.01)
    aws, said = Aws(region="eu-west-1"), list[str]()
    specification = {"TimeToLiveSpecification": EXPIRY["TimeToLiveSpecification"]}
    with Stubber(aws.dynamodb) as answers:
        answers.add_response("describe_table", {"Table": TABLE}, {"TableName": "shop-events"})
        answers.add_response("describe_time_to_live", expiry("DISABLED"))
        answers.add_response("update_time_to_live", specification, EXPIRY)
        # What was just asked for may not be seen yet, and is not asked for twice: AWS refuses that.
        for status in ("DISABLED", "ENABLING", "ENABLING", "ENABLED"):
            answers.add_response("describe_time_to_live", expiry(status))
        settle_table(load(), EXPIRING, aws, said.append)
        answers.assert_no_pending_responses()
    assert "waiting for DynamoDB to enable time to live: it takes up to an hour" in said


def test_expiry_that_is_never_enabled_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dynamodb_bulk.loads.native.settings._EXPIRY_SECONDS", 0)
    aws = Aws(region="eu-west-1")
    with Stubber(aws.dynamodb) as answers:
        answers.add_response("describe_table", {"Table": TABLE}, {"TableName": "shop-events"})
        answers.add_response("describe_time_to_live", expiry("ENABLING"))
        with pytest.raises(LoadFailed, match=r"^time to live of shop-events: still running after"):
            settle_table(load(), EXPIRING, aws, lambda _: None)


@pytest.mark.parametrize(
    ("has", "asked"),
    [
        ((12_000, 4_000), (13_000, 5_000)),
        ((30_000, 4_000), (30_000, 5_000)),
        ((13_000, 9_000), None),
        ((30_000, 9_000), None),
    ],
)
def test_warm_throughput_is_raised_and_never_lowered(
    has: tuple[int, int], asked: tuple[int, int] | None
) -> None:
    aws = Aws(region="eu-west-1")
    wanted = Table.model_validate(
        {"partition_key": {"name": "id"}, "warm_throughput": {"read": 13_000, "write": 5_000}}
    )
    units = "ReadUnitsPerSecond", "WriteUnitsPerSecond"
    described = {"Table": TABLE | {"WarmThroughput": dict(zip(units, has, strict=True))}}
    with Stubber(aws.dynamodb) as answers:
        answers.add_response("describe_table", described)
        if asked:
            warm = dict(zip(units, asked, strict=True))
            request = {"TableName": "shop-events", "WarmThroughput": warm}
            answers.add_response("update_table", {"TableDescription": TABLE}, request)
            answers.add_response("describe_table", described)
        settle_table(load(), wanted, aws, lambda _: None)
        answers.assert_no_pending_responses()
