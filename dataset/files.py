"""The files of a dataset that are on this machine."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from dataset.errors import InputError


def find_files(folder: Path, patterns: Sequence[str], where: str) -> tuple[Path, ...]:
    """The files that the patterns match, in lexical order, each once.

    Raises InputError for a pattern that matches nothing, or a folder.
    """
    found: set[Path] = set()
    for pattern in patterns:
        matches = [Path(pattern)] if Path(pattern).is_absolute() else list(folder.glob(pattern))
        for path in sorted(matches):
            if path.is_dir():
                what = "is a folder" if path.name == pattern else f"matches the folder {path.name}"
                remedy = f"name the files in it, like {pattern.rstrip('/')}/*"
                raise InputError(f"{where}: source.files", f"{pattern!r} {what}", remedy)
        files = [path for path in matches if path.is_file()]
        if not files:
            raise InputError(
                f"{where}: source.files", f"{pattern!r} matches no file", f"the folder is {folder}"
            )
        found.update(files)
    return tuple(sorted(found))


def content_digest(path: Path) -> str:
    """SHA-256 of a file's content, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
