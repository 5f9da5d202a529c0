"""The loads and exports of a stack, as components describe them in the state, even while `pulumi up` runs."""

import json
import subprocess
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.export.record import StackExport
from dynamodb_bulk.export.schedule import StackSchedule
from dynamodb_bulk.loads.load import DescribedLoad
from dynamodb_bulk.loads.registry import load_of
from dynamodb_bulk.loads.scheduled_runs import StackRuns
from dynamodb_bulk.spec.errors import InputError

NO_ENGINE = InputError(
    "pulumi", "not on PATH", 'install it, or for local AWS run `eval "$(.venv/bin/bulk local env)"`'
)


@dataclass(frozen=True, kw_only=True)
class StackLoads:
    """The region, the loads, the exports and their schedules of a deployed stack."""

    aws: Aws
    loads: tuple[DescribedLoad, ...]
    exports: tuple[StackExport, ...] = ()
    schedules: tuple[StackSchedule, ...] = ()
    runs: tuple[StackRuns, ...] = ()

    def named(self, name: str) -> DescribedLoad:
        """The load of that name; raises InputError with the names there are."""
        for load in self.loads:
            if load.name == name:
                return load
        names = ", ".join(load.name for load in self.loads) or "none"
        raise InputError(f"load {name}", "the stack does not have it", f"it has {names}")


def read_stack_loads(stack: str | None) -> StackLoads:
    """Ask the engine for the state; raise InputError when there is no engine, stack or load in it.

    A component's outputs are in the state as soon as they are known; the stack's, only when `up` has ended.
    """
    shown = f"stack {stack or '(selected)'}"
    command = ["pulumi", "stack", "export", *(["--stack", stack] if stack else [])]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    except FileNotFoundError:
        raise NO_ENGINE from None
    if answer.returncode:
        message = answer.stderr.strip().removeprefix("error: ") or "no state"
        raise InputError(shown, message.splitlines()[0])
    return _loads(json.loads(answer.stdout)["deployment"].get("resources") or [], shown)


def _loads(resources: list[dict[str, Any]], stack: str) -> StackLoads:
    outputs = [resource.get("outputs", {}) for resource in resources]
    described = [one for one in outputs if "aws" in one and one.keys() & {"load", "export", "schedule"}]
    if not described:
        raise InputError(stack, "it has no loads", "run `pulumi up` first")
    try:
        loads = [load_of(one["load"]) for one in described if "load" in one]
        exports = [StackExport.model_validate(one["export"]) for one in described if "export" in one]
        schedules = [StackSchedule.model_validate(one["schedule"]) for one in described if "schedule" in one]
        runs = [StackRuns.model_validate(one["runs"]) for one in outputs if "runs" in one]
    except (KeyError, ValidationError):
        raise InputError(
            stack, "its state was written by a different version", "run `pulumi up` first"
        ) from None
    return StackLoads(
        aws=Aws.of(described[0]["aws"]),
        loads=tuple(sorted(loads, key=lambda load: load.name)),
        exports=tuple(sorted(exports, key=lambda export: export.name)),
        schedules=tuple(sorted(schedules, key=lambda schedule: schedule.name)),
        runs=tuple(runs),
    )
