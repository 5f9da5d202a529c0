from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.testing.fixtures import needs_replicas
from local_aws.testing.held import slow_time_to_live
from local_aws.testing.stage import Stage

INDEX: dict[str, Any] = {
    "IndexName": "by-id",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}


def described(stage: Stage, table: str) -> dict[str, Any]:
    return stage.dynamodb.describe_table(TableName=table)["Table"]


def change(stage: Stage, table: str, **settings: Any) -> dict[str, Any]:
    stage.dynamodb.update_table(TableName=table, **settings)
    return described(stage, table)


def test_create_table_with_all_settings_describes_them(stage: Stage) -> None:
    index = INDEX | {"OnDemandThroughput": {"MaxReadRequestUnits": 7}}
    table = stage.table(
        TableClass="STANDARD_INFREQUENT_ACCESS",
        OnDemandThroughput={"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": -1},
        WarmThroughput={"ReadUnitsPerSecond": 15000, "WriteUnitsPerSecond": 5000},
        GlobalSecondaryIndexes=[index],
    )
    found = described(stage, table)
    assert found["TableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"} | {
        "LastUpdateDateTime": found["TableClassSummary"]["LastUpdateDateTime"]
    }
    assert found["OnDemandThroughput"] == {"MaxReadRequestUnits": 5}
    assert found["WarmThroughput"]["WriteUnitsPerSecond"] == 5000
    assert found["GlobalSecondaryIndexes"][0]["OnDemandThroughput"] == {"MaxReadRequestUnits": 7}


def test_update_table_when_warm_throughput_falls_is_refused(stage: Stage) -> None:
    table = stage.table()
    raised = change(stage, table, WarmThroughput={"WriteUnitsPerSecond": 6000})
    assert raised["WarmThroughput"] == {
        "ReadUnitsPerSecond": 12000,
        "WriteUnitsPerSecond": 6000,
        "Status": "ACTIVE",
    }
    with pytest.raises(ClientError, match="decreasing WarmThroughput is not supported"):
        change(stage, table, WarmThroughput={"WriteUnitsPerSecond": 5000})


def test_update_table_to_on_demand_has_no_units(stage: Stage) -> None:
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    table = stage.table(BillingMode="PROVISIONED", ProvisionedThroughput=units)
    found = change(stage, table, BillingMode="PAY_PER_REQUEST")
    assert found["ProvisionedThroughput"]["ReadCapacityUnits"] == 0


def test_update_table_when_stream_was_off_turns_it_on_again(stage: Stage) -> None:
    on = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    table = stage.table(StreamSpecification=on)
    change(stage, table, StreamSpecification={"StreamEnabled": False})
    assert change(stage, table, StreamSpecification=on)["StreamSpecification"] == on
    with pytest.raises(ClientError, match="Table already has an enabled stream"):
        change(stage, table, StreamSpecification=on)


def test_update_table_when_two_indexes_change_is_refused(stage: Stage) -> None:
    table = stage.table()
    other = INDEX | {"IndexName": "again"}
    with pytest.raises(ClientError, match="LimitExceededException"):
        change(stage, table, GlobalSecondaryIndexUpdates=[{"Create": INDEX}, {"Create": other}])
    with pytest.raises(ClientError, match="Requested resource not found"):
        change(stage, table, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "none"}}])


def test_delete_table_when_protected_is_refused(stage: Stage) -> None:
    table = stage.table(DeletionProtectionEnabled=True)
    with pytest.raises(ClientError) as refusal:
        stage.dynamodb.delete_table(TableName=table)
    assert refusal.value.response.get("Error") == {
        "Code": "ValidationException",
        "Message": "Resource cannot be deleted as it is currently protected against deletion. "
        "Disable deletion protection first.",
    }
    change(stage, table, DeletionProtectionEnabled=False)
    stage.dynamodb.delete_table(TableName=table)


def test_time_to_live_when_it_is_on_already_is_refused(stage: Stage) -> None:
    table = stage.table()
    on = {"Enabled": True, "AttributeName": "expires"}
    stage.dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=on)
    with pytest.raises(ClientError, match="TimeToLive is already enabled"):
        stage.dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=on)


def test_time_to_live_is_enabling_for_a_while_and_changes_once_an_hour(stage: Stage) -> None:
    table, on = stage.table(), {"Enabled": True, "AttributeName": "expires"}
    shown = {"AttributeName": "expires"}
    with slow_time_to_live(stage.url):
        stage.dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=on)
        assert expiry(stage, table) == {**shown, "TimeToLiveStatus": "ENABLING"}
        with pytest.raises(ClientError, match="TimeToLive is already enabled"):
            stage.dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=on)
    stage.until(lambda: expiry(stage, table) == {**shown, "TimeToLiveStatus": "ENABLED"})
    with pytest.raises(ClientError, match="modified multiple times within a fixed interval"):
        stage.dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=on | {"Enabled": False})


def expiry(stage: Stage, table: str) -> dict[str, Any]:
    return stage.dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]


def test_update_of_nothing_is_refused(stage: Stage) -> None:
    with pytest.raises(ClientError, match="At least one of ProvisionedThroughput, BillingMode"):
        stage.dynamodb.update_table(TableName=stage.table())


@needs_replicas
def test_replica_shares_the_items_and_goes_with_update_table(stage: Stage) -> None:
    table = stage.table()
    there = Stage(stage.url, "us-east-2")
    found = change(stage, table, ReplicaUpdates=[{"Create": {"RegionName": "us-east-2"}}])
    stage.dynamodb.put_item(TableName=table, Item={"id": {"S": "1"}})
    assert found["Replicas"] == [{"RegionName": "us-east-2", "ReplicaStatus": "ACTIVE"}]
    assert found["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert there.items(table) == {"1": {"id": {"S": "1"}}}
    assert described(there, table)["Replicas"][0]["RegionName"] == "eu-west-1"
    assert "Replicas" not in change(stage, table, ReplicaUpdates=[{"Delete": {"RegionName": "us-east-2"}}])
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        described(there, table)
