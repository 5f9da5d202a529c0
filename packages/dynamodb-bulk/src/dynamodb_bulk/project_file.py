"""Reads Pulumi's own files of a project: `Pulumi.yaml`, and the settings of its stacks."""

from pathlib import Path
from typing import Any, cast

from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path, read_yaml_file


def read_project_file(file: Path) -> dict[str, Any]:
    """Its keys and values; raises InputError, with the line, when it has none."""
    found: Any = read_yaml_file(file, "a file of settings").data or {}
    if not isinstance(found, dict):
        raise InputError(display_path(file), "it does not hold keys and values")
    return cast("dict[str, Any]", found)
