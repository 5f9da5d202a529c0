"""The rows and items of a dataset's files, whatever their format and compression."""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from dynamodb_bulk.csv.batches import RowBatch
from dynamodb_bulk.csv.compression import open_decompressed
from dynamodb_bulk.csv.reader import BLOCK_BYTES, read_rows
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.item_files.dynamodb_json import read_item_lines
from dynamodb_bulk.items.row_to_item import ItemBatch
from dynamodb_bulk.records.json_reader import read_json_rows
from dynamodb_bulk.records.parquet_reader import read_parquet_rows
from dynamodb_bulk.sources.formats import recognised
from dynamodb_bulk.sources.parquet_file import parquet_file
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.files import CHANGED_WHILE_READ, identity_of
from dynamodb_bulk.spec.loader import display_path


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """A file or object: its name in messages, its bytes as stored, the version of its content.

    What `open` gives ends with an InputError if it is not of that version. `part` gives the bytes from one
    place to another, as stored. `path`: where it is, if local. `skipped_lines`: so many lines are left out of
    what `open` gives, behind the file's head: it is a part of a file, which keeps the file's line numbers.
    """

    name: str
    size: int
    version: str
    open: Callable[[], BinaryIO]
    part: Callable[[int, int], bytes] | None = None
    path: Path | None = None
    skipped_lines: int = 0


def local_files(dataset: Dataset) -> tuple[SourceFile, ...]:
    """Return the dataset's local files, in lexical order."""
    return tuple(map(local_file, dataset.files))


def open_rows(
    dataset: Dataset,
    file: SourceFile,
    *,
    block_bytes: int = BLOCK_BYTES,
    through: Callable[[BinaryIO], BinaryIO] = lambda stream: stream,
) -> Iterator[RowBatch]:
    """Yield the rows of a file of CSV, JSON or Parquet, whose text is read `through` another stream.

    Raise InputError if it cannot be read.
    """
    columns = [column.name for column in dataset.columns]
    if dataset.source.format == "parquet":
        with parquet_file(file) as found:
            yield from read_parquet_rows(found.slices(), file.name, dataset.fields)
        return
    with closing(_content(dataset, file)) as stream:
        if dataset.source.format == "json":
            yield from read_json_rows(
                through(stream),
                file.name,
                dataset.fields,
                encoding=dataset.source.encoding,
                block_bytes=block_bytes,
            )
            return
        rows = read_rows(
            through(stream),
            file.name,
            columns,
            dataset.csv,
            block_bytes=block_bytes,
            skipped_lines=file.skipped_lines,
        )
        yield from map(dataset.row_filter(), rows)


def open_items(dataset: Dataset, file: SourceFile, *, block_bytes: int = BLOCK_BYTES) -> Iterator[ItemBatch]:
    """Yield the items of a file of any format; raise InputError if it cannot be read."""
    match dataset.source.format:
        case "csv" | "json" | "parquet":
            yield from map(dataset.row_to_item(), open_rows(dataset, file, block_bytes=block_bytes))
        case "dynamodb_json":
            with closing(_content(dataset, file)) as stream:
                yield from read_item_lines(
                    stream,
                    file.name,
                    dataset.keys,
                    dataset.demands,
                    block_bytes=block_bytes,
                    skipped_lines=file.skipped_lines,
                )
        case "ion":
            # Imported here, for only these files need what takes long to import.
            from dynamodb_bulk.item_files.ion import read_ion_items

            with closing(_content(dataset, file)) as stream:
                yield from read_ion_items(stream, file.name, dataset.keys, dataset.demands)


def local_file(path: Path) -> SourceFile:
    """Return a file on this machine; raise InputError if there is none."""
    shown = display_path(path)
    try:
        found = path.stat()
    except OSError as error:
        raise InputError(shown, error.strerror or str(error)) from None
    version = identity_of(found)

    def open_(start: int = 0) -> BinaryIO:
        try:
            # Should a pipe have taken the file's place: to open it would wait for who writes into it.
            file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0)
            file.seek(start)
            return cast("BinaryIO", _Unchanging(file, shown, version))
        except OSError as error:
            raise InputError(shown, error.strerror or str(error)) from None

    def part(start: int, end: int) -> bytes:
        count = end - start
        with io.BufferedReader(cast("Any", open_(start))) as stream:
            return stream.read(count + 1)[:count]  # one more, to notice the end of another version

    return SourceFile(
        name=shown,
        size=found.st_size,
        version=version,
        open=open_,
        part=part,
        path=path,
    )


class _Unchanging(io.RawIOBase):
    """The bytes of a file; its end is an InputError if it is not the file that was listed."""

    def __init__(self, file: io.FileIO, shown: str, version: str) -> None:
        self._file = file
        self._shown = shown
        self._version = version

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        count = self._file.readinto(buffer)
        if not count and len(buffer) and identity_of(os.fstat(self._file.fileno())) != self._version:
            raise InputError(self._shown, *CHANGED_WHILE_READ)
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def _content(dataset: Dataset, file: SourceFile) -> BinaryIO:
    source = dataset.source
    if file.skipped_lines:  # its first bytes are not those of a file
        return file.open()
    return recognised(open_decompressed(file.open(), file.name, source.compression), file.name, source.format)
