"""Which versions of the engine and its plugins are wanted, and how to ask for one."""

import re
import subprocess
from pathlib import Path

ENGINE = "3.276.0"
"""The engine that is installed or built, as in go.mod; the SDK in pyproject.toml may be older."""
MINIMUM = (3, 238, 0)
"""Before it, a hook that fails after a resource is only a warning. Source: pulumi's CHANGELOG,
3.238.0, #22935.
"""
PROVIDER = "7.51.1"
"""The AWS provider of pulumi-aws in pyproject.toml."""


def parse(text: str) -> tuple[int, int, int] | None:
    """Return the version in a text such as `v3.259.0`, or None."""
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def written(version: tuple[int, int, int]) -> str:
    """Return a version as text: `3.259.0`."""
    return ".".join(map(str, version))


def of_engine(pulumi: Path) -> tuple[int, int, int] | None:
    """Return the version of a Pulumi executable, or None when it does not say."""
    try:
        answer = subprocess.run(  # noqa: S603
            [pulumi, "version"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return parse(answer.stdout)
