"""A failure is held back while other steps run or can begin, and never forever."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from components.failures import Course, Courses


class Told(list[str]):
    """What was reported."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.failures._LOOK_SECONDS", 0.001)


class Program:
    """Steps of a program that an engine with some slots runs."""

    def __init__(self, parallel: int = 8) -> None:
        self.courses = Courses(lambda: parallel)
        self.said = Told()

    def step(
        self, name: str, *after: Course, registered: Callable[[], Awaitable[object]] | None = None
    ) -> Course:
        return self.courses.add(Course(name, after, registered or asyncio.Event().wait))

    def fails(self, step: Course) -> asyncio.Task[None]:
        return asyncio.ensure_future(self.courses.until_others_are_over(step, self.said.append))


async def out(held: asyncio.Task[None]) -> None:
    await asyncio.wait_for(held, 600)


async def looks() -> None:
    await asyncio.sleep(0.02)


def test_failure_is_out_at_once_when_only_steps_after_it_are_left() -> None:
    async def run() -> None:
        program = Program()
        convert = program.step("a-convert")
        put = program.step("a-put", convert)
        program.step("a-verify", put)
        await out(program.fails(convert))
        assert program.said == []

    asyncio.run(run())


def test_failure_is_held_back_until_other_steps_are_over() -> None:
    async def run() -> None:
        program = Program()
        bad, convert = program.step("bad"), program.step("a-convert")
        put = program.step("a-put", convert)
        convert.phase = "running"
        held = program.fails(bad)
        await looks()
        convert.phase = "over"
        await looks()
        assert not held.done(), "the next step of the other load can still begin"
        put.phase = "running"
        await looks()
        assert not held.done()
        put.phase = "over"
        await out(held)
        assert program.said[0] == "failed; waiting for a-convert, a-put"
        assert program.said[-1] == "failed; waiting for a-put"

    asyncio.run(run())


def test_failures_are_all_out_when_no_slot_is_left() -> None:
    async def run() -> None:
        program = Program(parallel=2)
        one, two = program.step("one"), program.step("two")
        program.step("three")
        first = program.fails(one)
        await looks()
        assert not first.done()
        await asyncio.gather(out(first), out(program.fails(two)))

    asyncio.run(run())


def test_failure_is_out_at_once_when_the_engine_runs_one_at_a_time() -> None:
    async def run() -> None:
        program = Program(parallel=1)
        bad, _ = program.step("bad"), program.step("other")
        await out(program.fails(bad))

    asyncio.run(run())


def test_later_failure_is_out_at_once_when_one_was_before() -> None:
    async def run() -> None:
        program = Program(parallel=1)
        bad, other, _ = program.step("bad"), program.step("other"), program.step("third")
        await out(program.fails(bad))
        await out(program.fails(other))

    asyncio.run(run())


@pytest.mark.parametrize("left_out", [False, True])
def test_failure_is_not_held_back_for_a_step_that_the_engine_is_through_with(*, left_out: bool) -> None:
    async def registered() -> None:
        if left_out:
            raise LookupError("a resource that it depends on failed to register")

    async def run() -> None:
        program = Program()
        bad, _ = program.step("bad"), program.step("unchanged", registered=registered)
        await out(program.fails(bad))

    asyncio.run(run())


def test_failure_is_out_when_no_step_has_run_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.failures.IDLE_SECONDS", 0)

    async def run() -> None:
        program = Program()
        bad, runs = program.step("bad"), program.step("runs")
        program.step("waits for a table that failed")
        runs.phase = "running"
        held = program.fails(bad)
        await looks()
        assert not held.done(), "one that runs is waited for as long as it runs"
        runs.phase = "over"
        await out(held)

    asyncio.run(run())
