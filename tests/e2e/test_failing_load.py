"""One load of a stack fails: the others run to their end, through the real engine."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.clone import Clone, make_clone

pytestmark = pytest.mark.engine

FIXED = "a,1\nb,2\n"
LOADS: list[dict[str, Any]] = [
    {"dataset": "failing/first/dataset.yaml", "method": "native", "verify": True},
    {"dataset": "failing/bad/dataset.yaml", "method": "bulk_put", "verify": True},
    {"dataset": "failing/after/dataset.yaml", "method": "bulk_put", "into": "bad"},
    {"dataset": "failing/last/dataset.yaml", "method": "bulk_put"},
]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """A clone whose stacks are not destroyed: its AWS ends with it."""
    made = make_clone(tmp_path_factory.mktemp("failing") / "dynamodb-bulk")
    assert made.run(".venv/bin/bulk", "local", "up", timeout=900).code == 0
    for load in LOADS:
        folder = (made.folder / load["dataset"]).parent
        folder.mkdir(parents=True)
        (folder / "x.csv").write_text(FIXED.replace("a", folder.name))
        (folder / "dataset.yaml").write_text(
            f"name: {folder.name}\n"
            "source: {files: ['*.csv']}\n"
            "columns:\n"
            "  - {name: id, type: STRING, length: 12}\n"
            "  - {name: v, type: INT4}\n"
            "table: {partition_key: {name: id}}\n"
        )
    yield made
    made.run(".venv/bin/bulk", "local", "down")


def settle(clone: Clone, stack: str) -> None:
    settings = clone.settings()
    settings["config"]["bulk:loads"] = LOADS
    settings["config"]["bulk:exports"] = [{"table": "bad"}]
    (clone.folder / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(settings))
    assert clone.literal(f"pulumi stack init {stack}").code == 0


def records(clone: Clone, stack: str) -> dict[str, Any]:
    """What the stack's bucket says of each run."""
    s3 = clone.client("s3")
    bucket = f"dynamodb-bulk-{stack}-files-123456789012"
    found = s3.list_objects_v2(Bucket=bucket, Prefix="runs/").get("Contents", [])
    return {
        Path(entry["Key"]).stem: json.loads(s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read())
        for entry in found
    }


@pytest.mark.parametrize("options", ["", "--continue-on-error", "--parallel 2"])
def test_up_runs_and_judges_the_other_loads_when_one_fails(own: Clone, options: str) -> None:
    stack = "failing" + options.strip("-").replace("-", "").replace(" ", "")[:8]
    data = own.folder / "failing" / "bad" / "x.csv"
    data.write_text("a,1\nb,many\n")
    settle(own, stack)
    up = own.literal(f"pulumi up --stack {stack} --yes --skip-preview {options}")
    assert up.code != 0
    said = up.output.partition("Diagnostics:")[2]
    assert said.count("load bad: 1 of 2 rows do not become items") == 1
    assert "Traceback" not in up.output
    assert said.count("error: ") <= 2, "the load's, and `update failed`"

    judged = records(own, stack)
    assert {"first", "last", "verify-first"} <= judged.keys()
    assert judged["first"]["outcome"]["good"]
    assert judged["last"]["outcome"]["good"]
    assert judged["verify-first"]["good"]
    assert not {"bad", "after", "verify-bad"} & judged.keys(), "they come after the load that failed"
    assert len(own.items(f"dynamodb-bulk-{stack}-last")) == 2
    assert own.items(f"dynamodb-bulk-{stack}-bad") == []
    assert own.client("dynamodb").list_exports()["ExportSummaries"] == []


def test_up_runs_the_failed_load_and_what_comes_after_it_when_it_is_fixed(own: Clone) -> None:
    stack = "failing"
    data = own.folder / "failing" / "bad" / "x.csv"
    data.write_text(FIXED)
    up = own.literal(f"pulumi up --stack {stack} --yes --skip-preview")
    assert up.code == 0, up.output
    keys = {item["id"]["S"] for item in own.items(f"dynamodb-bulk-{stack}-bad")}
    assert keys == {"a", "b", "after"}
    assert records(own, stack)["verify-bad"]["good"]
    assert len(own.client("dynamodb").list_exports()["ExportSummaries"]) == 1
