"""Finds executables on PATH, leaving out what clones of this project put there."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from offline_pulumi.folders import Folders


def on_path(name: str, folders: Folders, environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return the executable `name` on PATH that is in no clone's folder of shims, or None."""
    clones = folders.state.parent
    places = [
        place
        for place in environ.get("PATH", "").split(os.pathsep)
        if place and Path(place) != folders.bin and Path(place).parent.parent != clones
    ]
    found = shutil.which(name, path=os.pathsep.join(places))
    return Path(found) if found else None
