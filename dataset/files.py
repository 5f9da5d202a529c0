"""The files of a dataset that are on this machine."""

import hashlib
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from dataset.errors import InputError

# More objects than an import takes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
MOST_FILES = 50_000


def find_files(
    folder: Path, patterns: Sequence[str], where: str, but: Path | None = None
) -> tuple[Path, ...]:
    """The files that the patterns match, in lexical order, each once.

    Raises InputError for a pattern that matches nothing, more than `MOST_FILES`, the file `but`, a folder, or
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
        raise InputError(place, f"{pattern!r} is no pattern of files: {error}") from None
    if len(found) > MOST_FILES:
        raise InputError(place, f"{pattern!r} matches more than {MOST_FILES:,} files")
    return [path for path in found if path.exists()]  # a link may lead nowhere


def _no_data(path: Path, pattern: str, but: Path | None) -> tuple[str, str] | None:
    """What is wrong with a path, and what to do; None where it is a file of data."""
    if path.is_dir():
        what = "is a folder" if path.name == pattern else f"matches the folder {path.name}"
        return f"{pattern!r} {what}", f"name the files in it, like {pattern.rstrip('/')}/*"
    if not path.is_file():
        return f"{pattern!r} matches {path.name}, which is not a file", "name files only"
    if but and path.samefile(but):
        return f"{pattern!r} matches the dataset file itself", "name the files with data, like *.csv"
    return None


def content_digest(path: Path) -> str:
    """SHA-256 of a file's content, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
