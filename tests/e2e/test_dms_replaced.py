"""A load by DMS whose table or instance is lost or replaced, through the real engine."""

from collections.abc import Iterator

import pytest

from tests.e2e.clone import Clone, Run
from tests.e2e.conftest import empty, new_stack, write_dataset
from tests.e2e.stack import DESTROY, UP, Stack

LOAD = {"dataset": "starts/dataset.yaml", "method": "dms"}


@pytest.fixture(scope="module")
def loaded(clone: Clone) -> Iterator[Stack]:
    """A stack that has loaded a dataset by DMS."""
    folder = clone.folder / "starts"
    write_dataset(folder, a="p1|31\np2|\n", b="p3|7\n")
    stack = new_stack(clone)
    stack.settle(LOAD)
    first = stack.up()
    assert first.code == 0, first.output
    yield stack
    for each in (folder, folder.parent / "beside"):
        empty(each)


def change(stack: Stack, age: int) -> None:
    """Write the same age into both rows of a file."""
    (stack.clone.folder / "starts" / "a.csv").write_text(f"p1|{age}\np2|{age}\n")


def ages(stack: Stack) -> dict[str, str]:
    return {item["id"]["S"]: item["age"]["N"] for item in stack.items("starts") if "age" in item}


def status(stack: Stack) -> Run:
    return stack.run("bulk status --json")


def test_up_loads_again_when_the_table_is_made_anew(loaded: Stack) -> None:
    before = ages(loaded)
    loaded.clone.client("dynamodb").delete_table(TableName=loaded.table("starts"))
    up = loaded.up("--refresh")
    assert up.code == 0, up.output
    assert ages(loaded) == before


def instances(stack: Stack) -> set[str]:
    found = stack.clone.client("dms").describe_replication_instances()["ReplicationInstances"]
    return {
        one["ReplicationInstanceArn"] for one in found if stack.name in one["ReplicationInstanceIdentifier"]
    }


def identity(stack: Stack) -> str:
    """What DynamoDB calls the table, which no other of its name shares."""
    return stack.clone.client("dynamodb").describe_table(TableName=stack.table("starts"))["Table"]["TableId"]


def test_up_keeps_the_table_when_the_instance_is_replaced(loaded: Stack) -> None:
    before, table = instances(loaded), identity(loaded)
    marked = {"id": {"S": "since"}, "age": {"N": "1"}}
    loaded.clone.client("dynamodb").put_item(TableName=loaded.table("starts"), Item=marked)
    key = loaded.clone.client("kms").create_key()["KeyMetadata"]["Arn"]
    loaded.settle(LOAD, dms={"kms_key": key})
    loaded.well(UP)
    assert len(after := instances(loaded)) == 1
    assert not after & before
    assert identity(loaded) == table
    assert ages(loaded)["since"] == "1"
    assert '"verdict": "good"' in status(loaded).output
    loaded.clone.client("dynamodb").delete_item(TableName=loaded.table("starts"), Key={"id": {"S": "since"}})


def test_up_keeps_the_table_when_loads_become_serverless_and_share_a_task(loaded: Stack) -> None:
    change(loaded, 99)
    table = identity(loaded)
    write_dataset(loaded.clone.folder / "beside", a="q1|5\n")
    loads = [LOAD | {"task": "both"}, {**LOAD, "dataset": "beside/dataset.yaml", "task": "both"}]
    loaded.settle(*loads, dms={"serverless": {"max": 4}})
    up = loaded.up()
    assert up.code == 0, up.output
    assert identity(loaded) == table
    assert ages(loaded) == {"p1": "99", "p2": "99", "p3": "7"}
    assert [item["age"]["N"] for item in loaded.items("beside")] == ["5"]
    assert status(loaded).output.count('"verdict": "good"') == 2
    both = loaded.well("bulk reload beside --whole-task").output
    assert "load beside: 1 row loaded in " in both
    assert "load starts: 3 rows loaded in " in both
    assert loaded.up("--expect-no-changes").code == 0
    assert loaded.well("bulk verify starts").code == 0
    loaded.well(DESTROY)
    left = loaded.clone.client("dms").describe_replication_configs()["ReplicationConfigs"]
    assert [one for one in left if loaded.name in one["ReplicationConfigIdentifier"]] == []
