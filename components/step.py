"""Imperative work in the graph: run once, and again after a failure or when what it depends on changed."""

import asyncio
import contextvars
import hashlib
import json
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import pulumi
from pulumi.resource import DependencyResource
from pulumi.runtime.resource import register_resource_outputs

from components.failures import COURSES, Course
from components.recorded_state import recorded_outputs_in_hook
from components.reporting import progress_of, reported
from dynamodb_bulk.aws.polling import Report, persist
from dynamodb_bulk.loads.load import Doubtful
from dynamodb_bulk.spec.text import visible_lines

Result = TypeVar("Result")
STEP = "bulk:steps:Step"
EARLIER_STEP = "pulumi:index:Stash"


@dataclass(frozen=True, kw_only=True)
class StepArgs:
    """`work` gets the resolved `arguments` and the digest of what the step depends on; says how it went.

    It is safe to repeat at any point. `subject` is what it is about, such as `load orders`, for messages.
    `failed_runs` counts, for that digest, the runs that undid the step's work: it is done again when there
    are more of them. `after`: work in other hooks that the step depends on. `noted` is recorded with the step
    once it is done, for later runs to read. The work is done `within` a context, which is given what shows a
    warning.
    """

    work: Callable[[Mapping[str, Any], str, Report], str]
    subject: str
    arguments: Mapping[str, pulumi.Input[Any]]
    depends: Mapping[str, pulumi.Input[Any]]
    failed_runs: Callable[[str], int] = lambda _: 0
    after: Sequence[Course] = ()
    noted: Mapping[str, Any] = field(default_factory=dict[str, Any])
    within: Callable[[Report], AbstractContextManager[None]] = lambda _: nullcontext()


class Step(pulumi.Resource):
    """A step of a deployment: a resource without a provider, whose inputs are what it was done for.

    The work is a before-hook: when it fails, the inputs are not recorded, so the next `up` runs it again.
    (After a failed after-hook they would be, and the next `up` would find nothing to do.) The hook is async
    so that steps run side by side. A step depends directly on every step that it comes after:
    `components.failures` has to know them.

    Not a `ComponentResource`, since what depends on one depends on its children alone.
    https://www.pulumi.com/docs/iac/concepts/resources/options/hooks/
    """

    def __init__(self, name: str, args: StepArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        after = cast("Sequence[pulumi.Resource]", (opts and opts.depends_on) or ())
        self.course = COURSES.add(
            Course(name, [*steps_among(after), *args.after], registered=lambda: self.urn.future())
        )
        self.digest = digest = _digest(args.depends)
        self.failed_runs = digest.apply(reported(args.failed_runs))
        inputs = {
            "digest": digest,
            "spoiled": self.failed_runs,  # stacks that exist know it by this name
            "arguments": dict(args.arguments),
        }
        hook = pulumi.ResourceHook(f"{name}-run", self._hook(args))
        hooks = pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook])
        super().__init__(
            STEP,
            name,
            False,
            inputs,
            pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(hooks=hooks)),
        )
        register_resource_outputs(self, {**inputs, **args.noted})

    def _hook(self, args: StepArgs) -> Callable[[pulumi.ResourceHookArgs], Awaitable[None]]:
        async def run(hook: pulumi.ResourceHookArgs) -> None:
            inputs, show = hook.new_inputs or {}, progress_of(hook.urn)
            if hook.old_outputs is not None and not hook.old_inputs and await _stashed(hook.name) == inputs:
                return
            loop = asyncio.get_running_loop()

            def report(text: str) -> None:
                loop.call_soon_threadsafe(show, text)

            def warn(text: str) -> None:
                loop.call_soon_threadsafe(_show, Doubtful(text), hook.urn)

            def work() -> str:
                return args.work(inputs["arguments"], inputs["digest"], report)

            def persistent() -> str:
                with args.within(warn):
                    return persist(work, what=args.subject, report=report)

            async with self.course.run(show):
                done = await run_in_thread(reported(persistent, args.subject))
            _show(done, hook.urn)

        return run


def _show(done: str, urn: str) -> None:
    """Keep what is to be read after all is over in Pulumi's list of messages; a good step has its row."""
    tell = pulumi.log.warn if isinstance(done, Doubtful) else pulumi.log.info
    brief = tell is pulumi.log.info and "\n" not in done
    tell(visible_lines(done), resource=DependencyResource(urn), ephemeral=brief)


async def _stashed(name: str) -> Any:
    """The inputs for which an earlier version did the step: it kept them in a `pulumi.Stash`."""
    recorded = await recorded_outputs_in_hook()
    return recorded.get((EARLIER_STEP, name), {}).get("input")


def steps_among(resources: Sequence[pulumi.Resource]) -> list[Course]:
    """Return the courses of the steps in a list of resources."""
    return [each.course for each in resources if isinstance(each, Step)]


def _digest(depends: Mapping[str, pulumi.Input[Any]]) -> pulumi.Output[str]:
    return pulumi.Output.all(**depends).apply(digest_of)


def digest_of(depends: Mapping[str, Any]) -> str:
    """Return the digest of what a step depends on, as its record has it."""
    return hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()


async def run_in_thread(work: Callable[[], Result]) -> Result:
    """Run the work of a hook in a new thread, and give back what it returns or raises.

    The SDK blocks a thread of the event loop's default executor for every resource that is being registered.
    A hook that needs a thread of that pool can wait forever: for a resource that waits for the hook.

    The engine's `--parallel` bounds how many hooks run at once. The thread is a daemon: a program that is
    interrupted ends at once, and what it was doing is resumed by the next `pulumi up`.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Result] = loop.create_future()
    context = contextvars.copy_context()  # the SDK keeps its settings there

    def settle(set_outcome: Callable[[], None]) -> None:
        if not done.done():  # else the engine has given up the hook
            set_outcome()

    def run() -> None:
        try:
            result = context.run(work)
        except BaseException as error:  # noqa: BLE001 - raised again where the work is awaited
            failure = error
            outcome = lambda: done.set_exception(failure)  # noqa: E731
        else:
            outcome = lambda: done.set_result(result)  # noqa: E731
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, outcome, context=context.copy())

    threading.Thread(target=run, name="hook", daemon=True).start()
    return await done
