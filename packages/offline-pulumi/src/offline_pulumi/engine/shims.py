"""Fills the folder that continues PATH: the engine itself, and a shim for every local replacement."""

import os
import shlex
import shutil
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from offline_pulumi.engine.acquire import Engine
from offline_pulumi.engine.plugins import AWS, LANGUAGE_HOST, Plugin
from offline_pulumi.engine.versions import PROVIDER
from offline_pulumi.folders import MARK, Folders


def place(folders: Folders, engine: Engine, plugins: Iterable[Plugin]) -> None:
    """Makes `bin` hold exactly these, each replaced in one step.

    The engine takes the plugins that Pulumi bundles from next to its executable, as symlinks resolve it, and
    warns where PATH has others. So it and they are symlinks into their installation. Where the language host
    is a replacement, the engine is a hard link, next to which that lies.
    """
    folder, chosen = folders.bin, tuple(plugins)
    replaced = any(plugin.name == LANGUAGE_HOST and plugin.stand_in for plugin in chosen)
    wanted = {"pulumi": partial(_hard_link if replaced else _symlink, engine.path)}
    wanted |= {
        bundled.name: partial(_symlink, bundled)
        for bundled in engine.path.resolve().parent.glob("pulumi-*")
        if not replaced
    }
    wanted |= {
        plugin.name: partial(_script, plugin) for plugin in chosen if plugin.stand_in and plugin.name != AWS
    }
    _place_home(folders, next((plugin for plugin in chosen if plugin.name == AWS), None))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()
    for name, make in wanted.items():
        _replace(folder / name, make)
    for other in folder.iterdir():
        if other.name not in wanted and not other.name.startswith("."):  # another run's, half made
            other.unlink(missing_ok=True)


def _place_home(folders: Folders, provider: Plugin | None) -> None:
    """Put a replacement where Pulumi installs the provider: it warns about one on PATH each time.

    The home has one path in any case, so that an environment which names it is right before and after.
    """
    home = folders.pulumi_home
    if provider and provider.stand_in:
        if home.is_symlink():
            home.unlink()
        _replace(home / "plugins" / f"resource-aws-v{PROVIDER}" / AWS, partial(_script, provider))
    else:
        if not home.is_symlink():
            shutil.rmtree(home, ignore_errors=True)
        _replace(home, partial(_symlink, folders.shared_home))


def _replace(target: Path, make: Callable[[Path], None]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
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


def _script(plugin: Plugin, new: Path) -> None:
    module = (
        f"-P -m offline_pulumi.start_plugin {plugin.stand_in}" if plugin.light else f"-m {plugin.stand_in}"
    )
    new.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {module} "$@"\n')
    new.chmod(0o755)
