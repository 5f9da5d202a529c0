"""Imperative work in the graph: run once, and again after a failure or when what it depends on changed."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.reporting import reported
from dataset.text import visible_lines
from operations.load import Doubtful, Report


@dataclass(frozen=True, kw_only=True)
class StepArgs:
    """`work` gets the resolved `arguments` and the digest of what the step depends on; says how it went.

    `spoiled` counts, for that digest, the runs that undid the step's work: it is done again when there are
    more of them.
    """

    work: Callable[[Mapping[str, Any], str, Report], str]
    arguments: Mapping[str, pulumi.Input[Any]]
    depends: Mapping[str, pulumi.Input[Any]]
    spoiled: Callable[[str], int] = lambda _: 0


class Step(pulumi.ComponentResource):
    """A step of a deployment, kept in the state as a `pulumi.Stash` of its digest.

    The work is a before-hook: when it fails, the Stash is not written, so the next `up` runs it again.
    (A failed after-hook would leave the Stash written, and the next `up` would find nothing to do.)
    The hook is async so that steps run side by side.
    https://www.pulumi.com/docs/iac/concepts/resources/options/hooks/
    """

    def __init__(self, name: str, args: StepArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("bulk:steps:Step", name, None, opts)

        async def run(hook: pulumi.ResourceHookArgs) -> None:
            stashed = (hook.new_inputs or {})["input"]
            loop = asyncio.get_running_loop()

            def report(text: str) -> None:
                loop.call_soon_threadsafe(self._show, text)

            went = await asyncio.to_thread(args.work, stashed["arguments"], stashed["digest"], report)
            tell = pulumi.log.warn if isinstance(went, Doubtful) else pulumi.log.info
            tell(visible_lines(went), resource=self)

        hook = pulumi.ResourceHook(f"{name}-run", run)
        digest = _digest(args.depends)
        self.spoiled = digest.apply(reported(args.spoiled))
        self.stash = pulumi.Stash(
            name,
            input={
                "digest": digest,
                "spoiled": self.spoiled,
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


def _digest(depends: Mapping[str, pulumi.Input[Any]]) -> pulumi.Output[str]:
    def digest(values: dict[str, Any]) -> str:
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()

    return pulumi.Output.all(**depends).apply(digest)
