"""Finds executables on PATH, leaving out folders that this package filled."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from offline_pulumi.folders import Folders

MARK = ".offline-pulumi"
"""A file in each folder that this package filled: another project's may be on PATH."""


def on_path(name: str, folders: Folders, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The executable `name` on PATH that this package did not put there, or None."""
    places = [
        place
        for place in environ.get("PATH", "").split(os.pathsep)
        if place and Path(place) != folders.bin and not Path(place, MARK).exists()
    ]
    found = shutil.which(name, path=os.pathsep.join(places))
    return Path(found) if found else None
