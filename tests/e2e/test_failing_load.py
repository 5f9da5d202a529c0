"""One load of a stack fails: the others run to their end, through the real engine."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import write_dataset
from tests.e2e.stack import Stack

LOADS: list[dict[str, Any]] = [
    {"dataset": "failing/first/dataset.yaml", "method": "native", "verify": True},
    {"dataset": "failing/bad/dataset.yaml", "method": "bulk_put", "verify": True, "check": "off"},
    {"dataset": "failing/after/dataset.yaml", "method": "bulk_put", "into": "bad"},
    {"dataset": "failing/last/dataset.yaml", "method": "bulk_put"},
]


@pytest.fixture
def failing(stack: Stack) -> Stack:
    """A stack of which the load `bad` fails, and an export of its table."""
    for load in LOADS:
        folder = (stack.clone.folder / load["dataset"]).parent
        write_dataset(folder, x=f"{folder.name}|1\nb|2\n")
    (stack.clone.folder / "failing/bad/x.csv").write_text("a|1\nb|many\n")
    stack.settle(*LOADS, exports=[{"table": "bad"}])
    return stack


def records(stack: Stack) -> dict[str, Any]:
    """What the stack's bucket says of each run."""
    s3, bucket = stack.clone.client("s3"), stack.bucket
    found = s3.list_objects_v2(Bucket=bucket, Prefix="runs/").get("Contents", [])
    return {
        Path(entry["Key"]).stem: json.loads(s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read())
        for entry in found
    }


def exports(stack: Stack) -> int:
    """How many exports of the table there are."""
    dynamodb = stack.clone.client("dynamodb")
    arn = dynamodb.describe_table(TableName=stack.table("bad"))["Table"]["TableArn"]
    return len(dynamodb.list_exports(TableArn=arn)["ExportSummaries"])


def test_up_judges_the_other_loads_and_later_runs_the_failed_load_and_what_comes_after_it(
    failing: Stack,
) -> None:
    up = failing.up("--parallel 2")
    up.refused()
    said = up.output.partition("Diagnostics:")[2]
    assert said.count("load bad: 1 of 2 rows do not become items") == 1
    gone = said.count("error: Resource monitor has terminated")  # the SDK's: the engine ended before it
    assert said.count("error: ") - gone <= 2, "the load's, and `update failed`"

    judged = records(failing)
    assert {"first", "last", "verify-first"} <= judged.keys()
    assert judged["first"]["outcome"]["good"]
    assert judged["last"]["outcome"]["good"]
    assert judged["verify-first"]["good"]
    assert not {"bad", "after", "verify-bad"} & judged.keys(), "they come after the load that failed"
    assert len(failing.items("last")) == 2
    assert failing.items("bad") == []
    assert exports(failing) == 0

    out = failing.clone.folder / "rejected.csv"
    rejected = failing.run("bulk rejected bad --out rejected.csv")
    assert rejected.code == 1, rejected.output
    assert out.read_text() == "b|many\n"
    assert "1 row did not arrive" in rejected.output
    (failing.clone.folder / "failing/bad/x.csv").write_text("a|1\nb|2\n")
    up = failing.up()
    assert up.code == 0, up.output
    assert {item["id"]["S"] for item in failing.items("bad")} == {"a", "b", "after"}
    assert records(failing)["verify-bad"]["good"]
    assert exports(failing) == 1
