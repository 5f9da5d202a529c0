"""Work in the graph: steps, what they do in threads of their own, and what is done on destroy."""

import asyncio
import contextvars
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.failures import COURSES, Course
from components.protection import ProtectionProvider
from components.removal import RemovalProvider
from components.reporting import paced
from components.step import run_in_thread
from tests.recording import STEP, Engine, run_main, stack_config

EXPORT = "aws:dynamodb/tableExport:TableExport"


@pytest.fixture(autouse=True, scope="module")
def _account(server_of_module: str) -> None:
    """The server's, in place of the one that the other components look into."""


def _declared(config: dict[str, Any]) -> tuple[dict[str, Course], Engine]:
    before = len(COURSES.steps)
    engine = run_main(config)
    return {step.name: step for step in COURSES.steps[before:]}, engine


def _before(engine: Engine) -> dict[str, set[str]]:
    """The steps, and exports with their checks, that each one depends on through all resources between."""
    direct = {each.urn: each.depends_on for each in engine.declared}
    names = {each.urn: each.name for each in engine.of_type(STEP)}
    names |= {each.urn: f"{each.name}-check" for each in engine.of_type(EXPORT)}

    def reached(urn: str, seen: set[str]) -> set[str]:
        for one in direct[urn] - seen:
            seen.add(one)
            reached(one, seen)
        return seen

    return {
        names[urn]: {names[one] for one in reached(urn, set()) if one in names and one != urn}
        for urn in names
    }


def test_steps_come_after_all_steps_that_they_depend_on() -> None:
    config = stack_config("local")
    config["bulk:loads"] = [load | {"verify": True} for load in config["bulk:loads"]]
    steps, engine = _declared(config)
    expected = _before(engine)
    assert {name: {one.name for one in step.after} for name, step in steps.items()} == expected
    assert "customer-events-import" in expected["price-updates-put"]
    assert "customer-events-check" in expected["customer-events-export"]
    assert "orders-load" in expected["orders-verify"]


ROOT = Path(__file__).parent.parent.parent
OLD: dict[str, Any] = {"kind": "record", "arguments": {"load": "orders"}, "also": {"keep_tables": True}}


def test_removal_when_its_arguments_change_does_the_old_work_first() -> None:
    found = RemovalProvider().diff("record", OLD, OLD | {"arguments": {"load": "sensors"}})
    assert (found.changes, found.replaces, found.delete_before_replace) == (True, ["arguments"], True)


def test_removal_when_the_environment_changes_keeps_the_record() -> None:
    found = RemovalProvider().diff("record", OLD, OLD | {"also": {"keep_tables": False}})
    assert (found.changes, found.replaces) == (True, [])


def test_protection_when_it_is_on_refuses_with_what_to_do_and_when_off_lets_go() -> None:
    with pytest.raises(pulumi.RunError, match="set bulk:window to closed and bulk:environment to staging"):
        ProtectionProvider().delete("protection", {"on": True})
    ProtectionProvider().delete("protection", {"on": False})
    assert not ProtectionProvider().diff("protection", {"on": True}, {"on": False}).replaces


def test_process_of_dynamic_providers_imports_no_sdk_of_aws() -> None:
    modules = {"boto3", "botocore", "polars", "pulumi_aws", "pydantic"}
    program = f"import sys, components.protection, components.removal; print({modules} & {{*sys.modules}})"
    assert subprocess.check_output([sys.executable, "-c", program], cwd=ROOT, text=True) == "set()\n"


def test_work_runs_when_every_thread_of_the_default_pool_waits_for_it() -> None:
    worked = threading.Event()

    async def run() -> bool:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        registering = loop.run_in_executor(None, worked.wait, 600)
        await run_in_thread(worked.set)
        return await registering

    assert asyncio.run(run())


def test_works_run_side_by_side() -> None:
    meeting = threading.Barrier(50, timeout=600)

    async def run() -> None:
        await asyncio.gather(*(run_in_thread(meeting.wait) for _ in range(50)))

    asyncio.run(run())


def test_work_gives_back_its_result_its_exception_and_sees_the_context() -> None:
    settings = contextvars.ContextVar("settings", default="none")

    def fail() -> None:
        raise LookupError("gone")

    async def run() -> str:
        settings.set("of the program")
        with pytest.raises(LookupError, match="gone"):
            await run_in_thread(fail)
        return await run_in_thread(settings.get)

    assert asyncio.run(run()) == "of the program"


def shown(*reports: tuple[float, str]) -> list[str]:
    """What is shown of the reports at these seconds."""
    seconds: Iterator[float] = iter([0.0, *(second for second, _ in reports)])
    lines: list[str] = []
    report = paced(lines.append, lambda: next(seconds))
    for _, text in reports:
        report(text)
    return lines


def test_progress_is_shown_at_once_when_a_phase_begins() -> None:
    reports = [(0.1, "counting the rows"), (0.2, "counting the rows: 26"), (0.3, "importing 26 rows")]
    assert shown(*reports) == ["counting the rows", "importing 26 rows"]


def test_progress_is_shown_ever_more_rarely_when_only_its_numbers_change() -> None:
    hours = [(float(second), f"loading {second:,} rows") for second in range(1, 4 * 3600)]
    lines = shown(*hours)
    assert lines[:3] == ["loading 1 rows", "loading 2 rows", "loading 3 rows"]
    assert len(lines) == 312


def test_progress_is_shown_once_when_nothing_changes() -> None:
    assert shown((1, "task starting"), (100, "task starting")) == ["task starting"]
