"""The stacks of this project in the engine's backend."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path, read_yaml_file

Fate = Literal["lives", "gone", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Stacks:
    """The project's name, and its stacks with the number of their resources, None if that is not known."""

    project: str
    resources: Mapping[str, int | None]

    def fate(self, stack: str) -> Fate:
        """`gone`: destroyed, and the backend remembers it. `unknown`: no stack of this backend."""
        if stack not in self.resources:
            return "unknown"
        return "gone" if self.resources[stack] == 0 else "lives"


def read_stacks() -> Stacks | None:
    """The stacks of the project in this folder; None outside of a project, without an engine or its login."""
    folder = project_folder()
    project = read_project_file(folder / "Pulumi.yaml").get("name") if folder else None
    if project is None:
        return None
    command = ["pulumi", "stack", "ls", "--json"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    except FileNotFoundError:
        return None
    if answer.returncode:
        return None
    found = json.loads(answer.stdout)
    return Stacks(
        project=project,
        resources={each["name"].rpartition("/")[2]: each.get("resourceCount") for each in found},
    )


def read_project_file(file: Path) -> dict[str, Any]:
    """The keys and values of `Pulumi.yaml` or of a stack's settings; raise InputError, with the line."""
    found: Any = read_yaml_file(file, "a file of settings").data or {}
    if not isinstance(found, dict):
        raise InputError(display_path(file), "it does not hold keys and values")
    return cast("dict[str, Any]", found)


def project_folder() -> Path | None:
    """Return the folder of the project that this folder is in; None where it is in none."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "Pulumi.yaml").is_file()), None)
