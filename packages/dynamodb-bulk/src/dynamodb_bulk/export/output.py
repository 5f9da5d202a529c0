"""A folder of files made from an export, which is complete only with its manifest.

<folder>/data/part-00001.csv   the rows, or items
<folder>/rejects.jsonl         items that are not rows of the dataset, each with the reason
<folder>/dataset.yaml          what the files hold, to be loaded or compared again
<folder>/manifest.json         written last: the folder is complete
"""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Literal

import polars as pl

from dynamodb_bulk.conversion.output import DATA, MANIFEST, REJECTS, UNFINISHED, write_whole
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path

Kind = Literal["csv", "parquet", "ndjson"]
PART_ROWS: dict[Kind, int] = {"csv": 1_000_000, "ndjson": 1_000_000, "parquet": 250_000}


@dataclass(frozen=True, kw_only=True)
class Written:
    """The contents of the folder; `lost`: columns that items do not restore, with the reason."""

    table: str
    at: str
    kind: Kind
    items: int
    rows: int
    rejected: int
    files: tuple[str, ...]
    lost: dict[str, str] = field(default_factory=dict[str, str])


def former_files(folder: Path, *, overwrite: bool) -> list[Path]:
    """Return the files that an export to the folder replaces; InputError if something else is in it."""
    for path in (folder, folder / DATA):
        if path.exists() and not path.is_dir():
            raise InputError(display_path(path), "not a folder", "name a different one")
    there = [path for path in (*folder.glob("*"), *folder.glob(f"{DATA}/*")) if path != folder / DATA]
    ours = ("part-", MANIFEST, REJECTS, "dataset.yaml")
    strange = [path for path in there if path.is_dir() or not path.name.startswith(ours)]
    if strange:
        raise InputError(display_path(strange[0]), "not a file of an export", "use an empty folder")
    if (folder / MANIFEST).is_file() and not overwrite:
        raise InputError(
            display_path(folder), "holds an export already", "name another folder, or use --overwrite"
        )
    return there


class Folder:
    """The folder; no file in it has its name before `complete`. Each begins with the `header`."""

    def __init__(self, path: Path, kind: Kind, header: bytes) -> None:
        self.path = path
        self.kind: Kind = kind
        self._header = header
        self._files: list[str] = []
        self._stream: IO[bytes] | None = None
        self._rows = 0
        self._buffered: list[pl.DataFrame] = []
        self._rejects: IO[bytes] | None = None

    def begin(self, *, overwrite: bool) -> None:
        """Prepare the folder; raise InputError if it is not empty."""
        for path in former_files(self.path, overwrite=overwrite):
            path.unlink()
        (self.path / DATA).mkdir(parents=True, exist_ok=True)

    @contextmanager
    def writing(self) -> Generator[None]:
        """Close all files, even if one fails."""
        try:
            yield
            self._finish()
        finally:
            for stream in (self._stream, self._rejects):
                if stream:
                    stream.close()

    def add(self, content: bytes | pl.DataFrame, rows: int) -> None:
        """Write complete lines of text, or typed rows for Parquet."""
        if isinstance(content, pl.DataFrame):
            self._buffered.append(content)
        else:
            self._text().write(content)
        self._rows += rows
        if self._rows >= PART_ROWS[self.kind]:
            self._finish()

    def reject(self, file: str, reason: str, line: bytes) -> None:
        """Write a complete item that is not a row."""
        if self._rejects is None:
            self._rejects = (self.path / (REJECTS + UNFINISHED)).open("wb")
        try:
            item: object = json.loads(line)
        except ValueError:
            item = line.decode(errors="replace")
        entry = {"file": file, "reason": reason, "item": item}
        self._rejects.write(
            (json.dumps(entry, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
        )

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the finished files."""
        return tuple(self._files)

    def complete(self, written: Written, described: str | None) -> None:
        """Give everything its name, the manifest last."""
        for name in (*(f"{DATA}/{file}" for file in self._files), *([REJECTS] if self._rejects else [])):
            (self.path / (name + UNFINISHED)).replace(self.path / name)
        if described is not None:
            write_whole(self.path / "dataset.yaml", lambda stream: stream.write(described.encode()))
        text = json.dumps(asdict(written), ensure_ascii=False, indent=1) + "\n"
        write_whole(self.path / MANIFEST, lambda stream: stream.write(text.encode()))

    def _text(self) -> IO[bytes]:
        if self._stream is None:
            self._stream = self._next().open("wb")
            self._stream.write(self._header)
        return self._stream

    def _next(self) -> Path:
        name = f"part-{len(self._files) + 1:05}.{'json' if self.kind == 'ndjson' else self.kind}"
        self._files.append(name)
        return self.path / DATA / (name + UNFINISHED)

    def _finish(self) -> None:
        if self._stream:
            self._stream.close()
            self._stream = None
        if self._buffered:
            pl.concat(self._buffered).write_parquet(self._next(), compression="zstd", compression_level=1)
            self._buffered = []
        self._rows = 0
