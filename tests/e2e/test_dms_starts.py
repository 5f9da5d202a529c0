"""A reload by DMS whose start is lost, through the real engine."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws.testing.fault_proxy import FaultProxy, fault_proxy
from tests.e2e.clone import Clone, Run
from tests.e2e.conftest import TABLE, UP

pytestmark = pytest.mark.engine

START = "StartReplicationTask"


@pytest.fixture
def proxy(clone: Clone, people: Path) -> Iterator[FaultProxy]:
    """Between `pulumi` and AWS, with people loaded and their ages then changed."""
    first = clone.literal(UP)
    assert first.code == 0, first.output
    (people / "a.csv").write_text("p1|77\np2|77\n")
    with fault_proxy(clone.endpoint) as made:
        yield made


def through(proxy: FaultProxy) -> str:
    return f"env AWS_ENDPOINT_URL={proxy.url} {UP}"


def ages(clone: Clone) -> dict[str, str]:
    return {item["id"]["S"]: item["age"]["N"] for item in clone.items(TABLE) if "age" in item}


def status(clone: Clone) -> Run:
    return clone.literal("bulk status --stack people --json")


def test_up_loads_new_data_when_the_up_before_was_killed_before_dms_started(
    clone: Clone, people: Path, proxy: FaultProxy
) -> None:
    proxy.spoil(START, "hang", times=100)
    killed = clone.begin(through(proxy))
    assert proxy.hit.wait(timeout=180)
    os.killpg(killed.pid, signal.SIGKILL)
    clone.ended(killed)
    assert ages(clone) == {"p1": "31", "p3": "7"}
    assert '"verdict": "not started"' in status(clone).output

    assert clone.run(".venv/bin/bulk", "local", "up").code == 0
    up = clone.literal(UP)
    assert up.code == 0, up.output
    assert ages(clone) == {"p1": "77", "p2": "77", "p3": "7"}
    assert '"verdict": "good"' in status(clone).output


def test_up_is_good_when_the_answer_of_the_start_is_lost(
    clone: Clone, people: Path, proxy: FaultProxy
) -> None:
    proxy.spoil(START, "cut")
    up = clone.literal(through(proxy))
    assert up.code == 0, up.output
    assert proxy.hit.is_set()
    assert ages(clone) == {"p1": "77", "p2": "77", "p3": "7"}
