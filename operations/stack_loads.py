"""The loads of a stack, as its outputs describe them."""

import json
import subprocess
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from dataset.errors import InputError
from operations.aws import Aws
from operations.export.record import StackExport, stack_export
from operations.load import Load, load_of


@dataclass(frozen=True, kw_only=True)
class StackLoads:
    """The region, the loads and the exports of a deployed stack."""

    aws: Aws
    loads: tuple[Load, ...]
    exports: tuple[StackExport, ...] = ()

    def named(self, name: str) -> Load:
        """The load of that name; raises InputError with the names there are."""
        for load in self.loads:
            if load.name == name:
                return load
        names = ", ".join(load.name for load in self.loads) or "none"
        raise InputError(f"load {name}", "the stack has no such load", f"it has {names}")


def read_stack_loads(stack: str | None) -> StackLoads:
    """Ask the engine for the outputs; raises InputError when there is no engine, stack or deployment."""
    command = ["pulumi", "stack", "output", "--json", *(["--stack", stack] if stack else [])]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    except FileNotFoundError:
        raise InputError(
            "pulumi",
            "not on PATH",
            'install it, or for AWS on this machine run `eval "$(.venv/bin/bulk local env)"`',
        ) from None
    if answer.returncode:
        message = answer.stderr.strip().removeprefix("error: ") or "no outputs"
        raise InputError(f"stack {stack or '(selected)'}", message.splitlines()[0])
    return _loads(json.loads(answer.stdout), f"stack {stack or '(selected)'}")


def _loads(outputs: dict[str, Any], stack: str) -> StackLoads:
    if "loads" not in outputs:
        raise InputError(stack, "it has no loads", "run `pulumi up` first")
    try:
        loads = tuple(load_of(described) for described in outputs["loads"].values())
    except ValidationError:
        raise InputError(stack, "its outputs are another version's", "run `pulumi up` first") from None
    exports = tuple(stack_export(described) for described in outputs.get("exports", {}).values())
    aws = Aws(region=outputs["region"], profile=outputs.get("profile"))
    return StackLoads(aws=aws, loads=loads, exports=exports)
