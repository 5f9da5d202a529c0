"""Text in any encoding of Python's, read as rows."""

import codecs
import csv as stdlib
import io
from encodings.aliases import aliases
from functools import cache
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from dynamodb_bulk.csv.batches import Rejected
from dynamodb_bulk.csv.encodings import Utf8Text
from dynamodb_bulk.csv.reader import CsvFormat, read_rows
from dynamodb_bulk.spec.model import Source

ENCODINGS = [
    "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252", "cp437",
    "iso8859-15", "mac-roman", "cp500", "koi8-r", "shift_jis", "gb18030", "euc_kr", "big5", "ascii",
]  # fmt: skip


def read(
    data: bytes, encoding: str, block_bytes: int = 8 << 20
) -> tuple[list[tuple[str | None, ...]], list[Rejected]]:
    form = CsvFormat(null_value="\0", encoding=encoding)
    batches = list(read_rows(io.BytesIO(data), "f.csv", ["a", "b"], form, block_bytes=block_bytes))
    return [row for one in batches for row in one.frame.rows()], [
        bad for one in batches for bad in one.rejected
    ]


class Dripping(io.RawIOBase):
    """A stream that gives one byte at a time."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int = -1, /) -> bytes:
        return self._data.read(1 if size else 0)


@cache
def rows_in(encoding: str) -> st.SearchStrategy[list[tuple[str, str]]]:
    """Rows that can be written in an encoding, of some of its characters: to find them all takes long."""
    some = map(
        chr, (*range(0x3000), *range(0x4E00, 0x5000), *range(0xAC00, 0xAD00), *range(0x1F600, 0x1F650))
    )
    characters = [one for one in some if one not in "\r\0¥‾" and one.encode(encoding, "ignore")]
    fields = st.text(st.sampled_from(characters) | st.sampled_from(["a", '"', ",", "\n"]), max_size=5)
    return st.lists(st.tuples(fields, fields), max_size=6)


@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(max_examples=settings().max_examples // 4)  # of each of many encodings
@given(data=st.data(), block_bytes=st.sampled_from([1, 2, 5, 64, 8 << 20]))
def test_rows_in_any_encoding_are_those_of_the_csv_module(
    encoding: str, data: st.DataObject, block_bytes: int
) -> None:
    rows = data.draw(rows_in(encoding))
    text = io.StringIO()
    stdlib.writer(text, quoting=stdlib.QUOTE_ALL, lineterminator="\n").writerows(rows)
    try:
        content = text.getvalue().encode(encoding)
        rows = list(map(tuple, stdlib.reader(io.StringIO(content.decode(encoding), newline=""))))
    except UnicodeError:
        return
    assert read(content, encoding, block_bytes) == (rows, [])


@pytest.mark.parametrize("declared", ["utf-8", "cp1252", "utf-16-be"])
@pytest.mark.parametrize("written", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_mark_wins_over_what_is_declared(written: str, declared: str) -> None:
    assert read("é,b\n".encode(written), declared) == ([("é", "b")], [])


@pytest.mark.parametrize("data", [b"", b"\xef", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"])
def test_file_of_a_mark_alone_has_no_rows_unless_it_is_none(data: bytes) -> None:
    rows, rejected = read(data, "utf-8")
    assert (rows, len(rejected)) == ([], int(data == b"\xef"))


@pytest.mark.parametrize(
    ("data", "encoding", "lines"),
    [
        (b"a,\x81\nb,c\nd,\x8f\x81\n", "cp1252", [1, 3]),
        (b"a,\xe9\nb,c\n", "ascii", [1]),
        ("a,b\n\ud800,c\nd,e\n".encode("utf-16-le", "surrogatepass"), "utf-16-le", [2]),
        ("a,b\nc,d".encode("utf-16-le")[:-1], "utf-16-le", [2]),
        (b"a,\x82\nb,c\n", "shift_jis", [1]),
    ],
)
def test_bytes_that_are_no_text_reject_their_row_alone(data: bytes, encoding: str, lines: list[int]) -> None:
    _, rejected = read(data, encoding)
    assert [(one.line, one.kind) for one in rejected] == [(line, "not-utf8") for line in lines]


def test_byte_that_is_no_text_is_named() -> None:
    _, [rejected] = read(b"a,\x81\n", "cp1252")
    assert rejected.reason == "byte 0x81 is not text in the file's encoding"


def test_bytes_may_come_one_by_one() -> None:
    stream = Utf8Text(cast("BinaryIO", Dripping("é,€\n".encode("utf-16"))), "utf-8")
    assert b"".join(iter(lambda: stream.read(3), b"")).decode() == "é,€\n"


@pytest.mark.parametrize("encoding", ["utf-16", "UTF_16", "utf-32", "U32"])
def test_wide_text_without_a_mark_begins_with_the_lower_byte(encoding: str) -> None:
    wide = "utf-32-le" if "32" in encoding else "utf-16-le"
    assert read("é,b\n".encode(wide), encoding) == ([("é", "b")], [])


def test_every_encoding_that_a_dataset_may_name_is_read_as_a_stream() -> None:
    names = sorted(set(aliases) | set(aliases.values()))
    accepted, codings = list[str](), set[str]()
    for name in names:
        try:
            source = Source(files=("*.csv",), encoding=name)
        except ValidationError:
            continue
        accepted.append(name)
        content = "a,b\n1,2\n".encode(source.encoding)
        assert Utf8Text(io.BytesIO(content), source.encoding).read() == b"a,b\n1,2\n"
        codec = codecs.lookup(source.encoding).name
        if codec not in codings:
            codings.add(codec)
            assert read(content, source.encoding, block_bytes=3) == ([("a", "b"), ("1", "2")], [])
            read(bytes(range(256)) * 2, source.encoding, block_bytes=199)
    assert set(names) - set(accepted) >= {"hex_codec", "zlib_codec", "rot_13", "base64_codec"}
    assert len(accepted) > 300


@given(
    data=st.binary(max_size=200) | st.text('a"\n\r,;#é', max_size=60).map(str.encode),
    encoding=st.sampled_from([*ENCODINGS, "utf-7", "hz", "iso2022_jp", "unicode_escape"]),
    block_bytes=st.sampled_from([1, 16, 8 << 20]),
    form=st.fixed_dictionaries(
        {},
        optional={
            "comment": st.sampled_from(["#", "a"]),
            "skip_rows": st.integers(0, 3),
            "skip_footer": st.integers(0, 3),
            "delimiter": st.sampled_from([",", ";", ",,", "é"]),
            "header_rows": st.sampled_from([0, 1]),
            "quoting": st.sampled_from(["rfc4180", "none"]),
        },
    ),
)
def test_any_bytes_are_the_same_rows_whatever_is_read_at_once(
    data: bytes, encoding: str, block_bytes: int, form: dict[str, Any]
) -> None:
    def found(size: int) -> tuple[list[Any], list[Any]]:
        csv = CsvFormat(encoding=encoding, **form)
        batches = list(read_rows(io.BytesIO(data), "f.csv", ["a", "b"], csv, block_bytes=size))
        rows = [row for one in batches for row in zip(one.lines.to_list(), one.frame.rows(), strict=True)]
        return rows, [(bad.line, bad.kind) for one in batches for bad in one.rejected]

    rows, rejected = found(block_bytes)
    assert found(8 << 20) == (rows, rejected)
    lines = [line for line, _ in (*rows, *rejected)]
    assert len(set(lines)) == len(lines)
