"""Read a dataset file; report a mistake with its line."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.mistakes import Location, key_path, validated
from dynamodb_bulk.spec.model import DatasetModel
from dynamodb_bulk.spec.yaml_reading import MAX_BYTES as YAML_BYTES
from dynamodb_bulk.spec.yaml_reading import YamlDocument, read_yaml

MAX_BYTES = 2 * 1024 * 1024
SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, kw_only=True)
class DatasetFile:
    """A dataset file as read; `where` gives file and line of a key."""

    model: DatasetModel
    where: Callable[[Location], str]

    def place(self, *location: str | int) -> str:
        """File, line and key, as messages name them."""
        return f"{self.where(location)}: {key_path(location)}"


def read_dataset_file(path: Path) -> DatasetFile:
    """Return the model of a dataset file; raise InputError with file, line and key."""
    if path.suffix.lower() not in SUFFIXES and path.is_file():
        shown = display_path(path)
        what = "expected a dataset file, which is YAML"
        raise InputError(shown, what, f"if this is data, write one with `bulk init {shown}`")
    document = read_yaml_file(path, "a dataset file")
    if not isinstance(document.data, dict):
        raise InputError(document.shown, "a dataset file consists of keys and values", "see docs/dataset.md")
    model = validated(DatasetModel, document.data, document.where)
    return DatasetFile(model=model, where=document.where)


def read_yaml_file(path: Path, what: str) -> YamlDocument:
    """Return the YAML of a small file that the user named; raise InputError."""
    return read_yaml(read_text(path, what, YAML_BYTES), display_path(path))


def read_text(path: Path, what: str, most: int = MAX_BYTES) -> str:
    """Return the text of a file that the user named, up to a maximum of bytes; raise InputError.

    A byte order mark at its start is removed.
    """
    shown = display_path(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputError(shown, f"{'a folder' if path.is_dir() else 'not a file'}, expected {what}")
        # If a pipe has replaced the file, opening it would wait for its writer.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as stream:
            content = stream.read(most + 1)
        if len(content) > most:
            raise InputError(shown, f"over {most // 1024:,} KiB, too large for {what}")
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(shown, "the file does not exist") from None
    except UnicodeDecodeError:
        raise InputError(shown, "not UTF-8 text") from None
    except OSError as error:
        raise InputError(shown, error.strerror or str(error)) from None


def display_path(path: Path) -> str:
    """Return the path as the user would type it: relative to where they are, when it is below."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
