"""Files into a table that was there before the stack, and is there after it."""

from pathlib import Path

import pytest

from tests.e2e.clone import Clone
from tests.e2e.conftest import UP

pytestmark = pytest.mark.engine

LIVE = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def test_load_when_the_table_exists_fills_it_and_leaves_it_at_the_end(clone: Clone, people: Path) -> None:
    dynamodb = clone.client("dynamodb")
    dynamodb.create_table(TableName="live", **LIVE)
    dynamodb.put_item(TableName="live", Item={"id": {"S": "before"}})
    file = people / "dataset.yaml"
    file.write_text(file.read_text().replace("table: {", "table: {existing: true, name: live, "))
    up = clone.literal(UP)
    assert up.code == 0, up.output
    assert {item["id"]["S"] for item in clone.items("live")} == {"before", "p1", "p2", "p3"}

    assert clone.literal("pulumi destroy --stack people --yes --skip-preview").code == 0
    assert len(clone.items("live")) == 4
