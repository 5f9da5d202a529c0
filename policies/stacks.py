"""The stacks on AWS, with the environment whose configuration judges each: `python -m policies.stacks`."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import yaml

from policies.configuration import ENVIRONMENTS


class SettingsError(Exception):
    """The settings of a stack that cannot be read: file and reason, in one line."""


def stacks_on_aws(project: Path) -> Iterator[dict[str, str]]:
    """Yield stacks and environments by the settings files, without local stacks; raises SettingsError."""
    for file in sorted(project.glob("Pulumi.*.yaml")):
        settings = _settings(file)
        if str(settings.get("bulk:local", False)).lower() == "true":
            continue
        environment = settings.get("bulk:environment", ENVIRONMENTS[0])
        if environment not in ENVIRONMENTS:
            known = ", ".join(ENVIRONMENTS)
            raise SettingsError(f"{file}: bulk:environment: {environment!r} is not one of {known}")
        yield {"stack": file.name.removeprefix("Pulumi.").removesuffix(".yaml"), "environment": environment}


def _settings(file: Path) -> dict[str, Any]:
    try:
        found: Any = yaml.safe_load(file.read_text(encoding="utf-8-sig")) or {}
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise SettingsError(f"{file}: {' '.join(str(error).split())}") from None
    config: Any = cast("dict[str, Any]", found).get("config") or {} if isinstance(found, dict) else None
    if not isinstance(config, dict):
        raise SettingsError(f"{file}: config is not keys and values")
    return cast("dict[str, Any]", config)


def main() -> None:
    """Print the stacks of the project in this folder; exit code 2 when their settings cannot be read."""
    try:
        sys.stdout.write(json.dumps(list(stacks_on_aws(Path()))) + "\n")
    except SettingsError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
