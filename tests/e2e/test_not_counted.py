"""A load from S3 whose files are too large to be counted, through the real engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.e2e.clone import Clone

pytestmark = pytest.mark.engine

STACK = "large"
UP = f"pulumi up --stack {STACK} --yes --skip-preview"
THEIRS = "large-files"
LIMIT = "MOST_BYTES_FROM_S3 = "


@pytest.fixture
def large(clone: Clone) -> Iterator[Clone]:
    """A stack whose load is of files that are too large: in its clone, a byte is."""
    assert clone.run(".venv/bin/bulk", "local", "up").code == 0
    counting = clone.folder / "packages/dynamodb-bulk/src/dynamodb_bulk/loads/row_counts.py"
    before = counting.read_text()
    assert LIMIT in before
    counting.write_text(before.replace(LIMIT, f"{LIMIT}1 + 0 * "))
    s3 = clone.client("s3")
    s3.create_bucket(Bucket=THEIRS, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=THEIRS, Key="data/a.json", Body=b'{"Item": {"id": {"S": "a"}}}\n')
    dataset = Path(clone.folder, "large.yaml")
    source = f"{{format: dynamodb_json, location: 's3://{THEIRS}/data/'}}"
    dataset.write_text(f"name: large\nsource: {source}\ntable: {{partition_key: {{name: id}}}}\n")
    settings = clone.settings()
    settings["config"]["bulk:loads"] = [{"dataset": dataset.name, "method": "native"}]
    (clone.folder / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump(settings))
    assert clone.literal(f"pulumi stack init {STACK}").code == 0
    yield clone
    down = clone.literal(f"pulumi destroy --stack {STACK} --yes --skip-preview")
    assert down.code == 0, down.output
    clone.literal(f"pulumi stack rm {STACK} --yes")
    counting.write_text(before)
    s3.delete_object(Bucket=THEIRS, Key="data/a.json")
    s3.delete_bucket(Bucket=THEIRS)


def test_up_warns_and_does_not_load_again_when_rows_were_not_counted(large: Clone) -> None:
    up = large.literal(UP)
    assert up.code == 0, up.output
    assert "warning: 1 item loaded in " in up.output
    assert "not counted: the files in S3 are larger than " in up.output
    status = large.literal(f"bulk status --stack {STACK}")
    assert status.code == 1
    assert "not counted: " in status.output
    imports = large.client("dynamodb").list_imports()["ImportSummaryList"]

    assert large.literal(UP).code == 0
    assert set(large.changes(STACK)) == {"same"}
    assert large.client("dynamodb").list_imports()["ImportSummaryList"] == imports
    assert large.literal(f"bulk status --stack {STACK}").code == 1
