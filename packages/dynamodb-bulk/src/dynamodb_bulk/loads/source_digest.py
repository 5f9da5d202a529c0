"""The contents of a dataset's files when the program read them."""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.sources.locating import source_files
from dynamodb_bulk.spec.files import MOST_FILES, FileContent, read_content


@dataclass(frozen=True, kw_only=True)
class Content:
    """A file or object: its version as `SourceFile` has it, and the SHA-256 of a file on this machine."""

    name: str
    version: str
    path: Path | None = None
    sha256: str = ""


@dataclass(frozen=True, kw_only=True)
class Contents:
    """A dataset as the program read it, and what its files held, in their order."""

    dataset: Dataset
    files: tuple[Content, ...] = ()

    @property
    def digests(self) -> Mapping[str, str]:
        """SHA-256 per file on this machine, or entity tag per object in S3."""
        names = Counter(file.path.name for file in self.files if file.path)
        return {self._name(file, names): file.sha256 or file.version for file in self.files}

    def _name(self, file: Content, names: Counter[str]) -> str:
        """Return a file's own name, and its place only where another file has that name too."""
        if file.path is None:
            return file.name
        if names[file.path.name] == 1:
            return file.path.name
        return Path(os.path.relpath(file.path, self.dataset.path.parent)).as_posix()


def source_contents(dataset: Dataset, aws: Aws | None) -> Contents:
    """Read all local files, or list those in S3.

    Raise InputError if a file cannot be read, or changes while it is.
    """
    found = source_files(dataset, aws)
    if dataset.location:
        files = tuple(Content(name=file.name, version=file.version) for file in found)
        return Contents(dataset=dataset, files=files)
    read = [
        (file, path, _content(path, file.version)) for file, path in zip(found, dataset.files, strict=True)
    ]
    return Contents(
        dataset=dataset,
        files=tuple(
            Content(name=file.name, version=content.identity, path=path, sha256=content.digest)
            for file, path, content in read
        ),
    )


@lru_cache(maxsize=MOST_FILES)
def _content(path: Path, version: str) -> FileContent:  # noqa: ARG001 - the same version is not read twice
    return read_content(path)


def data_digest(contents: Contents) -> str:
    """SHA-256 of all that decides which items a dataset's files become."""
    dataset = contents.dataset
    described = {
        "files": contents.digests,
        **dataset.described(),
        "keys": repr(dataset.keys),
        "source": {"location": dataset.source.location, **dataset.source.described()},
    }
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()
