"""What is the same to a user when DynamoDB Local holds the items; `BULK_DYNAMODB=dynamodb-local pytest
packages/local-aws/tests` runs every other test on it too.
"""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.testing.orders import object_mapping
from local_aws.testing.stage import Stage

SETTINGS: dict[str, Any] = {
    "TableClass": "STANDARD_INFREQUENT_ACCESS",
    "OnDemandThroughput": {"MaxReadRequestUnits": 5},
    "WarmThroughput": {"ReadUnitsPerSecond": 15000, "WriteUnitsPerSecond": 5000},
    "Tags": [{"Key": "a", "Value": "b"}],
    "DeletionProtectionEnabled": True,
    "SSESpecification": {"Enabled": True},
}


def described(stage: Stage, table: str) -> dict[str, Any]:
    return stage.dynamodb.describe_table(TableName=table)["Table"]


def test_table_has_settings_that_dynamodb_local_does_not_know(local_stage: Stage) -> None:
    table = local_stage.table(**SETTINGS)
    local_stage.dynamodb.put_item(TableName=table, Item={"id": {"S": "1"}})
    found = described(local_stage, table)
    assert (found["ItemCount"], found["DeletionProtectionEnabled"]) == (1, True)
    assert found["OnDemandThroughput"] == SETTINGS["OnDemandThroughput"]
    tags = local_stage.dynamodb.list_tags_of_resource(ResourceArn=found["TableArn"])["Tags"]
    assert tags == SETTINGS["Tags"]


def test_table_does_not_exist_when_dynamodb_local_refuses_it(local_stage: Stage) -> None:
    index = {
        "IndexName": "local",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    with pytest.raises(ClientError, match="ValidationException"):
        local_stage.table("refused", LocalSecondaryIndexes=[index])
    assert "refused" not in local_stage.dynamodb.list_tables()["TableNames"]


def test_table_is_protected_deleted_and_recreated(local_stage: Stage) -> None:
    table = local_stage.table(DeletionProtectionEnabled=True)
    with pytest.raises(ClientError, match="currently protected against deletion"):
        local_stage.dynamodb.delete_table(TableName=table)
    local_stage.dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
    local_stage.dynamodb.put_item(TableName=table, Item={"id": {"S": "1"}})
    local_stage.dynamodb.delete_table(TableName=table)
    local_stage.table(table)
    assert local_stage.items(table) == {}


def test_added_index_is_filled_and_becomes_active(local_stage: Stage) -> None:
    table = local_stage.table()
    local_stage.dynamodb.put_item(TableName=table, Item={"id": {"S": "1"}, "city": {"S": "Graz"}})
    index = {
        "IndexName": "by-city",
        "KeySchema": [{"AttributeName": "city", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
        "WarmThroughput": {"ReadUnitsPerSecond": 13000, "WriteUnitsPerSecond": 4000},
    }
    local_stage.dynamodb.update_table(
        TableName=table,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "city")],
        GlobalSecondaryIndexUpdates=[{"Create": index}],
    )
    local_stage.until(
        lambda: described(local_stage, table)["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE"
    )
    found = local_stage.dynamodb.scan(TableName=table, IndexName="by-city")
    assert found["Count"] == 1


def test_table_of_a_different_region_is_separate(local_stage: Stage) -> None:
    there = Stage(local_stage.url, "us-east-2")
    table = local_stage.table()
    there.table(table)
    local_stage.dynamodb.put_item(TableName=table, Item={"id": {"S": "1"}})
    assert there.items(table) == {}


def test_replicas_are_refused_by_name(local_stage: Stage) -> None:
    table = local_stage.table()
    with pytest.raises(ClientError, match="has no replicas"):
        local_stage.dynamodb.update_table(
            TableName=table, ReplicaUpdates=[{"Create": {"RegionName": "us-east-2"}}]
        )


def test_load_writes_in_order_and_counts_what_is_refused(local_stage: Stage) -> None:
    local_stage.files(LOAD001="a,1,first\na,2,second\nb,3,x\n")
    table = local_stage.table()
    source, target = local_stage.source(), local_stage.target()
    local_stage.run(local_stage.task(object_mapping(table), source=source, target=target))
    assert local_stage.items(table)["a"]["note"] == {"S": "second"}
    condition = {
        "expression": "attribute_not_exists(#id)",
        "expression-attribute-names": [{"name": "#id", "value": "id"}],
    }
    again = local_stage.task(
        object_mapping(table, **{"condition-expression": condition}),
        ReplicationTaskIdentifier=local_stage.named("again"),
        source=source,
        target=target,
    )
    local_stage.run(again)
    assert local_stage.statistics(again)["FullLoadCondtnlChkFailedRows"] == 3


def test_changes_of_dms_are_applied_in_order(local_stage: Stage) -> None:
    table = local_stage.table()
    task = local_stage.task(
        object_mapping(table), source=local_stage.source(CdcPath="changes"), MigrationType="cdc"
    )
    rows = "I,orders,import,a,1,x\nI,orders,import,b,1,x\nU,orders,import,a,2,x\nD,orders,import,b,,\n"
    key = "changes/CDC1.csv"
    local_stage.s3.put_object(Bucket=local_stage.bucket, Key=key, Body=rows.encode())
    local_stage.start(task)
    local_stage.until(lambda: "RecoveryCheckpoint" in local_stage.task_fields(task))
    assert {name: item["total"]["N"] for name, item in local_stage.items(table).items()} == {"a": "2"}
    local_stage.dms.stop_replication_task(ReplicationTaskArn=task)
