"""Fills the folder that goes on PATH: the engine itself, and a shim for every local replacement."""

import os
import shlex
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from localaws.engine.acquire import Engine
from localaws.engine.plugins import LANGUAGE_HOST, Plugin


def place(folder: Path, engine: Engine, plugins: Iterable[Plugin]) -> None:
    """Makes the folder hold exactly these, each replaced in one step.

    The engine takes the plugins that Pulumi bundles from beside its executable, as symlinks resolve it, and
    warns of others. So it is a symlink, which finds those of its installation; but a hard link where the
    language host is a replacement, which then lies beside it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plugins = tuple(plugins)
    bundled = not any(plugin.name == LANGUAGE_HOST and plugin.stand_in for plugin in plugins)
    link = _symlink if bundled else _hard_link
    _replace(folder / "pulumi", lambda new: link(engine.path, new))
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


def _symlink(source: Path, new: Path) -> None:
    new.symlink_to(source)


def _hard_link(source: Path, new: Path) -> None:
    try:
        os.link(source.resolve(), new)
    except OSError:
        new.symlink_to(source)


def _script(new: Path, text: str) -> None:
    new.write_text(text)
    new.chmod(0o755)
