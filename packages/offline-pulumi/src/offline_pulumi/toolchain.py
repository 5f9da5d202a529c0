"""Finds the Python of a program or policy pack by the runtime options of its project."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from google.protobuf import json_format
from pulumi.runtime.proto import language_pb2 as pb


class ToolchainError(Exception):
    """What the runtime options ask for is missing; the text is what the user reads."""


def interpreter(info: pb.ProgramInfo) -> str:
    """Return the Python that runs a program; raise `ToolchainError` when there is none.

    The uv toolchain wants `uv` on PATH, in the words of Pulumi's own host. That one also runs `uv sync`
    first; here the environment is used as it was made. A project that names no environment gets the Python
    that runs this host.
    https://github.com/pulumi/pulumi/blob/v3.276.0/sdk/python/toolchain/uv.go
    """
    _, virtualenv = _environment(info)
    if virtualenv is None:
        return sys.executable
    python = virtualenv / "bin" / "python"
    if not python.exists():
        raise ToolchainError(f"'{virtualenv}' is not a virtualenv")
    return str(python)


def install(info: pb.ProgramInfo) -> Iterator[bytes]:
    """Run `uv sync` as Pulumi's own host does where the project uses uv, and yield what it prints.

    Raises `ToolchainError` when it fails. With another toolchain nothing is installed.
    """
    uses_uv, virtualenv = _environment(info)
    if not uses_uv:
        yield b"Not a project of uv: nothing installed here.\n"
        return
    environ = os.environ | {"UV_PROJECT_ENVIRONMENT": str(virtualenv)}
    with subprocess.Popen(
        ["uv", "sync"],  # noqa: S607 - from PATH, as Pulumi's host does
        cwd=info.program_directory,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as child:
        yield from child.stdout or ()
    if child.returncode:
        raise ToolchainError(f"exit status {child.returncode}")


def _environment(info: pb.ProgramInfo) -> tuple[bool, Path | None]:
    """Return whether the project uses uv, and its virtual environment."""
    options = json_format.MessageToDict(info.options)
    toolchain, virtualenv = options.get("toolchain"), options.get("virtualenv")
    project = Path(info.program_directory)
    locked = next((each for each in (project, *project.parents) if (each / "uv.lock").exists()), None)
    if toolchain not in (None, "pip", "uv"):
        raise ToolchainError(
            f"toolchain {toolchain}: the local replacement of Pulumi's host knows pip and uv"
        )
    uses_uv = toolchain == "uv" or (toolchain is None and locked is not None)
    if uses_uv:
        if shutil.which("uv") is None:
            raise ToolchainError(
                "Could not find `uv` executable.\nInstall uv and make sure it is in your PATH."
            )
        named = os.environ.get("UV_PROJECT_ENVIRONMENT") or ".venv"
        virtualenv = virtualenv or str((locked or project) / named)
    return uses_uv, Path(info.root_directory, virtualenv) if virtualenv else None


def activated(python: str) -> dict[str, str]:
    """Return this process's environment variables, with the virtual environment of `python` active."""
    environ = dict(os.environ)
    folder = Path(python).parent
    if (folder.parent / "pyvenv.cfg").exists():
        environ.pop("PYTHONHOME", None)
        environ["VIRTUAL_ENV"] = str(folder.parent)
        environ["PATH"] = os.pathsep.join([str(folder), *filter(None, [environ.get("PATH")])])
    return environ
