"""Well-known files that are not of the declared format, recognised by their beginning."""

import codecs
import io
from typing import BinaryIO, cast

from dynamodb_bulk.sources.text_formats import text_format
from dynamodb_bulk.spec.errors import InputError

_BYTES = 4096
_UNPACK = "unpack it and name the files in it"
_PARQUET = "source.format: parquet"
_PACKED = "unpack it, or compress it with gzip or zstd"
_SHEET = "save the sheet as CSV UTF-8"
_IMAGE = ("an image", "name the file with the data")
_R = ("data of R", "write.csv(…) in R writes it")
# First bytes, what they begin, how to convert it.
_KNOWN: tuple[tuple[bytes, str, str], ...] = (
    (b"PAR1", "a Parquet file", f"set {_PARQUET}"),
    (b"PARE", "an encrypted Parquet file", "write it without encryption"),
    (b"Obj\x01", "an Avro file", f"polars.read_avro(…).write_parquet(…) converts it; then set {_PARQUET}"),
    (b"ORC", "an ORC file", f"pyarrow.orc and pyarrow.parquet convert it; then set {_PARQUET}"),
    (b"ARROW1", "an Arrow file", f"polars.read_ipc(…).write_parquet(…) converts it; then set {_PARQUET}"),
    (b"SQLite format 3\0", "an SQLite database", "export: sqlite3 -csv -header FILE 'select * from TABLE'"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Office file", _SHEET),
    (b"%PDF-", "a PDF", "export the table as CSV where the PDF comes from"),
    (b"{\\rtf", "a rich text file", "save it as plain text"),
    (b"BZh", "compressed with bzip2", _PACKED),
    (b"\xfd7zXZ\0", "compressed with xz", _PACKED),
    (b"\x04\x22\x4d\x18", "compressed with lz4", _PACKED),
    (b"\xff\x06\0\0sNaPpY", "compressed with snappy", _PACKED),
    (b"\x1f\x8b", "compressed with gzip twice", "unpack it once with gunzip"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd twice", "unpack it once with unzstd"),
    (b"\x1f\x9d", "compressed with compress", _PACKED),
    (b"\x5d\0\0", "compressed with lzma", _PACKED),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (b"\x89PNG\r\n\x1a\n", *_IMAGE),
    (b"\xff\xd8\xff", *_IMAGE),
    (b"GIF87a", *_IMAGE),
    (b"GIF89a", *_IMAGE),
    (b"II*\0", *_IMAGE),
    (b"MM\0*", *_IMAGE),
    (b"\0\1\0\0Standard ", "an Access database", "export the table as CSV"),
    (b"FEA1", "a Feather file", f"polars.read_ipc(…).write_parquet(…) converts it; then set {_PARQUET}"),
    (b"$FL2@(#)", "an SPSS file", "pandas.read_spss(…).to_csv(…) converts it"),
    (b"<stata_dta>", "a Stata file", "pandas.read_stata(…).to_csv(…) converts it"),
    (b"RDX2\n", *_R),
    (b"RDX3\n", *_R),
    (b"\x93NUMPY", "a NumPy array", "numpy.savetxt(…) writes it as text"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "pandas.read_hdf(…).to_csv(…) converts it"),
)
_MAY_BE_TEXT = (b"PAR1", b"PARE", b"FEA1", b"ORC", b"BZh", b"ARROW1", b"GIF87a", b"GIF89a")
_IN_ZIP = (
    (b"xl/", "an Excel workbook", _SHEET),
    (b"opendocument.spreadsheet", "an OpenDocument spreadsheet", _SHEET),
    (b"word/", "a Word document", "save its table as CSV UTF-8"),
    (b".iwa", "a Numbers spreadsheet", _SHEET),
)


class OtherFormat(InputError):
    """A file is of a format that is known and not the declared one."""


def recognised(stream: BinaryIO, file: str, declared: str) -> BinaryIO:
    """Return the stream; reading it raises OtherFormat if it begins like a file of another format."""
    return cast("BinaryIO", _Recognised(stream, file, declared))


def other_format(start: bytes, file: str) -> tuple[str, str] | None:
    """Return what a file is by its first bytes and how to convert it; None for what may be rows."""
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        if file.lower().endswith((".xlsx", ".xlsm")):
            return _IN_ZIP[0][1:]
        if file.lower().endswith(".numbers"):
            return _IN_ZIP[-1][1:]
        return next((known[1:] for known in _IN_ZIP if known[0] in start), ("a zip archive", _UNPACK))
    if start[257:262] == b"ustar":
        return "a tar archive", _UNPACK
    found = next((known for known in _KNOWN if start.startswith(known[0])), None)
    if found is None or (found[0] in _MAY_BE_TEXT and _is_text(start)):
        return text_format(start)
    return found[1:]


def _is_text(start: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return not any(byte < 9 for byte in start)


class _Recognised(io.RawIOBase):
    def __init__(self, stream: BinaryIO, file: str, declared: str) -> None:
        self._stream = stream
        self._file = file
        self._declared = declared
        self._start: bytes | None = None

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, at most `size`."""
        if self._start is None:
            # As much as is wanted is read at once, so that a large block stays one.
            self._start = self._stream.read(max(size, _BYTES) if size >= 0 else size)
            if found := other_format(self._start, self._file):
                what, remedy = found
                raise OtherFormat(self._file, f"the file is {what}, not {self._declared}", remedy)
        if not self._start:
            return self._stream.read(size)
        first = self._start if size < 0 else self._start[:size]
        self._start = self._start[len(first) :]
        return first

    def readable(self) -> bool:
        """True."""
        return True

    def close(self) -> None:
        """Close the stream below as well."""
        self._stream.close()
        super().close()
