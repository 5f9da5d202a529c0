"""Work of hooks needs no thread of the pool in which the SDK waits for the engine."""

import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from components.threads import run_in_thread


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
