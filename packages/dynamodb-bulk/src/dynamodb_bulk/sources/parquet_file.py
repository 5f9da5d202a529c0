"""A file of Parquet by slices of its rows; of one in S3 only the row groups of a slice are on disk."""

import shutil
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from dynamodb_bulk.records.parquet_footer import (
    MAGIC,
    TAIL_BYTES,
    NoFooter,
    RowGroup,
    footer_start,
    row_groups,
)
from dynamodb_bulk.records.parquet_reader import Slice, damaged
from dynamodb_bulk.sources.ahead import ObjectParts
from dynamodb_bulk.sources.formats import other_format
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.files import CHANGED_WHILE_READ, identity_of

if TYPE_CHECKING:
    from dynamodb_bulk.sources.reading import SourceFile

# Of values in memory, about. To read a piece of a row group takes a look at all of it before the piece.
SLICE_BYTES = 64 * 1024**2
PIECE_BYTES = 2 * SLICE_BYTES
_COPY_BYTES = 4 * 1024**2
_START_BYTES = 4096


@dataclass(frozen=True, kw_only=True)
class ParquetFile:
    """An open file; `folder` takes the bytes of slices, of which there is one at a time."""

    file: "SourceFile"
    groups: Sequence[RowGroup]
    folder: Path

    @property
    def rows(self) -> int:
        """How many rows it has, as it says itself."""
        return sum(group.rows for group in self.groups)

    def slices(self) -> Iterator[Slice]:
        """Yield all rows in slices that take about as much memory; one without rows if there are none."""
        start = 0
        for groups in self._runs():
            path = self.file.path or self._copy(groups)
            rows = sum(group.rows for group in groups)
            size = sum(group.rows * group.row_bytes for group in groups)
            parts = max(1, min(-(-size // PIECE_BYTES), rows))
            ends = [start + rows * part // parts for part in range(parts + 1)]
            for here, end in pairwise(ends):
                yield Slice(path=path, start=here, rows=end - here)
            start += rows

    def _runs(self) -> Iterator[Sequence[RowGroup]]:
        """Row groups that follow each other and are a slice together; a larger one by itself."""
        run: list[RowGroup] = []
        size = 0
        for group in self.groups:
            more = group.rows * group.row_bytes
            if run and size + more > SLICE_BYTES:
                yield run
                run, size = [], 0
            run.append(group)
            size += more
        yield run

    def _copy(self, groups: Sequence[RowGroup]) -> Path:
        """Fetch the bytes of the row groups and of the footer into a file that has holes for all others."""
        path, size = self.folder / "file", self.file.size
        with path.open("wb") as copy:
            copy.truncate(size)
            self._fetch(copy, *_footer_range(self.file))
            if groups:
                self._fetch(copy, min(one.start for one in groups), max(one.end for one in groups))
        return path

    def _fetch(self, copy: BinaryIO, start: int, end: int) -> None:
        copy.seek(start)
        parts = ObjectParts(lambda one, other: _part(self.file, start + one, start + other), end - start)
        with parts:
            shutil.copyfileobj(cast("BinaryIO", parts), copy, _COPY_BYTES)


@contextmanager
def parquet_file(file: "SourceFile") -> Generator[ParquetFile]:
    """Open a file; raise InputError if it is not Parquet, or local and another version now or then."""
    with tempfile.TemporaryDirectory(prefix="dynamodb-bulk-") as folder:
        _refuse_another_version(file)
        try:
            start, end = _footer_range(file)
            groups = row_groups(_part(file, start, end), start)
        except NoFooter as error:
            if found := other_format(_part(file, 0, min(_START_BYTES, file.size)), file.name):
                what, remedy = found
                if not what.endswith("Parquet file"):
                    raise InputError(file.name, f"the file is {what}, not parquet", remedy) from None
            raise damaged(file.name, error) from None
        yield ParquetFile(file=file, groups=groups, folder=Path(folder))
        _refuse_another_version(file)


def _footer_range(file: "SourceFile") -> tuple[int, int]:
    if file.size < 2 * len(MAGIC) + TAIL_BYTES:
        raise NoFooter("it is too short")
    return footer_start(_part(file, file.size - TAIL_BYTES, file.size), file.size), file.size


def _part(file: "SourceFile", start: int, end: int) -> bytes:
    if file.part is None:
        raise NotImplementedError
    return file.part(start, end)


def _refuse_another_version(file: "SourceFile") -> None:
    if file.path is None:
        return
    try:
        if identity_of(file.path.stat()) != file.version:
            raise InputError(file.name, *CHANGED_WHILE_READ)
    except OSError as error:
        raise InputError(file.name, error.strerror or str(error)) from None
