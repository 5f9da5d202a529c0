"""The files of a dataset that are on this machine."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dataset.errors import InputError
from dataset.reading import display_path

CHANGED_WHILE_READ = ("the file changed while it was read", "run it again when nothing writes to the file")


@dataclass(frozen=True, kw_only=True)
class FileContent:
    """What a file held: the SHA-256 of its content in hex, and its identity then."""

    digest: str
    identity: str


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


def read_content(path: Path) -> FileContent:
    """Read a whole file; raises InputError where that cannot be done, or the file changes meanwhile."""
    try:
        with path.open("rb") as stream:
            identity = identity_of(os.fstat(stream.fileno()))
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            if identity_of(os.fstat(stream.fileno())) != identity:
                raise InputError(display_path(path), *CHANGED_WHILE_READ)
    except OSError as error:
        raise InputError(display_path(path), error.strerror or str(error)) from None
    return FileContent(digest=digest, identity=identity)


def identity_of(found: os.stat_result) -> str:
    """What is different after every change of a file's content, even where its old content is back.

    The time of the last status change is in it, as no program can set it back.
    """
    return f"{found.st_dev}-{found.st_ino}-{found.st_size}-{found.st_mtime_ns}-{found.st_ctime_ns}"
