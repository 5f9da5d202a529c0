"""Decide when a failed step reports its failure to the engine.

Without `--continue-on-error`, the engine starts nothing more once a hook has failed: it only waits for the
hooks that are running. An unrelated load would stop between two of its steps. So a failed step holds its
failure back while steps that do not depend on it run or can still start. In the meantime it occupies one of
the engine's `--parallel` slots. When no slot is left, nothing else can start, and all failures are reported.

If something else fails in the meantime, such as a table, the engine ends the deployment without informing the
program, and steps that wait for it never start. A failure is therefore held back for at most 15 minutes in
which no step runs: longer than AWS usually takes for a replication instance, the slowest thing before a step.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal, cast

from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.stack import ResourceRegistrationFailed

IDLE_SECONDS = 15 * 60
_LOOK_SECONDS = 0.5


class Course:
    """The progress of a step. `after`: the steps that it depends on, directly or indirectly.

    `registered` returns, or raises, when the engine is through with the step.
    """

    def __init__(
        self, name: str, after: "Iterable[Course]", registered: Callable[[], Awaitable[object]]
    ) -> None:
        self.name = name
        self.phase: Literal["waiting", "running", "failed", "over"] = "waiting"
        direct = frozenset(after)
        self.after: frozenset[Course] = direct.union(*(step.after for step in direct))
        self._registered = registered
        self._watch: asyncio.Future[None] | None = None

    @asynccontextmanager
    async def run(self, report: Callable[[str], None]) -> AsyncGenerator[None]:
        """Run the step's work; its failure is raised when it may end the deployment."""
        self.phase = "running"
        try:
            yield
        except Exception:
            await COURSES.until_others_are_over(self, report)
            raise
        self.phase = "over"

    def watch(self) -> None:
        """Notice the end of a step that had nothing to do, or that a failed resource has cut off."""
        if self._watch is None:
            self._watch = asyncio.ensure_future(self._until_over())

    async def _until_over(self) -> None:
        with suppress(Exception):  # it was left out, since something that it depends on failed
            await self._registered()
        self.phase = "over"


class Courses:
    """All steps of a program, of which the engine runs `parallel` at once."""

    def __init__(self, parallel: Callable[[], int]) -> None:
        self.steps: list[Course] = []
        self._parallel = parallel
        self._out = False

    def add(self, course: Course) -> Course:
        """Return a step that the program declares."""
        self.steps.append(course)
        return course

    def open_steps(self) -> list[Course]:
        """Return those that run or can still begin."""
        failed = {step for step in self.steps if step.phase == "failed"}
        return [
            step for step in self.steps if step.phase in ("waiting", "running") and not step.after & failed
        ]

    async def until_others_are_over(self, failed: Course, report: Callable[[str], None]) -> None:
        """Return when the failure of the step may end the deployment."""
        failed.phase = "failed"
        for step in self.steps:
            if step is not failed:
                step.watch()
        busy = time.monotonic()
        while not self._out:
            await asyncio.sleep(_LOOK_SECONDS)
            still = self.open_steps()
            held = sum(step.phase == "failed" for step in self.steps)
            if any(step.phase == "running" for step in still):
                busy = time.monotonic()
                idle = False
            else:
                idle = time.monotonic() - busy > IDLE_SECONDS
            if not still or held >= self._parallel() or idle:
                self._out = True
            else:
                names = ", ".join(step.name for step in still[:3])
                more = f" and {len(still) - 3} more" if len(still) > 3 else ""
                report(f"failed; waiting for {names}{more}")


def _parallel() -> int:
    return max(cast("Any", SETTINGS).parallel or 1, 1)


COURSES = Courses(_parallel)


def leave_out_dependents() -> None:
    """With `--continue-on-error`, leave out what depends on a failed resource, and continue with the rest.

    That is what the SDK is for ("continue-on-error updates want other resources to keep running",
    pulumi/runtime/stack.py), but in 3.259.0, the version that is pinned, it ends the program with a traceback
    when a resource depends on a failed one. Here such a resource is not registered.
    """
    manager = cast("Any", SETTINGS).rpc_manager
    do_rpc = manager.do_rpc
    if getattr(do_rpc, "lenient", False):
        return

    def lenient(name: str, rpc_function: Callable[..., Awaitable[Any]]) -> Any:
        async def register(*args: Any, **kwargs: Any) -> Any:
            with suppress(ResourceRegistrationFailed):
                return await rpc_function(*args, **kwargs)

        return do_rpc(name, register if name.startswith("register resource") else rpc_function)

    lenient.lenient = True  # pyright: ignore[reportFunctionMemberAccess]
    manager.do_rpc = lenient
