"""Settings of a table that come and go with its dataset, and what AWS changes by itself."""

from pathlib import Path

from tests.e2e.conftest import write_dataset
from tests.e2e.stack import Stack

WITH = ", time_to_live: expires, on_demand_maximum: {write: 500}, warm_throughput: {read: 13000, write: 5000}"


def test_up_takes_settings_away_and_keeps_the_table_when_the_dataset_has_them_no_longer(
    stack: Stack, people: Path
) -> None:
    write_dataset(people, WITH, a="p1|31\np2|\n", b="p3|7\n")
    file = people / "dataset.yaml"
    text = file.read_text().replace("\n" + WITH, "\n")
    file.write_text(text.replace("{name: id}}", "{name: id}" + WITH + "}"))
    stack.settle({"dataset": "people/dataset.yaml", "method": "native"})
    up = stack.up()
    assert up.code == 0, up.output
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
