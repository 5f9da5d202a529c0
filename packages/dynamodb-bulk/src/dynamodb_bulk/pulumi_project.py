"""A Pulumi project on this machine: its files of settings, and the engine that knows its stacks."""

from pathlib import Path
from typing import Any, cast

from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path, read_yaml_file

NO_ENGINE = InputError(
    "pulumi", "not on PATH", 'install it, or for local AWS run `eval "$(.venv/bin/bulk local env)"`'
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
