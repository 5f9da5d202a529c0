"""The local files of a dataset."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path

CHANGED_WHILE_READ = ("the file changed while it was read", "run it again when nothing writes to the file")


@dataclass(frozen=True, kw_only=True)
class FileContent:
    """The content of a file: its SHA-256 in hex, and the file's identity at that time."""

    digest: str
    identity: str


# More objects than an import takes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
MOST_FILES = 50_000


def find_files(
    folder: Path, patterns: Sequence[str], where: str, but: Path | None = None
) -> tuple[Path, ...]:
    """Return the files that the patterns match, in lexical order, each once.

    Raise InputError for a pattern that matches nothing, more than `MOST_FILES`, the file `but`, a folder, or
    what is no file, such as a pipe.
    """
    found: set[Path] = set()
    for pattern in patterns:
        matches = _matches(folder, pattern, where)
        for path in sorted(matches):
            if what := _no_data(path, pattern, but):
                raise InputError(f"{where}: source.files", *what)
        if not matches:
            raise InputError(
                f"{where}: source.files", f"{pattern!r} matches no file", f"the folder is {folder}"
            )
        found.update(matches)
    return tuple(sorted(found))


def _matches(folder: Path, pattern: str, where: str) -> list[Path]:
    place = f"{where}: source.files"
    try:
        if Path(pattern).is_absolute():
            return [Path(pattern)] if Path(pattern).exists() else []
        found = list(islice(folder.glob(pattern), MOST_FILES + 1))
    except (ValueError, NotImplementedError, RecursionError, OSError) as error:
        raise InputError(place, f"{pattern!r} is not a valid pattern: {error}") from None
    if len(found) > MOST_FILES:
        raise InputError(place, f"{pattern!r} matches more than {MOST_FILES:,} files")
    return [path for path in found if path.exists()]  # a link may lead nowhere


def _no_data(path: Path, pattern: str, but: Path | None) -> tuple[str, str] | None:
    """Return what is wrong with a path, and what to do; None if it is a file of data."""
    if path.is_dir():
        what = "is a folder" if path.name == pattern else f"matches the folder {path.name}"
        return f"{pattern!r} {what}", f"name the files in it, like {pattern.rstrip('/')}/*"
    if not path.is_file():
        return f"{pattern!r} matches {path.name}, which is not a file", "name files only"
    if but and path.samefile(but):
        return f"{pattern!r} matches the dataset file itself", "name the files with data, like *.csv"
    return None


def read_content(path: Path) -> FileContent:
    """Read an entire file; raise InputError if that cannot be done, or the file changes in the meantime."""
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
    """Return what is different after every change of a file's content, even where its old content is back.

    The time of the last status change is in it, as no program can set it back.
    """
    return f"{found.st_dev}-{found.st_ino}-{found.st_size}-{found.st_mtime_ns}-{found.st_ctime_ns}"
