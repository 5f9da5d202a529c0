"""Well-known files are recognised by their first bytes, and text that begins like one is text."""

import bz2
import gzip
import io
import lzma
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from bulk_testing.plant import checked, places, small
from dynamodb_bulk.sources.formats import other_format

FRAME = pl.DataFrame({"id": ["a", "b"], "pieces": [1, 2]})
CSV = b"a,1,x\n" * 50


def written(write: Callable[[io.BytesIO], object]) -> bytes:
    stream = io.BytesIO()
    write(stream)
    return stream.getvalue()


def zipped(*names: str) -> bytes:
    def write(stream: io.BytesIO) -> None:
        with zipfile.ZipFile(stream, "w") as archive:
            for name in names:
                archive.writestr(name, "<xml/>")

    return written(write)


def tarred(stream: io.BytesIO) -> None:
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("rows.csv"))


def database() -> bytes:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("create table t (id text)")
        return connection.serialize()


@pytest.mark.parametrize(
    ("data", "what", "remedy"),
    [
        (written(FRAME.write_parquet), "Parquet", "source.format: parquet"),
        (written(FRAME.write_avro), "Avro", "read_avro"),
        (written(FRAME.write_ipc), "Arrow", "read_ipc"),
        (database(), "SQLite", "sqlite3 -csv"),
        (bz2.compress(CSV), "bzip2", "unpack"),
        (bz2.compress(b"a\n"), "bzip2", "unpack"),
        (lzma.compress(CSV), "xz", "unpack"),
        (lzma.compress(CSV, format=lzma.FORMAT_ALONE), "lzma", "unpack"),
        (b"\x1f\x9d\x90" + CSV, "compressed with compress", "unpack"),
        (zipped(), "zip", "unpack"),
        (b"$FL2@(#) SPSS DATA FILE" + CSV, "SPSS", "read_spss"),
        (b"<stata_dta><header>" + CSV, "Stata", "read_stata"),
        (b"RDX3\nX\n" + CSV, "data of R", "write.csv"),
        (b"\x93NUMPY\x01\0" + CSV, "NumPy", "savetxt"),
        (b"PARE" + b"\0\1\xff" * 30, "encrypted Parquet", "without encryption"),
        (zipped("rows.csv"), "zip", "unpack"),
        (zipped("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"), "Excel", "CSV UTF-8"),
        (written(tarred), "tar", "unpack"),
        (b"%PDF-1.7\n%\xe2\xe3", "PDF", "CSV"),
        (b"ORC\x0a\x03\0\0", "ORC", "parquet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(9), "Excel", "CSV UTF-8"),
        (zipped("Index/Document.iwa"), "Numbers", "CSV UTF-8"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image", "name the file"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "image", "name the file"),
        (b"<!DOCTYPE html>\n<html><body></body></html>", "HTML", "CSV"),
    ],
)
def test_file_of_another_format_is_one_finding_that_says_what_to_do(
    data: bytes, what: str, remedy: str, tmp_path: Path
) -> None:
    report = checked(small(tmp_path, data))
    assert report.rows == 0
    assert places(report, "other-format") == [("a.csv", None)]
    [example] = report.findings["other-format"].examples
    assert what in example.what
    assert remedy in example.what


def test_workbook_is_told_by_its_name_where_its_start_does_not_say() -> None:
    found = other_format(b"PK\x03\x04" + bytes(100), "report.XLSX")
    assert found is not None
    assert "Excel" in found[0]


def test_archive_in_a_compressed_file_is_recognised(tmp_path: Path) -> None:
    data = gzip.compress(written(tarred))
    report = checked(small(tmp_path, data, source={"compression": "gzip"}))
    assert "tar" in report.findings["other-format"].examples[0].what


@pytest.mark.parametrize(
    "header", [b"ORCID,n,note\n", b"PAR1,PAR2,x\n", b"BZh,n,x\n", b"Obj,n,x\n", b"ARROW1,2,3\n"]
)
def test_text_that_begins_like_another_format_is_text(header: bytes) -> None:
    assert other_format(header + CSV, "a.csv") is None
