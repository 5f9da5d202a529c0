"""A load from S3 whose files are too large to be counted, through the real engine."""

import pytest

from tests.e2e.stack import Stack

THEIRS = "large-files"


@pytest.fixture
def large(stack: Stack) -> Stack:
    """A stack whose load is of files that are too large to be counted."""
    s3 = stack.clone.client("s3")
    s3.create_bucket(Bucket=THEIRS, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=THEIRS, Key="data/a.json", Body=b'{"Item": {"id": {"S": "a"}}}\n')
    source = f"{{format: dynamodb_json, location: 's3://{THEIRS}/data/'}}"
    table = "table: {partition_key: {name: id}}"
    (stack.clone.folder / "large.yaml").write_text(f"name: large\nsource: {source}\n{table}\n")
    stack.settle({"dataset": "large.yaml", "method": "native", "count_up_to": 1})
    return stack


def test_up_warns_and_does_not_load_again_when_rows_were_not_counted(large: Stack) -> None:
    up = large.up()
    assert up.code == 0, up.output
    assert "warning: 1 item loaded in " in up.output
    assert "not counted: the files in S3 are larger than " in up.output
    status = large.run("bulk status")
    assert status.code == 1
    assert "not counted: " in status.output
    imports = large.clone.client("dynamodb").list_imports()["ImportSummaryList"]

    assert large.up().code == 0
    assert set(large.changes()) == {"same"}
    assert large.clone.client("dynamodb").list_imports()["ImportSummaryList"] == imports
    assert large.run("bulk status").code == 1
