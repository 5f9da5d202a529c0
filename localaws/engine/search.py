"""Finds executables on PATH, leaving out the folder of this clone's own shims."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path


def on_path(name: str, *, without: Path, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The executable `name` on PATH that is not in the folder `without`, or None."""
    places = [
        place for place in environ.get("PATH", "").split(os.pathsep) if place and Path(place) != without
    ]
    found = shutil.which(name, path=os.pathsep.join(places))
    return Path(found) if found else None
