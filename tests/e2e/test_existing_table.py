"""Files into a table that was there before the stack, and is there after it."""

from pathlib import Path

from tests.e2e.stack import Stack

LIVE = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def test_load_when_the_table_exists_fills_it_and_leaves_it_at_the_end(stack: Stack, people: Path) -> None:
    clone = stack.clone
    dynamodb = clone.client("dynamodb")
    dynamodb.create_table(TableName="live", **LIVE)
    dynamodb.put_item(TableName="live", Item={"id": {"S": "before"}})
    file = people / "dataset.yaml"
    file.write_text(file.read_text().replace("table: {", "table: {existing: true, name: live, "))
    up = stack.up()
    assert up.code == 0, up.output
    assert {item["id"]["S"] for item in clone.items("live")} == {"before", "p1", "p2", "p3"}

    assert stack.destroy().code == 0
    assert len(clone.items("live")) == 4
