"""Files of data that someone has: what their first bytes say, and their content as a stream."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, cast

from dynamodb_bulk.csv.compression import Compression, compression_of, open_decompressed
from dynamodb_bulk.csv.encodings import Utf8Text, encoding_of
from dynamodb_bulk.records.parquet_footer import ENCRYPTED, MAGIC
from dynamodb_bulk.sources.formats import other_format
from dynamodb_bulk.sources.reading import SourceFile, local_file
from dynamodb_bulk.sources.text_formats import document_or_log
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path
from dynamodb_bulk.spec.text import visible

Format = Literal["csv", "json", "parquet", "dynamodb_json", "ion"]
START = 64 * 1024
_UTF16_SHARE = 0.3
_UTF32_SHARE = 0.9
_NAMED_JSON = re.compile(r"\.(?:json|jsonl|ndjson|geojson)(?:\.(?:gz|gzip|zst|zstd))?$", re.IGNORECASE)
_SHOWN = 20
_ION = (b"\xe0\x01\x00\xea", b"$ion_1_0")
_CONTROLS = re.compile(r"[\0\x04-\x08\x0e-\x1a]")  # \x01 to \x03 separate the fields of Hive
_CONTROL_SHARE = 0.05
_SOUGHT = ("utf-8", "cp", "latin", "iso")  # encodings in which any byte may begin a text


@dataclass(frozen=True, kw_only=True)
class DataFile:
    """A file, and what its first bytes show; `encoding`: UTF-8, or one with characters of 2 or 4 bytes."""

    source: SourceFile
    format: Format
    compression: Compression
    encoding: str = "utf-8"

    @property
    def shown(self) -> str:
        """The path as the user would type it."""
        return self.source.name

    def open(self) -> BinaryIO:
        """Return the content, decompressed; raise InputError, also if the file changes while it is read."""
        return open_decompressed(self.source.open(), self.shown, self.compression)

    def text(self, start: int, end: int, encoding: str) -> bytes | None:
        """Return the text between two places, as UTF-8; None for a file that cannot be read from anywhere."""
        part = self.source.part
        if part is None or self.compression != "none" or not encoding.startswith(_SOUGHT):
            return None
        return part(start, min(end, self.source.size)).decode(encoding, errors="replace").encode()


def data_files(paths: Sequence[Path], encoding: str | None = None) -> tuple[DataFile, ...]:
    """Return the files, all of one format and compression; their `encoding` may be known.

    Raise InputError for one that does not exist, is empty, or is of a format that is not read, and for files
    that differ.
    """
    files = tuple(_recognised(path, encoding) for path in paths)
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


def _recognised(path: Path, known: str | None) -> DataFile:
    shown = display_path(path)
    if path.is_dir():
        raise InputError(shown, "a folder", "name the files in it")
    source = local_file(path)
    with source.open() as stream:
        compression = compression_of(stream.read(16))
    with open_decompressed(source.open(), shown, compression) as content:
        start = content.read(START)
    mark = encoding_of(start, "utf-8")[1]
    if not start[mark:].strip():
        raise InputError(shown, "the file is empty")
    encoding = "" if start.startswith((MAGIC, ENCRYPTED)) else known or wide_encoding(start)
    if mark:  # it says the order of the bytes
        encoding = encoding.removesuffix("-le").removesuffix("-be")
    format_ = _format(Utf8Text(cast("BinaryIO", io.BytesIO(start)), encoding).read() if encoding else start)
    if encoding and format_ == "dynamodb_json":
        raise InputError(
            shown, f"DynamoDB JSON in {encoding}, which DynamoDB does not read", "write it in UTF-8"
        )
    if format_ != "parquet" and (other := other_format(start, shown) or document_or_log(start)):
        what, remedy = other
        raise InputError(shown, f"the file is {what}", remedy)
    if format_ == "parquet" and compression != "none":
        what = f"a Parquet file compressed with {compression}"
        raise InputError(shown, what, "unpack it: Parquet compresses its columns itself")
    if not known and _is_binary(start, encoding):
        raise InputError(
            shown, "the file is binary, and of no known format", "name a file of text or Parquet"
        )
    if format_ == "csv" and _NAMED_JSON.search(shown):
        text = start[mark:].decode(encoding or "utf-8", errors="replace").lstrip(" \t\r\n")
        first = text.partition("\n")[0][:_SHOWN]
        what = f"its name says JSON, but it begins with {visible(first)!r} and not with {{ or ["
        raise InputError(shown, what, "write an object for each row, or name it .csv if it is CSV")
    return DataFile(source=source, format=format_, compression=compression, encoding=encoding or "utf-8")


def wide_encoding(start: bytes) -> str:
    """Return the encoding of a text that begins so, if its characters have 2 or 4 bytes; else nothing.

    Without a byte order mark, of UTF-32 the upper two bytes are zero, and of UTF-16 the upper one often is,
    and always where a line ends.
    """
    encoding, mark = encoding_of(start, "utf-8")
    if mark:
        return "" if encoding == "utf-8" else encoding
    every_fourth = [start[place::4].count(0) * 4 for place in range(4)]
    if min(every_fourth[2:]) > _UTF32_SHARE * len(start) > every_fourth[0]:
        return "utf-32-le"
    if min(every_fourth[:2]) > _UTF32_SHARE * len(start) > every_fourth[3]:
        return "utf-32-be"
    low, high = start[::2].count(0), start[1::2].count(0)
    ends = start.count(b"\n\0") if high > low else start.count(b"\0\n")
    one_side = min(low, high) == 0 < ends and ends * 2 >= start.count(b"\n")
    if one_side or low + high > len(start) * _UTF16_SHARE:
        return "utf-16-le" if high > low else "utf-16-be"
    return ""


def _is_binary(start: bytes, encoding: str) -> bool:
    """Whether a file is no text by the control characters that it begins with."""
    if start.startswith((MAGIC, ENCRYPTED, *_ION)):
        return False
    text = start.decode(encoding or "latin-1", errors="replace")
    return len(_CONTROLS.findall(text)) > len(text) * _CONTROL_SHARE


def _format(start: bytes) -> Format:
    if start.startswith((MAGIC, ENCRYPTED)):
        return "parquet"
    if start.startswith(_ION):
        return "ion"
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith((b'{"Item":', b'{"Item" :', b'{ "Item":')):
        return "dynamodb_json"
    return "json" if text.startswith((b"{", b"[")) else "csv"
