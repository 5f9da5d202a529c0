"""What steps work on: threads of their own, and a pace at which progress is shown."""

import asyncio
import contextvars
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from components.reporting import paced
from components.step import run_in_thread


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
