"""A dataset from a DynamoDB table."""

from pathlib import Path

import boto3
import pytest
import yaml
from moto import mock_aws

from bulk_testing.command import bulk

REGION = "eu-west-1"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    return tmp_path


def make_table() -> None:
    dynamodb = boto3.client("dynamodb", region_name=REGION)
    dynamodb.create_table(
        TableName="orders",
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "line", "AttributeType": "N"},
            {"AttributeName": "state", "AttributeType": "S"},
        ],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "line", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-state",
                "KeySchema": [{"AttributeName": "state", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
                "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 7},
            }
        ],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 7},
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    for number in range(10):
        item = {"id": {"S": "a"}, "line": {"N": str(number)}, "tags": {"SS": ["x"]}}
        dynamodb.put_item(TableName="orders", Item=item)


@mock_aws
def test_init_from_a_table_takes_its_keys_indexes_and_billing(here: Path) -> None:
    make_table()
    ended = bulk("init", "--from-table", "orders", "--region", REGION, "--sample", 4)
    assert ended.returncode == 0, ended.stderr
    text = (here / "dataset.yaml").read_text()
    assert yaml.safe_load(text) == {
        "name": "orders",
        "source": {"files": ["orders*.jsonl"], "format": "json"},
        "table": {
            "partition_key": {"name": "id", "type": "S"},
            "sort_key": {"name": "line", "type": "N"},
            "billing": {"read": 5, "write": 7},
            "global_secondary_indexes": [
                {
                    "name": "by-state",
                    "partition_key": {"name": "state", "type": "S"},
                    "projection": "KEYS_ONLY",
                }
            ],
            "stream": "NEW_IMAGE",
        },
    }
    assert "#   tags: set of text, in 4 of 4 items" in text
    (here / "orders-1.jsonl").write_text('{"id":"a","line":1}\n')
    assert bulk("check", "dataset.yaml").returncode == 0


@mock_aws
def test_init_of_files_from_a_table_has_its_key_and_says_when_the_files_have_it_not(here: Path) -> None:
    make_table()
    (here / "a.csv").write_text("id,line,t\nx,1,q\ny,2,q\n")
    ended = bulk("init", "a.csv", "--from-table", "orders", "--region", REGION)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert yaml.safe_load((here / "dataset.yaml").read_text())["table"]["sort_key"]["name"] == "line"
    (here / "b.csv").write_text("id,t\nx,1\ny,2\n")
    refused = bulk("init", "b.csv", "--from-table", "orders", "--region", REGION, "--force")
    assert (refused.returncode, "key line" in refused.stderr) == (2, True)


@mock_aws
def test_init_from_a_table_that_does_not_exist_is_one_line(here: Path) -> None:
    refused = bulk("init", "--from-table", "nothing", "--region", REGION)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert not list(here.iterdir())
