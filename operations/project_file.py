"""Reads Pulumi's own files of a project: `Pulumi.yaml`, and the settings of its stacks."""

from pathlib import Path
from typing import Any, cast

import yaml

from dataset.errors import InputError
from dataset.reading import display_path, not_yaml, read_text


def read_project_file(file: Path) -> dict[str, Any]:
    """Its keys and values; raises InputError, with the line, when it has none."""
    text = read_text(file, "a file of settings")
    try:
        found: Any = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise not_yaml(error, display_path(file)) from None
    if not isinstance(found, dict):
        raise InputError(display_path(file), "it does not hold keys and values")
    return cast("dict[str, Any]", found)
