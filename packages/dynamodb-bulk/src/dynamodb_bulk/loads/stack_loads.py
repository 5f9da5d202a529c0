"""The loads and exports of a stack, as components describe them in the state, even while `pulumi up` runs."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.export.record import StackExport
from dynamodb_bulk.export.schedule import StackSchedule
from dynamodb_bulk.glue.place import GlueJob
from dynamodb_bulk.loads.load import DescribedLoad
from dynamodb_bulk.loads.registry import load_of, loader_of
from dynamodb_bulk.loads.scheduled_runs import StackRuns
from dynamodb_bulk.spec.errors import InputError

if TYPE_CHECKING:
    from dynamodb_bulk.loads.declared_run import DeclaredRun

NO_ENGINE = InputError(
    "pulumi", "not on PATH", 'install it, or for local AWS run `eval "$(.venv/bin/bulk local env)"`'
)

_OTHER_VERSION = ("its state was written by a different version", "run `pulumi up` first")
_DESCRIBED = frozenset(("load", "export", "schedule", "job"))


@dataclass(frozen=True, kw_only=True)
class StackResource:
    """A resource of the state; `depends_on` and `parent` are URNs, `load` names the one it describes."""

    urn: str
    type: str
    parent: str = ""
    depends_on: tuple[str, ...] = ()
    load: str = ""

    @property
    def name(self) -> str:
        """The logical name."""
        return self.urn.rpartition("::")[2]


@dataclass(frozen=True, kw_only=True)
class StackLoads:
    """A deployed stack: its Region, its loads and their runs, its exports, their schedules, its Glue job.

    `runs` are as the state has them: see `run_of`. `engine` is the version of Pulumi that wrote the state.
    """

    aws: Aws
    loads: tuple[DescribedLoad, ...]
    exports: tuple[StackExport, ...] = ()
    schedules: tuple[StackSchedule, ...] = ()
    scheduled: tuple[StackRuns, ...] = ()
    job: GlueJob | None = None
    runs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    resources: tuple[StackResource, ...] = ()
    engine: str = ""

    def run_of(self, load: DescribedLoad) -> "DeclaredRun":
        """The run that the stack declares for the load; raises InputError where its state has none."""
        from dynamodb_bulk.loads.declared_run import DeclaredRun  # reads files; who only looks need not

        loader = loader_of(load)  # says so if its window is closed
        if load.name in self.runs:
            others = [self.named(name) for name in loader.loaded_with(load) if name in self.runs]
            try:
                run, *runs = (DeclaredRun.model_validate(self.runs[one.name]) for one in (load, *others))
            except ValidationError:
                raise InputError(f"load {load.name}", *_OTHER_VERSION) from None
            return run.model_copy(update={"beside": tuple(zip(others, runs, strict=True))})
        what = "the stack's state does not say how it is run: another version of the program wrote it"
        raise InputError(f"load {load.name}", what, "run `pulumi up`")

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
    return _loads(json.loads(answer.stdout)["deployment"], shown)


def _loads(deployment: dict[str, Any], stack: str) -> StackLoads:
    resources: list[dict[str, Any]] = deployment.get("resources") or []
    outputs = [resource.get("outputs", {}) for resource in resources]
    described = [one for one in outputs if "aws" in one and one.keys() & _DESCRIBED]
    if not described:
        raise InputError(stack, "it has no loads", "run `pulumi up` first")
    try:
        loads = [load_of(one["load"]) for one in described if "load" in one]
        exports = [StackExport.model_validate(one["export"]) for one in described if "export" in one]
        runs = {one["load"]["name"]: one["run"] for one in described if "run" in one}
        schedules = [StackSchedule.model_validate(one["schedule"]) for one in described if "schedule" in one]
        scheduled = [StackRuns.model_validate(one["runs"]) for one in outputs if "runs" in one]
        job = next((GlueJob(**one["job"]) for one in described if "job" in one), None)
    except (KeyError, TypeError, ValidationError):
        raise InputError(stack, *_OTHER_VERSION) from None
    manifest: dict[str, Any] = deployment.get("manifest") or {}
    return StackLoads(
        aws=Aws.of(described[0]["aws"]),
        loads=tuple(sorted(loads, key=lambda load: load.name)),
        exports=tuple(sorted(exports, key=lambda export: export.name)),
        runs=runs,
        schedules=tuple(sorted(schedules, key=lambda schedule: schedule.name)),
        scheduled=tuple(scheduled),
        job=job,
        resources=tuple(map(_resource, resources)),
        engine=str(manifest.get("version", "")),
    )


def _resource(found: dict[str, Any]) -> StackResource:
    outputs: dict[str, Any] = found.get("outputs") or {}
    described = outputs.get("load")
    return StackResource(
        urn=found.get("urn", ""),
        type=found.get("type", ""),
        parent=found.get("parent", ""),
        depends_on=tuple(found.get("dependencies") or ()),
        load=str(cast("dict[str, Any]", described).get("name", "")) if isinstance(described, dict) else "",
    )
