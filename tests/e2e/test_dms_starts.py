"""A reload by DMS whose start is lost, through the real engine."""

import threading
from collections.abc import Iterator

import pytest

from local_aws.testing.fault_proxy import FaultProxy, fault_proxy
from tests.e2e.clone import PATIENCE, Clone, Run
from tests.e2e.conftest import empty, new_stack, write_dataset
from tests.e2e.stack import DESTROY, Stack

START = "StartReplicationTask"


@pytest.fixture(scope="module")
def loaded(clone: Clone) -> Iterator[Stack]:
    """A stack that has loaded a dataset by DMS."""
    folder = clone.folder / "starts"
    write_dataset(folder, a="p1|31\np2|\n", b="p3|7\n")
    stack = new_stack(clone)
    stack.settle({"dataset": "starts/dataset.yaml", "method": "dms"})
    first = stack.up()
    assert first.code == 0, first.output
    yield stack
    empty(folder)


@pytest.fixture
def proxy(loaded: Stack) -> Iterator[FaultProxy]:
    """Between `pulumi` and AWS."""
    with fault_proxy(loaded.clone.endpoint) as made:
        yield made


def change(stack: Stack, age: int) -> None:
    """Write the same age into both rows of a file."""
    (stack.clone.folder / "starts" / "a.csv").write_text(f"p1|{age}\np2|{age}\n")


def ages(stack: Stack) -> dict[str, str]:
    return {item["id"]["S"]: item["age"]["N"] for item in stack.items("starts") if "age" in item}


def status(stack: Stack) -> Run:
    return stack.run("bulk status --json")


def test_up_loads_new_data_when_the_up_before_was_killed_before_dms_started(
    loaded: Stack, proxy: FaultProxy
) -> None:
    before = ages(loaded)
    change(loaded, 77)
    asked = threading.Event()
    proxy.before(START, asked.set)
    proxy.fail(START, "hang")
    killed = loaded.begin(through=proxy.url)
    assert asked.wait(PATIENCE)
    loaded.clone.kill(killed)
    assert ages(loaded) == before
    assert '"verdict": "not started"' in status(loaded).output

    up = loaded.up()
    assert up.code == 0, up.output
    assert ages(loaded) == {"p1": "77", "p2": "77", "p3": "7"}
    assert '"verdict": "good"' in status(loaded).output


def test_up_is_good_when_the_answer_of_the_start_is_lost(loaded: Stack, proxy: FaultProxy) -> None:
    change(loaded, 88)
    proxy.fail(START, "lost", times=1)
    up = loaded.up(through=proxy.url)
    assert up.code == 0, up.output
    assert proxy.calls.count(START) > 0
    assert ages(loaded) == {"p1": "88", "p2": "88", "p3": "7"}


def test_up_keeps_the_table_when_a_load_becomes_serverless(loaded: Stack) -> None:
    change(loaded, 99)
    load = {"dataset": "starts/dataset.yaml", "method": "dms"}
    loaded.settle(load, dms={"serverless": {"max": 4}})
    up = loaded.up()
    assert up.code == 0, up.output
    assert "aws:dynamodb:Table" not in up.output
    assert ages(loaded) == {"p1": "99", "p2": "99", "p3": "7"}
    assert '"verdict": "good"' in status(loaded).output
    assert loaded.up("--expect-no-changes").code == 0
    assert loaded.well("bulk verify starts").code == 0
    loaded.well(DESTROY)
    left = loaded.clone.client("dms").describe_replication_configs()["ReplicationConfigs"]
    assert [one for one in left if loaded.name in one["ReplicationConfigIdentifier"]] == []
