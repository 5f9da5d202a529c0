"""The folders that this package reads and fills, one process at a time; its caller says where they are."""

import fcntl
import os
import shutil
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

MARK = ".offline-pulumi"
"""A file in each folder that this package filled: another project's may be on PATH."""


class Folders(Protocol):
    """Names folders: `cache`, `engines` and `shared_home` are shared by projects; `bin` continues PATH."""

    @property
    def cache(self) -> Path:
        """What was downloaded, and when a download failed."""
        ...

    @property
    def engines(self) -> Path:
        """Engine executables, one folder per version."""
        ...

    @property
    def bin(self) -> Path:
        """The engine and its plugins, or what starts them."""
        ...

    @property
    def shared_home(self) -> Path:
        """Pulumi's own folder of plugins."""
        ...

    @property
    def pulumi_home(self) -> Path:
        """PULUMI_HOME: a link to `shared_home`, or a folder that has the replacement of a plugin in it."""
        ...


def on_path(name: str, folders: Folders, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The executable `name` on PATH that this package did not put there, or None."""
    places = [
        place
        for place in environ.get("PATH", "").split(os.pathsep)
        if place and Path(place) != folders.bin and not Path(place, MARK).exists()
    ]
    found = shutil.which(name, path=os.pathsep.join(places))
    return Path(found) if found else None


@contextmanager
def exclusive(lock: Path, waiting: Callable[[], None]) -> Generator[None]:
    """Hold the lock file while the block runs; calls `waiting` once if another process has it."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
