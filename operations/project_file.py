"""Reads Pulumi's own files of a project: `Pulumi.yaml`, and the settings of its stacks."""

from pathlib import Path
from typing import Any, cast

import yaml

from dataset.errors import InputError


def read_project_file(file: Path) -> dict[str, Any]:
    """Its keys and values; raises InputError, with the line, when it has none."""
    try:
        found: Any = yaml.safe_load(file.read_text()) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{file}, line {mark.line + 1}" if mark else str(file)
        raise InputError(where, f"not YAML: {getattr(error, 'problem', error)}") from None
    if not isinstance(found, dict):
        raise InputError(str(file), "it does not hold keys and values")
    return cast("dict[str, Any]", found)
