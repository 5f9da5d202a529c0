"""The capacity of a table while a load into it runs, and after that, however the load ends."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bulk_testing.writes_stage import LOAD, WritesStage
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.loads.declared_run import DeclaredRun
from dynamodb_bulk.loads.raised_capacity import check_raising, put_back, raised_now, with_raised_capacity
from dynamodb_bulk.loads.registry import load_status
from dynamodb_bulk.loads.source_check import SourceCheck
from dynamodb_bulk.loads.source_digest import Contents, data_digest, source_contents
from dynamodb_bulk.loads.writes.load import WritesLoad
from dynamodb_bulk.spec.errors import InputError, LoadFailed
from dynamodb_bulk.spec.table import Key, Table
from local_aws.testing.stage import Stage

INDEX: dict[str, Any] = {
    "IndexName": "by-note",
    "KeySchema": [{"AttributeName": "note", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
KILLED = """
import os, sys
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.loads.declared_run import DeclaredRun
from dynamodb_bulk.loads.raised_capacity import with_raised_capacity
from dynamodb_bulk.loads.writes.load import WritesLoad
load = WritesLoad.model_validate_json(sys.argv[1])
with_raised_capacity(load, lambda: os._exit(9), Aws(region=sys.argv[2]), print)
"""


def provisioned(units: int) -> dict[str, Any]:
    return {"ProvisionedThroughput": {"ReadCapacityUnits": 3, "WriteCapacityUnits": units}}


@pytest.fixture
def writes(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WritesStage:
    """A load into a table of 5 write units with an index of 7, and an index of 60."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    made = WritesStage(stage, tmp_path)
    stage.table(
        made.table,
        BillingMode="PROVISIONED",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "note")],
        GlobalSecondaryIndexes=[
            {**INDEX, **provisioned(7)},
            {**INDEX, "IndexName": "large", **provisioned(60)},
        ],
        **provisioned(5),
    )
    return made


def units(writes: WritesStage) -> dict[str, tuple[int, int]]:
    """The read and write units of the table and its indexes."""
    table = writes.stage.dynamodb.describe_table(TableName=writes.table)["Table"]
    each = {
        "table": table,
        **{index["IndexName"]: index for index in table.get("GlobalSecondaryIndexes", [])},
    }
    return {
        name: (
            one["ProvisionedThroughput"]["ReadCapacityUnits"],
            one["ProvisionedThroughput"]["WriteCapacityUnits"],
        )
        for name, one in each.items()
    }


def of_load(writes: WritesStage, work: Any, write_units: int = 50) -> str:
    return with_raised_capacity(writes.load(write_units=write_units), work, writes.aws, lambda _: None)


def change(writes: WritesStage, write: int) -> None:
    writes.stage.dynamodb.update_table(TableName=writes.table, **provisioned(write))


BEFORE = {"table": (3, 5), "by-note": (3, 7), "large": (3, 60)}
RAISED = {"table": (3, 50), "by-note": (3, 50), "large": (3, 60)}


def test_capacity_is_raised_for_the_load_and_put_back_after_it(writes: WritesStage) -> None:
    load = writes.load(write_units=50)
    seen: list[Any] = []

    def work() -> str:
        seen.extend([units(writes), load_status(load, writes.aws).verdict])
        return "loaded"

    assert of_load(writes, work).startswith("loaded; write capacity put back to 5 units")
    assert seen[0] == RAISED
    assert "raised to 50 units" in seen[1]
    assert units(writes) == BEFORE
    assert "raised" not in load_status(load, writes.aws).verdict


def test_capacity_is_put_back_when_the_load_fails(writes: WritesStage) -> None:
    def work() -> str:
        assert units(writes) == RAISED
        raise LoadFailed("no good")

    with pytest.raises(LoadFailed, match="no good"):
        of_load(writes, work)
    assert units(writes) == BEFORE


def killed(writes: WritesStage) -> WritesLoad:
    """Raise the capacity in a process that is killed then."""
    load = writes.load(write_units=50)
    command = [sys.executable, "-c", KILLED, load.model_dump_json(), writes.stage.region]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, units(writes)) == (9, RAISED), done.stderr
    return load


