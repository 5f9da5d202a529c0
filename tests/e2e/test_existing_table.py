"""Files into a table that was there before the stack, and is there after it, its capacity as it was."""

import json
from pathlib import Path

from tests.e2e.stack import Stack

LIVE = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PROVISIONED",
    "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
}


def test_load_when_the_table_exists_fills_it_and_leaves_it_at_the_end(stack: Stack, people: Path) -> None:
    clone = stack.clone
    dynamodb = clone.client("dynamodb")
    dynamodb.create_table(TableName="live", **LIVE)
    dynamodb.put_item(TableName="live", Item={"id": {"S": "before"}})
    file = people / "dataset.yaml"
    file.write_text(file.read_text().replace("table: {", "table: {existing: true, name: live, "))
    file.write_text(f"{file.read_text()}dms: {{parallel: 2}}\n")
    stack.settle({"dataset": "people/dataset.yaml", "method": "dms", "write_units": 50})
    up = stack.up()
    assert up.code == 0, up.output
    throughput = dynamodb.describe_table(TableName="live")["Table"]["ProvisionedThroughput"]
    assert throughput["WriteCapacityUnits"] == 6
    s3 = clone.client("s3")
    record = json.loads(s3.get_object(Bucket=stack.bucket, Key="capacity/people.json")["Body"].read())
    assert (record["raised"][""]["write"], record["put_back"]) == (50, True)
    files = s3.list_objects_v2(Bucket=stack.bucket, Prefix="people/import/people/")["Contents"]
    assert [file["Key"].split("/")[-2:] for file in files] == [
        ["1", "LOAD00000001.csv"],
        ["2", "LOAD00000001.csv"],
    ]
    assert {item["id"]["S"] for item in clone.items("live")} == {"before", "p1", "p2", "p3"}

    assert stack.destroy().code == 0
    assert len(clone.items("live")) == 4
