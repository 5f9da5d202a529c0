"""Settings of a table that come and go with its dataset, beside a load whose rows are not counted."""

import json
from pathlib import Path
from typing import Any

from tests.e2e.conftest import write_dataset
from tests.e2e.stack import Stack

WITH = ", time_to_live: expires, on_demand_maximum: {write: 500}, warm_throughput: {read: 13000, write: 5000}"
THEIRS = "large-files"


def large(stack: Stack) -> dict[str, Any]:
    """A load whose files are in S3, and too large to be counted."""
    s3 = stack.clone.client("s3")
    s3.create_bucket(Bucket=THEIRS, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=THEIRS, Key="data/a.json", Body=b'{"Item": {"id": {"S": "a"}}}\n')
    source = f"{{format: dynamodb_json, location: 's3://{THEIRS}/data/'}}"
    table = "table: {partition_key: {name: id}}"
    (stack.clone.folder / "large.yaml").write_text(f"name: large\nsource: {source}\n{table}\n")
    return {"dataset": "large.yaml", "method": "native", "count_up_to": 1}


def is_not_counted(stack: Stack) -> None:
    """Check that `bulk status` says so, and that it is not good."""
    status = stack.run("bulk status --json")
    assert status.code == 1
    (row,) = [row for row in json.loads(status.output) if row["load"] == "large"]
    assert row["verdict"].startswith("not counted: ")


def test_up_changes_settings_in_place_and_neither_loads_again_what_was_not_counted(
    stack: Stack, people: Path
) -> None:
    write_dataset(people, WITH, a="p1|31\np2|\n", b="p3|7\n")
    file = people / "dataset.yaml"
    text = file.read_text().replace("\n" + WITH, "\n")
    file.write_text(text.replace("{name: id}}", "{name: id}" + WITH + "}"))
    stack.settle({"dataset": "people/dataset.yaml", "method": "native"}, large(stack))
    up = stack.up()
    assert up.code == 0, up.output
    assert "warning: 1 item loaded in " in up.output
    assert "not counted: the files in S3 are larger than " in up.output
    is_not_counted(stack)
    imports = stack.clone.client("dynamodb").list_imports()["ImportSummaryList"]
    dynamodb, name = stack.clone.client("dynamodb"), stack.table("people")
    made = dynamodb.describe_table(TableName=name)["Table"]
    assert made["OnDemandThroughput"]["MaxWriteRequestUnits"] == 500
    assert dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "ENABLED",
        "AttributeName": "expires",
    }

    # as AWS does with use
    warm = {"ReadUnitsPerSecond": 30_000, "WriteUnitsPerSecond": 6_000}
    dynamodb.update_table(TableName=name, WarmThroughput=warm)
    refreshed = stack.up("--refresh")
    assert refreshed.code == 0, refreshed.output
    assert set(stack.changes()) == {"same"}, refreshed.output

    file.write_text(text)
    assert stack.clone.run(".venv/bin/bulk", "local", "forward", "70").code == 0, "DynamoDB's fixed interval"
    taken = stack.up()
    assert taken.code == 0, taken.output
    assert stack.changes()["update"] == 1
    found = dynamodb.describe_table(TableName=name)["Table"]
    assert found["TableId"] == made["TableId"]
    assert found["WarmThroughput"].items() >= warm.items()
    assert found.get("OnDemandThroughput", {}).get("MaxWriteRequestUnits", -1) == -1
    expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert expiry["TimeToLiveStatus"] == "DISABLED"

    again = stack.up("--refresh")
    assert again.code == 0, again.output
    assert set(stack.changes()) == {"same"}, again.output
    assert dynamodb.list_imports()["ImportSummaryList"] == imports
    is_not_counted(stack)
