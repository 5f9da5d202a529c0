"""Imperative work in the graph: run once, and again after a failure or when what it depends on changed."""

import asyncio
import hashlib
import json
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pulumi

from components.failures import COURSES, Course
from components.reporting import reported
from components.threads import run_in_thread
from dynamodb_bulk.aws.polling import persist
from dynamodb_bulk.loads.load import Doubtful, Report
from dynamodb_bulk.one_line import in_one_line
from dynamodb_bulk.spec.errors import InputError, LoadFailed
from dynamodb_bulk.spec.text import visible_lines


@dataclass(frozen=True, kw_only=True)
class StepArgs:
    """`work` gets the resolved `arguments` and the digest of what the step depends on; says how it went.

    It is safe to repeat at any point. `subject` is what it is about, such as `load orders`, for messages.
    `failed_runs` counts, for that digest, the runs that undid the step's work: it is done again when there
    are more of them. `after`: work in other hooks that the step depends on.
    """

    work: Callable[[Mapping[str, Any], str, Report], str]
    subject: str
    arguments: Mapping[str, pulumi.Input[Any]]
    depends: Mapping[str, pulumi.Input[Any]]
    failed_runs: Callable[[str], int] = lambda _: 0
    after: Sequence[Course] = ()


class Step(pulumi.ComponentResource):
    """A step of a deployment, kept in the state as a `pulumi.Stash` of its digest.

    The work is a before-hook: when it fails, the Stash is not written, so the next `up` runs it again.
    (A failed after-hook would leave the Stash written, and the next `up` would find nothing to do.)
    The hook is async so that steps run side by side. A step depends directly on every step that it comes
    after: `components.failures` has to know them.
    https://www.pulumi.com/docs/iac/concepts/resources/options/hooks/
    """

    def __init__(self, name: str, args: StepArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("bulk:steps:Step", name, None, opts)
        after = cast("Sequence[pulumi.Resource]", (opts and opts.depends_on) or ())
        self.course = COURSES.add(
            Course(name, [*steps_among(after), *args.after], registered=lambda: self.stash.urn.future())
        )

        async def run(hook: pulumi.ResourceHookArgs) -> None:
            stashed = (hook.new_inputs or {})["input"]
            loop = asyncio.get_running_loop()

            def report(text: str) -> None:
                loop.call_soon_threadsafe(self._show, text)

            def work() -> str:
                return args.work(stashed["arguments"], stashed["digest"], report)

            async with self.course.run(self._show):
                went = await run_in_thread(
                    lambda: told(lambda: persist(work, what=args.subject, report=report), args.subject)
                )
            tell = pulumi.log.warn if isinstance(went, Doubtful) else pulumi.log.info
            tell(visible_lines(went), resource=self)

        hook = pulumi.ResourceHook(f"{name}-run", run)
        digest = _digest(args.depends)
        self.failed_runs = digest.apply(reported(args.failed_runs))
        self.stash = pulumi.Stash(
            name,
            input={
                "digest": digest,
                "spoiled": self.failed_runs,  # stacks that exist know it by this name
                "arguments": dict(args.arguments),
            },
            opts=pulumi.ResourceOptions(
                parent=self,
                hooks=pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook]),
            ),
        )
        self.register_outputs({"digest": digest})

    def _show(self, text: str) -> None:
        # The Stash has no row before it is created; its component has.
        pulumi.log.info(visible_lines(text), resource=self, ephemeral=True)


def steps_among(resources: Sequence[pulumi.Resource]) -> list[Course]:
    """Return the courses of the steps in a list of resources."""
    return [each.course for each in resources if isinstance(each, Step)]


def told(work: Callable[[], Any], subject: str) -> Any:
    """Return what the work returns; what AWS refuses is raised as one line, and a bug with its traceback.

    The SDK shows of a hook's exception no more than its text.
    """
    try:
        return work()
    except (InputError, LoadFailed):
        raise
    except Exception as error:  # noqa: BLE001 - all that a hook raises is shown without its kind
        line = in_one_line(error) or f"unexpected error\n{traceback.format_exc()}"
        raise LoadFailed(f"{subject}: {line}") from None


def _digest(depends: Mapping[str, pulumi.Input[Any]]) -> pulumi.Output[str]:
    def digest(values: dict[str, Any]) -> str:
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()

    return pulumi.Output.all(**depends).apply(digest)