def test_capacity_after_a_kill_is_put_back_by_what_comes_next(writes: WritesStage) -> None:
    load = killed(writes)
    record = raised_now(load, writes.aws)
    assert record
    assert record.by.startswith("arn:aws:")
    assert put_back(LOAD, load.records_bucket, writes.aws, lambda _: None)
    assert units(writes) == BEFORE
    assert put_back(LOAD, load.records_bucket, writes.aws, lambda _: None) == ""


def test_capacity_after_a_kill_is_put_back_to_what_it_was_by_the_next_run(writes: WritesStage) -> None:
    killed(writes)
    seen: list[Any] = []
    of_load(writes, lambda: seen.append(units(writes)) or "loaded", write_units=80)
    assert seen == [dict.fromkeys(RAISED, (3, 80))]
    assert units(writes) == BEFORE


def test_capacity_that_someone_else_changes_meanwhile_stays(writes: WritesStage) -> None:
    told = of_load(writes, lambda: change(writes, 70) or "loaded")
    assert "changed by someone else" in told
    assert units(writes) == {**BEFORE, "table": (3, 70)}


def test_capacity_that_aws_does_not_lower_now_fails_the_load_and_is_put_back_later(
    writes: WritesStage,
) -> None:
    for _ in range(4):
        change(writes, 6)
        change(writes, 5)
    with pytest.raises(LoadFailed, match=f"stays at 50 units: LimitExceededException.*`bulk stop {LOAD}`"):
        of_load(writes, lambda: "loaded")
    assert units(writes)["table"] == (3, 50)
    assert raised_now(writes.load(write_units=50), writes.aws)


def test_capacity_of_a_table_on_demand_is_left(writes: WritesStage) -> None:
    writes.table = writes.stage.table(writes.stage.named("on-demand"))
    assert of_load(writes, lambda: "loaded") == "loaded"
    table = Table(partition_key=Key(name="id"), existing=True, name=writes.table)
    assert "on demand" in (check_raising(table, "here", writes.aws) or "")


def test_capacity_of_a_table_that_is_deleted_meanwhile_is_no_error(writes: WritesStage) -> None:
    assert (
        of_load(writes, lambda: writes.stage.dynamodb.delete_table(TableName=writes.table) and "gone")
        == "gone"
    )


def test_capacity_that_is_scaled_automatically_is_refused(writes: WritesStage) -> None:
    writes.stage.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="dynamodb",
        ResourceId=f"table/{writes.table}",
        ScalableDimension="dynamodb:table:WriteCapacityUnits",
        MinCapacity=5,
        MaxCapacity=50,
    )
    table = Table(partition_key=Key(name="id"), existing=True, name=writes.table)
    with pytest.raises(InputError, match="Application Auto Scaling"):
        check_raising(table, "here", writes.aws)
    with pytest.raises(LoadFailed, match="Application Auto Scaling"):
        of_load(writes, lambda: "loaded")
    assert units(writes) == BEFORE


def test_run_that_nobody_waits_for_is_refused_before_anything_is_raised(writes: WritesStage) -> None:
    writes.count(1)
    check = SourceCheck(Contents(dataset=open_dataset(writes.folder / "dataset.yaml")), writes.aws)
    run = DeclaredRun(digest="x", data="x")
    with pytest.raises(InputError, match="--no-wait"):
        run.bring(writes.load(write_units=50), check, writes.aws, lambda _: None, wait=False)
    assert units(writes) == BEFORE


def test_run_of_a_load_raises_the_capacity_and_puts_it_back(writes: WritesStage) -> None:
    writes.count(3)
    contents = source_contents(open_dataset(writes.folder / "dataset.yaml"), writes.aws)
    run = DeclaredRun(digest="x", data=data_digest(contents))
    said: list[str] = []
    load = writes.load(write_units=50)
    done = run.bring(load, run.check(load, writes.aws), writes.aws, said.append)
    assert done.startswith("3 items loaded")
    assert done.endswith("write capacity put back to 5 units")
    assert any("raising the write capacity" in line for line in said)
    assert units(writes) == BEFORE
