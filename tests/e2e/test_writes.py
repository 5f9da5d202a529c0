"""Loads by writes and by DMS into tables that exist, through the real engine."""

import json

from tests.e2e.clone import Clone
from tests.e2e.conftest import write_dataset
from tests.e2e.stack import Stack

LIVE = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PROVISIONED",
    "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
}


def rows(count: int, age: int) -> str:
    return "".join(f"p{number:06}|{age}\n" for number in range(count))


def test_up_loads_into_existing_tables_and_leaves_them_at_the_end(stack: Stack, clone: Clone) -> None:
    dynamodb = clone.client("dynamodb")
    more = {
        "older": "condition: attribute_not_exists(id) OR age < ${age}\n",
        "filled": "dms: {parallel: 2}\n",
    }
    for name, text in more.items():
        dynamodb.create_table(TableName=f"{name}-live", **LIVE)
        write_dataset(clone.folder / name, text, a=rows(20, 31), b="q1|5\n")
        file = clone.folder / name / "dataset.yaml"
        existing = f"table: {{existing: true, name: {name}-live, "
        file.write_text(file.read_text().replace("table: {", existing))
    dynamodb.put_item(TableName="older-live", Item={"id": {"S": "p000001"}, "age": {"N": "99"}})
    dynamodb.put_item(TableName="filled-live", Item={"id": {"S": "before"}})
    stack.settle(
        {"dataset": "older/dataset.yaml", "verify": True},
        {"dataset": "filled/dataset.yaml", "method": "dms", "write_units": 50},
    )
    up = stack.up()
    assert up.code == 0, up.output
    rows_of = {row["load"]: row for row in json.loads(stack.run("bulk status --json").output)}
    row = rows_of["older"]
    assert (row["items_written"], row["condition_failed"]) == (20, 1)
    assert str(row["verdict"]).startswith("good")
    assert len(clone.items("filled-live")) == 22
    assert was_raised_and_put_back(stack, "filled")
    assert tables_in_bucket(stack, "filled") == [
        ["1", "LOAD00000001.csv"],
        ["2", "LOAD00000001.csv"],
    ]
    assert stack.destroy().code == 0
    assert {item["age"]["N"] for item in clone.items("older-live")} == {"99", "31", "5"}
    assert "before" in {item["id"]["S"] for item in clone.items("filled-live")}
    assert len(clone.items("filled-live")) == 22
    for name in more:
        dynamodb.delete_table(TableName=f"{name}-live")


def was_raised_and_put_back(stack: Stack, load: str) -> bool:
    """Whether the load's record says so, and its table has again what it had."""
    throughput = stack.clone.client("dynamodb").describe_table(TableName=f"{load}-live")["Table"]
    kept = stack.clone.client("s3").get_object(Bucket=stack.bucket, Key=f"capacity/{load}.json")
    record = json.loads(kept["Body"].read())
    has = throughput["ProvisionedThroughput"]["WriteCapacityUnits"]
    return (record["raised"][""]["write"], record["put_back"], has) == (50, True, 6)


def tables_in_bucket(stack: Stack, load: str) -> list[list[str]]:
    """The folders of the tables that a load is divided among, with the names of their files."""
    prefix = f"{load}/import/{load}/"
    files = stack.clone.client("s3").list_objects_v2(Bucket=stack.bucket, Prefix=prefix)["Contents"]
    return [file["Key"].split("/")[-2:] for file in files]
