"""Fills the folder that goes on PATH: the engine itself, and a shim for every stand-in."""

import os
import shlex
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from localaws.engine.acquire import Engine
from localaws.engine.plugins import Plugin


def place(folder: Path, engine: Engine, plugins: Iterable[Plugin]) -> None:
    """Makes the folder hold exactly these, each replaced in one step.

    The engine is a hard link where it can be: it looks for plugins beside itself first, and then takes the
    language
    host there without a warning.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder / "pulumi", lambda new: _link(engine.path.resolve(), new))
    for plugin in plugins:
        shim = folder / plugin.name
        if plugin.stand_in:
            module = f"-P -m localaws.light {plugin.stand_in}" if plugin.light else f"-m {plugin.stand_in}"
            command = f"exec {shlex.quote(sys.executable)} {module}"
            _replace(shim, lambda new, text=f'#!/bin/sh\n{command} "$@"\n': _script(new, text))
        else:
            shim.unlink(missing_ok=True)


def _replace(target: Path, make: Callable[[Path], None]) -> None:
    new = target.with_name(f".{target.name}.{os.getpid()}")
    new.unlink(missing_ok=True)
    make(new)
    new.replace(target)
    new.unlink(missing_ok=True)


def _link(source: Path, new: Path) -> None:
    try:
        os.link(source, new)
    except OSError:
        new.symlink_to(source)


def _script(new: Path, text: str) -> None:
    new.write_text(text)
    new.chmod(0o755)
