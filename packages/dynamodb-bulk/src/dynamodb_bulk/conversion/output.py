"""A folder of converted files: which are finished, and whether all are.

<folder>/data/part-00001.json.zst   the files to upload, and nothing else
<folder>/rejects.jsonl              the rows that did not become items
<folder>/progress.jsonl             while it is in progress: the finished files, and up to where each goes
<folder>/manifest.json              written last: the folder is complete
"""

import fcntl
import json
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO, Any, Self, cast

from dynamodb_bulk.conversion.options import Options
from dynamodb_bulk.csv.batches import Rejected
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path

DATA, REJECTS, PROGRESS, MANIFEST = "data", "rejects.jsonl", "progress.jsonl", "manifest.json"
UNFINISHED = ".unfinished"


@dataclass(frozen=True, kw_only=True)
class FinishedFile:
    """A file that is on disk, how many items it holds, in how many bytes of text."""

    file: str
    items: int
    bytes: int
    stored_bytes: int


@dataclass(frozen=True, kw_only=True)
class Part(FinishedFile):
    """A finished file; `source` and `line` are of its last item, the rejects those of all up to it."""

    source: int
    line: int
    rejected: int
    rejects_bytes: int


@dataclass(frozen=True, kw_only=True)
class Spilled:
    """The items are all in the folder of shuffled ones; counts as of a part."""

    items: int
    rejected: int
    rejects_bytes: int


@dataclass(frozen=True, kw_only=True)
class Progress:
    """The result of an earlier run."""

    parts: tuple[Part, ...] = ()
    spilled: Spilled | None = None


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A conversion that is complete: rows = items + rejected."""

    dataset: str
    fingerprint: str
    format: str
    compression: str
    rows: int
    items: int
    rejected: int
    parts: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, document: dict[str, Any], path: Path) -> Self:
        """Return the manifest that a document from a file holds; raise InputError if it is none."""
        try:
            fields: dict[str, Any] = {**document, "parts": tuple(document["parts"])}
            return cls(**fields)
        except (KeyError, TypeError):
            what = "not a manifest of bulk convert"
            raise InputError(display_path(path), what, "run it with --overwrite") from None

    @property
    def stored_bytes(self) -> int:
        """Bytes of all parts as they are stored."""
        return sum(part["stored_bytes"] for part in self.parts)


def manifest_of(
    dataset: str, fingerprint: str, options: Options, parts: Sequence[FinishedFile], rejected: int
) -> Manifest:
    """Return the manifest of a dataset's parts, in their order."""
    items = sum(part.items for part in parts)
    kept = [field.name for field in fields(FinishedFile)]
    return Manifest(
        dataset=dataset,
        fingerprint=fingerprint,
        format=options.format.upper(),
        compression=options.compression.upper(),
        rows=items + rejected,
        items=items,
        rejected=rejected,
        parts=tuple({key: asdict(part)[key] for key in kept} for part in parts),
    )


