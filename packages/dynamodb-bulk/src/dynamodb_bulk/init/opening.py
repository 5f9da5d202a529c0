"""Files of data that someone has: what their first bytes say, and their content as a stream."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from dynamodb_bulk.csv.compression import Compression, open_decompressed
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path

Format = Literal["csv", "json", "parquet", "dynamodb_json", "ion"]
START = 64 * 1024
_COMPRESSED: dict[bytes, Compression] = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# By the first bytes: what it is, and how it becomes one of the formats.
_OTHERS: dict[bytes, tuple[str, str]] = {
    b"PK\x03\x04": ("a zip archive or an Excel workbook", "unzip it, or save the sheet as CSV UTF-8"),
    _OLE: ("an old Excel workbook", "save the sheet as CSV UTF-8"),
    b"Obj\x01": ("an Avro file", "write it as Parquet, for example with pyarrow or DuckDB"),
    b"ORC": ("an ORC file", "write it as Parquet, for example with pyarrow or DuckDB"),
    b"SQLite format 3\0": ("an SQLite database", "export the table as CSV"),
    b"BZh": ("compressed with bzip2", "decompress it, or compress it with gzip or zstd"),
    b"\xfd7zXZ\0": ("compressed with xz", "decompress it, or compress it with gzip or zstd"),
    b"7z\xbc\xaf\x27\x1c": ("a 7-Zip archive", "unpack it"),
}


@dataclass(frozen=True, kw_only=True)
class DataFile:
    """A file, and what its first bytes show."""

    path: Path
    format: Format
    compression: Compression

    @property
    def shown(self) -> str:
        """The path as the user would type it."""
        return display_path(self.path)

    def open(self) -> BinaryIO:
        """Return the content, decompressed; raise InputError."""
        return open_decompressed(_opened(self.path), self.shown, self.compression)


def data_files(paths: Sequence[Path]) -> tuple[DataFile, ...]:
    """Return the files, all of one format and compression.

    Raise InputError for one that does not exist, is empty, or is of a format that is not read, and for files
    that differ.
    """
    files = tuple(map(_recognised, paths))
    for file in files[1:]:
        for what, one, other in (
            ("format", files[0].format, file.format),
            ("compression", files[0].compression, file.compression),
        ):
            if one != other:
                raise InputError(
                    file.shown,
                    f"its {what} is {other}, but that of {files[0].shown} is {one}",
                    "write a dataset for each kind of file",
                )
    return files


def _recognised(path: Path) -> DataFile:
    shown = display_path(path)
    if path.is_dir():
        raise InputError(shown, "a folder", "name the files in it")
    with _opened(path) as stream:
        start = stream.read(16)
    compression: Compression = "none"
    for magic, name in _COMPRESSED.items():
        if start.startswith(magic):
            compression = name
    with open_decompressed(_opened(path), shown, compression) as content:
        start = content.read(START)
    if not start.strip():
        raise InputError(shown, "the file is empty")
    for magic, (what, remedy) in _OTHERS.items():
        if start.startswith(magic):
            raise InputError(shown, what, remedy)
    return DataFile(path=path, format=_format(start), compression=compression)


def _format(start: bytes) -> Format:
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith((b"\xe0\x01\x00\xea", b"$ion_1_0")):
        return "ion"
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith((b'{"Item":', b'{"Item" :', b'{ "Item":')):
        return "dynamodb_json"
    return "json" if text.startswith((b"{", b"[")) else "csv"


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb", buffering=0)
    except OSError as error:
        raise InputError(display_path(path), error.strerror or str(error)) from None
