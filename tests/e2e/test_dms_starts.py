"""A reload by DMS whose start is lost, through the real engine."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws.testing.fault_proxy import FaultProxy, fault_proxy
from tests.e2e.clone import PATIENCE, Run
from tests.e2e.stack import Stack

START = "StartReplicationTask"


@pytest.fixture
def proxy(stack: Stack, people: Path) -> Iterator[FaultProxy]:
    """Between `pulumi` and AWS, with people loaded and their ages then changed."""
    first = stack.up()
    assert first.code == 0, first.output
    (people / "a.csv").write_text("p1|77\np2|77\n")
    with fault_proxy(stack.clone.endpoint) as made:
        yield made


def ages(stack: Stack) -> dict[str, str]:
    return {item["id"]["S"]: item["age"]["N"] for item in stack.items("people") if "age" in item}


def status(stack: Stack) -> Run:
    return stack.run("bulk status --json")


def test_up_loads_new_data_when_the_up_before_was_killed_before_dms_started(
    stack: Stack, people: Path, proxy: FaultProxy
) -> None:
    asked = threading.Event()
    proxy.before(START, asked.set)
    proxy.fail(START, "hang")
    killed = stack.begin(through=proxy.url)
    assert asked.wait(PATIENCE)
    stack.clone.kill(killed)
    assert ages(stack) == {"p1": "31", "p3": "7"}
    assert '"verdict": "not started"' in status(stack).output

    up = stack.up()
    assert up.code == 0, up.output
    assert ages(stack) == {"p1": "77", "p2": "77", "p3": "7"}
    assert '"verdict": "good"' in status(stack).output


def test_up_is_good_when_the_answer_of_the_start_is_lost(
    stack: Stack, people: Path, proxy: FaultProxy
) -> None:
    proxy.fail(START, "lost", times=1)
    up = stack.up(through=proxy.url)
    assert up.code == 0, up.output
    assert proxy.calls.count(START) > 0
    assert ages(stack) == {"p1": "77", "p2": "77", "p3": "7"}