class Output:
    """The folder, held by one process at a time; what cannot be written is an InputError."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.folder = folder
        self.data = folder / DATA
        self.rejects = folder / REJECTS
        self.fingerprint = fingerprint

    @contextmanager
    def held(self) -> Generator[None]:
        """Keep another run out of the folder."""
        self.data.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(display_path(self.folder), "another conversion is writing here") from None
            yield

    def manifest(self) -> Manifest | None:
        """Return the manifest of this very conversion; InputError if the folder holds another one."""
        found = read_json_lines(self.folder / MANIFEST)
        if not found:
            return None
        manifest = Manifest.of(found[0], self.folder / MANIFEST)
        if manifest.fingerprint != self.fingerprint:
            raise self._of_another()
        for part in manifest.parts:
            path = self.data / part["file"]
            if _size(path) != part["stored_bytes"]:
                what = "changed or gone since it was written"
                raise InputError(display_path(path), what, "run bulk convert with --overwrite")
        return manifest

    def progress(self) -> Progress:
        """Return what can be kept of an earlier run; everything else of it is removed."""
        first, *entries = read_json_lines(self.folder / PROGRESS) or [{}]
        if first and first.get("fingerprint") != self.fingerprint:
            raise self._of_another()
        spilled: Spilled | None = None
        parts: list[Part] = []
        for entry in entries:
            if "file" not in entry:
                spilled = Spilled(**entry)
            elif _size(self.data / entry["file"]) == entry["stored_bytes"]:
                parts.append(Part(**entry))
            else:
                break
        kept = {part.file for part in parts}
        for path in sorted(self.data.iterdir()):
            if path.name not in kept:
                if not path.name.startswith("part-"):
                    raise InputError(
                        display_path(path), "not a file of this conversion", "use an empty folder"
                    )
                path.unlink()
        self._begin(spilled, parts)
        return Progress(parts=tuple(parts), spilled=spilled)

    def _begin(self, spilled: Spilled | None, parts: list[Part]) -> None:
        counted = parts[-1] if parts else spilled
        with self.rejects.open("ab") as rejects:
            rejects.truncate(counted.rejects_bytes if counted else 0)
        kept = [
            {"fingerprint": self.fingerprint},
            *([asdict(spilled)] if spilled else []),
            *map(asdict, parts),
        ]
        write_whole(self.folder / PROGRESS, lambda stream: stream.writelines(map(_line, kept)))

    def note(self, entry: Part | Spilled) -> None:
        """Record what is finished and on disk."""
        with (self.folder / PROGRESS).open("ab") as stream:
            stream.write(_line(asdict(entry)))
            stream.flush()
            os.fsync(stream.fileno())

    def complete(self, manifest: Manifest) -> None:
        """Write the manifest, which marks the folder as complete."""
        if not manifest.rejected:
            self.rejects.unlink(missing_ok=True)
        text = json.dumps(asdict(manifest), separators=(",", ":")) + "\n"
        write_whole(self.folder / MANIFEST, lambda stream: stream.write(text.encode()))
        (self.folder / PROGRESS).unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove the files of any conversion."""
        (self.folder / MANIFEST).unlink(missing_ok=True)
        for path in (*self.data.glob("part-*"), self.rejects, self.folder / PROGRESS):
            path.unlink(missing_ok=True)

    def _of_another(self) -> InputError:
        return InputError(
            display_path(self.folder),
            "holds a conversion of other files or with other options",
            "name another folder, or use --overwrite",
        )


class RejectsFile:
    """Rows with file, line, column, value, reason and the start of their text, added at the end."""

    def __init__(self, path: Path, *, rejected: int) -> None:
        self._stream: IO[bytes] = path.open("ab")
        self.rejected = rejected
        self.bytes = path.stat().st_size

    def add(self, row: Rejected) -> None:
        """Write a row."""
        line = reject_line(row)
        self._stream.write(line)
        self.bytes += len(line)
        self.rejected += 1

    def sync(self) -> None:
        """Have all of it on disk."""
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def rejects_key(prefix: str) -> str:
    """Return the key of the rejected rows of a conversion to a prefix in S3: beside it."""
    return f"{prefix.rstrip('/')}-{REJECTS}"


def reject_line(row: Rejected) -> bytes:
    """Return a rejected row as a line."""
    return f"{json.dumps(asdict(row), ensure_ascii=False)}\n".encode("utf-8", "backslashreplace")


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    """Return the complete objects of a file of JSON lines; a truncated one ends it."""
    found: list[dict[str, Any]] = []
    if path.is_file():
        for line in path.read_bytes().splitlines(keepends=True):
            try:
                entry = json.loads(line)
            except ValueError:
                break
            if not isinstance(entry, dict):
                break
            found.append(cast("dict[str, Any]", entry))
    return found


def write_whole(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file completely or not at all."""
    unfinished = path.with_name(path.name + UNFINISHED)
    with unfinished.open("wb") as stream:
        write(stream)
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(path)


def _line(entry: dict[str, Any]) -> bytes:
    return (json.dumps(entry, separators=(",", ":")) + "\n").encode()


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1
