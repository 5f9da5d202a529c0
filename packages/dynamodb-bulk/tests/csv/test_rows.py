import csv as stdlib
import gzip
import io
import tracemalloc
from collections.abc import Iterator
from typing import Any, BinaryIO, cast
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamodb_bulk.csv.batches import Rejected
from dynamodb_bulk.csv.reader import CsvFormat, read_rows
from dynamodb_bulk.csv.tokenizer import Record, RecordScanner

Rows = list[tuple[int, tuple[str | None, ...]]]


def read(
    data: bytes | str,
    columns: int = 2,
    *,
    form: CsvFormat | None = None,
    block_bytes: int = 8 << 20,
    record_bytes: int = 16 << 20,
) -> tuple[Rows, list[Rejected]]:
    stream = io.BytesIO(data.encode() if isinstance(data, str) else data)
    names = [f"c{index}" for index in range(columns)]
    rows: Rows = []
    rejected: list[Rejected] = []
    for batch in read_rows(
        stream, "f.csv", names, form or CsvFormat(), block_bytes=block_bytes, record_bytes=record_bytes
    ):
        assert batch.frame.columns == names
        rows += zip(batch.lines.to_list(), batch.frame.rows(), strict=True)
        rejected += batch.rejected
    return rows, rejected


def values(
    data: bytes | str, columns: int = 2, form: CsvFormat | None = None
) -> list[tuple[str | None, ...]]:
    rows, rejected = read(data, columns, form=form)
    assert not rejected
    return [row for _, row in rows]


def reasons(data: str, columns: int = 2) -> list[tuple[int, str]]:
    return [(one.line, one.reason) for one in read(data, columns)[1]]


def test_row_when_fields_are_plain_is_split_at_delimiters():
    assert values("a,b\nc,d\n") == [("a", "b"), ("c", "d")]


def test_row_when_last_line_has_no_newline_is_read():
    assert values("a,b\nc,d") == [("a", "b"), ("c", "d")]


def test_field_when_quoted_keeps_delimiters_newlines_and_quotes():
    assert values('"a,1","b\n2"\n"say ""hi""",""""\n') == [("a,1", "b\n2"), ('say "hi"', '"')]


def test_field_when_quoting_is_none_keeps_its_quotes():
    assert values('"a","b""\n', form=CsvFormat(quoting="none")) == [('"a"', '"b""')]


def test_quote_inside_an_unquoted_field_is_text():
    assert values('5" pipe,a""b\n') == [('5" pipe', 'a""b')]


def test_backslash_has_no_meaning():
    assert values('a\\,"b\\"\n') == [("a\\", "b\\")]


def test_empty_field_by_default_is_null():
    assert values(',""\n') == [(None, None)]


def test_empty_field_when_null_has_a_token_is_an_empty_string():
    assert values('\\N,\n"",x\n', form=CsvFormat(null_value="\\N")) == [(None, ""), ("", "x")]


def test_header_when_it_is_one_row_is_skipped_once():
    assert read('"na\nme",b\n1,2\n', form=CsvFormat(header_rows=1)) == ([(3, ("1", "2"))], [])


def test_file_when_it_is_only_a_header_has_no_rows():
    assert read("name,b", form=CsvFormat(header_rows=1)) == ([], [])


def test_file_when_it_is_empty_has_no_rows():
    assert read(b"") == ([], [])


def test_line_numbers_when_quoted_fields_hold_newlines_are_those_of_the_file():
    rows, _ = read('"a\n\n",b\nc,d\n"e\n",f\ng,h\n')
    assert [line for line, _ in rows] == [1, 4, 5, 7]


def test_row_when_it_has_too_few_columns_is_rejected_and_the_rest_is_read():
    rows, rejected = read("a,b,c,d\n1,2,3\ne,f,g,\n", 4)
    assert rows == [(1, ("a", "b", "c", "d")), (3, ("e", "f", "g", None))]
    assert rejected == [
        Rejected(file="f.csv", line=2, reason="3 columns, the definition has 4", row="1,2,3"),
    ]


def test_row_when_it_has_too_many_columns_is_rejected_with_the_count():
    assert reasons("a,b,c,d,e\n,,\n") == [
        (1, "5 columns, the definition has 2"),
        (2, "3 columns, the definition has 2"),
    ]


def test_empty_line_when_there_is_one_column_is_a_null():
    assert values("a\n\nb\n", 1) == [("a",), (None,), ("b",)]


def test_empty_line_when_there_are_more_columns_is_rejected():
    assert reasons("a,b\n\nc,d\n") == [(2, "1 column, the definition has 2")]


def test_operation_column_when_it_holds_i_is_left_out():
    assert values("I,a,b\nI,c\nI,d,e\n") == [("a", "b"), ("I", "c"), ("d", "e")]


def test_operation_column_when_it_holds_something_else_is_one_column_too_many():
    assert reasons("U,a,b\n") == [(1, "3 columns, the definition has 2")]


def test_text_after_a_closing_quote_rejects_the_row():
    rows, rejected = read('a,b\n"a"x,b\nc,d\n')
    assert [line for line, _ in rows] == [1, 3]
    assert [(one.line, one.reason, one.row) for one in rejected] == [
        (2, "text follows a closing quote", '"a"x,b')
    ]


def test_quote_when_it_is_never_closed_rejects_its_line_only():
    rows, rejected = read('a,b\n"c,d\ne,f\ng,h')
    assert rows == [(1, ("a", "b")), (3, ("e", "f")), (4, ("g", "h"))]
    assert [(one.line, one.reason) for one in rejected] == [(2, "a quote is opened and not closed")]


def test_bytes_when_not_utf8_reject_their_row():
    rows, rejected = read(b"a,b\nc,\xff\ne,\xc3\xa9\n")
    assert rows == [(1, ("a", "b")), (3, ("e", "é"))]
    assert [(one.line, one.reason) for one in rejected] == [(2, "not UTF-8: byte 0xff")]


def test_record_when_longer_than_the_limit_is_rejected_and_the_rest_is_read():
    data = "a,b\n" + "x" * 100 + ",y\nc,d\n" + '"' + "z\n" * 50
    for block_bytes in (1, 7, 1000):
        rows, rejected = read(data, block_bytes=block_bytes, record_bytes=40)
        assert rows == [(1, ("a", "b")), (3, ("c", "d"))]
        assert rejected[0].line == 2
        assert rejected[0].reason == "the record is longer than 40 bytes; is a quote not closed?"
        assert rejected[0].row.startswith("xxx")
        assert [one.line for one in rejected[1:]] == list(range(4, 54))


@pytest.mark.parametrize("block_bytes", [1, 2, 3, 5, 1 << 20])
def test_row_when_it_ends_with_return_and_newline_has_none_of_them(block_bytes: int):
    data = 'id,v\r\n1,"a"\r\n2,"b\r\nc"\r\n\r\n3,x\ry\n4,"d"\r\n'
    rows, rejected = read(data, form=CsvFormat(header_rows=1), block_bytes=block_bytes)
    assert rows == [(2, ("1", "a")), (3, ("2", "b\r\nc")), (6, ("3", "x\ry")), (7, ("4", "d"))]
    assert [(one.line, one.kind, one.row) for one in rejected] == [(5, "blank-line", "")]


def test_row_counts_returns_and_bare_quotes():
    batches = list(
        read_rows(io.BytesIO(b'a,b\r\nc,5" d\n"e","f"\r\ng,h"h\r\n'), "f", ["x", "y"], CsvFormat())
    )
    assert sum(batch.returns for batch in batches) == 3
    assert [line for batch in batches for line in batch.bare_quotes] == [2, 4]


@pytest.mark.parametrize("data", ["\ufeffa,b\r\n", "a,b\r\n"])
def test_return_and_byte_order_mark_when_the_format_is_literal_are_data(data: str):
    assert values(data, form=CsvFormat(literal=True)) == [(data[:-4], "b\r")]


def test_carriage_return_when_it_is_in_the_row_delimiter_ends_the_row():
    assert values('a,"b"\r\nc,d\ne\r\n', form=CsvFormat(row_delimiter="\r\n")) == [
        ("a", "b"),
        ("c", "d\ne"),
    ]


@pytest.mark.parametrize("block_bytes", [1, 2, 3, 4, 1 << 20])
def test_byte_order_mark_when_it_starts_the_file_is_removed(block_bytes: int):
    data = '\ufeff"a",b\n\ufeffc,d\n'
    assert read(data, block_bytes=block_bytes) == ([(1, ("a", "b")), (2, ("\ufeffc", "d"))], [])
    assert read("\ufeff", block_bytes=block_bytes) == ([], [])


@pytest.mark.parametrize(
    "delimiter", ["|", "\t", ";", " ", "¦", "\x01", "^", "]", "\\", "\r", "||", "::", "~|~", "a\x01b"]
)
def test_delimiter_when_it_is_any_text_splits_fields(delimiter: str):
    data = f'a{delimiter}"b{delimiter}1"\n'
    assert values(data, form=CsvFormat(delimiter=delimiter)) == [("a", f"b{delimiter}1")]


@pytest.mark.parametrize("options", [{"delimiter": "|\n"}, {"delimiter": ""}, {"row_delimiter": ""}])
def test_format_when_a_delimiter_cannot_work_is_refused(options: dict[str, str]):
    with pytest.raises(ValueError, match="delimiter"):
        CsvFormat(**options)  # pyright: ignore[reportArgumentType]


def test_row_text_of_a_rejected_row_is_cut():
    assert [len(one.row) for one in read("x" * 1000)[1]] == [200]


FORMATS = st.sampled_from(
    [
        CsvFormat(),
        CsvFormat(delimiter="|", null_value="N", header_rows=1),
        CsvFormat(row_delimiter="\r\n"),
        CsvFormat(literal=True),
        CsvFormat(quoting="none"),
        CsvFormat(delimiter="é"),
    ]
)


@given(
    data=st.text(alphabet='ab,|"\n\r\x01NIé', max_size=60),
    form=FORMATS,
    columns=st.integers(1, 4),
    block_bytes=st.sampled_from([1, 5, 16, 33]),
)
def test_rows_when_cut_into_blocks_are_the_same_as_record_by_record(
    data: str, form: CsvFormat, columns: int, block_bytes: int
):
    raw = data.encode()
    expected = record_by_record(raw, columns, form)
    assert read(raw, columns, form=form) == expected
    assert read(raw, columns, form=form, block_bytes=block_bytes) == expected


@given(
    raw=st.binary(max_size=40) | st.text(alphabet='a,"\n', max_size=80).map(str.encode),
    record_bytes=st.sampled_from([10, 25]),
    block_bytes=st.sampled_from([1, 4, 16]),
)
def test_rows_when_records_may_be_too_long_do_not_depend_on_blocks(
    raw: bytes, record_bytes: int, block_bytes: int
):
    rows, rejected = read(raw, record_bytes=record_bytes)
    cut_rows, cut_rejected = read(raw, record_bytes=record_bytes, block_bytes=block_bytes)
    assert cut_rows == rows
    assert [(one.line, one.reason) for one in cut_rejected] == [(one.line, one.reason) for one in rejected]


@given(
    raw=st.lists(
        st.sampled_from(
            [b"a,b", b'"a",b', b'"a\nb",', b'"', b'"a"x,b', b'a"b,c', b"\xff,a", b"\xc3\xa9,", b"a"]
        )
    ).map(b"\n".join),
    worthwhile=st.sampled_from([1, 4, 12]),
    block_bytes=st.sampled_from([8, 40, 1 << 20]),
    record_bytes=st.sampled_from([5, 20, 1 << 20]),
)
def test_rows_when_clean_lines_between_bad_ones_are_read_fast_are_the_same(
    raw: bytes, worthwhile: int, block_bytes: int, record_bytes: int
):
    with patch("dynamodb_bulk.csv.block_rows.WORTHWHILE_BYTES", worthwhile):
        fast = read(raw, block_bytes=block_bytes, record_bytes=record_bytes)
    with (
        patch("dynamodb_bulk.csv.block_rows.split_block", return_value=None),
        patch("dynamodb_bulk.csv.block_rows.bad_lines", return_value=[]),
    ):
        slow = read(raw, block_bytes=block_bytes, record_bytes=record_bytes)
    assert fast == slow


def test_rows_when_a_quote_is_never_closed_names_its_row_and_reads_the_rest_in_blocks():
    raw = b'1,a\n2,"b\n' + b"3,c\n" * 20_000
    scan, scanned = RecordScanner.scan, list[Record]()

    def counted(*args: Any, **options: Any) -> Iterator[Record]:
        for record in scan(*args, **options):
            scanned.append(record)
            yield record

    with (
        patch.object(RecordScanner, "scan", counted),
        patch("dynamodb_bulk.csv.block_rows.WORTHWHILE_BYTES", 10),
    ):
        rows, rejected = read(raw, block_bytes=2000, record_bytes=30_000)
    assert [(one.line, one.kind) for one in rejected] == [(2, "record-too-long")]
    assert len(rows) == 20_001
    assert len(scanned) == 1


@pytest.mark.parametrize(
    ("start", "more"),
    [(b"", b"\0" * 2**16), (b'a,"', b"b,c;" * 2**14), (b'a,"', b"b,c\n" * 2**14)],
    ids=["zeros", "a row without an end", "a quote that is not closed"],
)
def test_memory_is_bounded_when_a_compressed_record_does_not_end(start: bytes, more: bytes):
    content = io.BytesIO(gzip.compress(start + more * 2**7, 1))
    tracemalloc.start()
    try:
        with gzip.open(content) as file:
            batches = read_rows(
                cast("BinaryIO", file),
                "f.csv",
                ["a", "b"],
                CsvFormat(),
                block_bytes=2**16,
                record_bytes=2**17,
            )
            first, *_ = [one.line for batch in batches for one in batch.rejected]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert first == 1
    assert peak < 3 * 2**20, "of 8 MB"


FIELDS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=8) | st.sampled_from(
    ["", '"', ",", "\n", 'a"b', " x ", "#", "\r\n", "a\r\nb", "\n\r"]
)


TABLES = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(FIELDS, min_size=width, max_size=width), min_size=1, max_size=12)
)


def written(table: list[list[str]], quoting: Any, line_end: str) -> str:
    text = io.StringIO(newline="")
    stdlib.writer(text, lineterminator=line_end, quoting=quoting).writerows(table)
    return text.getvalue()


@given(
    table=TABLES,
    quoting=st.sampled_from([stdlib.QUOTE_ALL, stdlib.QUOTE_MINIMAL]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    mark=st.sampled_from(["", "\ufeff"]),
    block_bytes=st.sampled_from([16, 64, 1 << 20]),
)
def test_rows_when_written_by_the_csv_module_are_read_back(
    table: list[list[str]], quoting: Any, line_end: str, mark: str, block_bytes: int
):
    text = written(table, quoting, line_end)
    rows, rejected = read(
        mark + text, len(table[0]), form=CsvFormat(null_value="NULL!"), block_bytes=block_bytes
    )
    assert not rejected
    assert [row for _, row in rows] == [tuple(row) for row in table]
    assert [row for _, row in rows] == [tuple(row) for row in stdlib.reader(io.StringIO(text, newline=""))]


@given(
    table=TABLES,
    quoting=st.sampled_from([stdlib.QUOTE_ALL, stdlib.QUOTE_MINIMAL]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32-be", "latin-1", "cp1252", "cp1250"]),
)
def test_rows_in_any_encoding_are_those_of_pyarrow(
    table: list[list[str]], quoting: Any, line_end: str, encoding: str
):
    pyarrow, peer = (pytest.importorskip(name) for name in ("pyarrow", "pyarrow.csv"))
    content = written(table, quoting, line_end).encode(encoding, "replace")
    names = [f"c{index}" for index in range(len(table[0]))]
    texts = peer.ConvertOptions(
        column_types=dict.fromkeys(names, pyarrow.string()), strings_can_be_null=False
    )
    found = peer.read_csv(
        io.BytesIO(content),
        peer.ReadOptions(column_names=names, encoding=encoding),
        peer.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        texts,
    )
    rows, rejected = read(content, len(names), form=CsvFormat(null_value="NULL!", encoding=encoding))
    assert not rejected
    assert [row for _, row in rows] == [tuple(row.values()) for row in found.to_pylist()]


def record_by_record(data: bytes, columns: int, form: CsvFormat) -> tuple[Rows, list[Rejected]]:
    """The rules of reading, one character at a time."""
    text = data.decode()
    rows: Rows = []
    rejected: list[Rejected] = []
    if text and not text.endswith(form.row_delimiter):
        text += form.row_delimiter
    position, line, header = 0, 1, form.header_rows
    while position < len(text):
        record = one_record(text, position, form)
        if record is None:
            end = text.index(form.row_delimiter, position) + len(form.row_delimiter)
            fields, reason = [], "a quote is opened and not closed"
        else:
            fields, reason, end = record
        raw = text[position : end - len(form.row_delimiter)]
        raw = raw.removesuffix("\r") if form.returns_end_rows else raw
        if header:
            header = 0
        elif reason or len(fields) - (len(fields) == columns + 1 and fields[0] == "I") != columns:
            found = "1 column" if len(fields) == 1 else f"{len(fields)} columns"
            reason = reason or f"{found}, the definition has {columns}"
            more = raw.count(form.row_delimiter)
            reason += f"; its quotes make lines {line} to {line + more} one row" if more else ""
            rejected.append(Rejected(file="f.csv", line=line, reason=reason, row=raw))
        else:
            row = fields[-columns:]
            rows.append((line, tuple(None if field == form.null_value else field for field in row)))
        line += text.count(form.row_delimiter, position, end)
        position = end
    return rows, rejected


def one_record(text: str, position: int, form: CsvFormat) -> tuple[list[str], str | None, int] | None:
    fields: list[str] = []
    reason: str | None = None
    while True:
        field, quoted = "", False
        if form.quotes and text[position] == '"':
            position, quoted = position + 1, True
            while position < len(text) and (text[position] != '"' or text[position : position + 2] == '""'):
                field += text[position]
                position += 2 if text[position] == '"' else 1
            if position >= len(text):
                return None
            position += 1
        start = position
        ends = (form.row_delimiter, "\r\n") if form.returns_end_rows else (form.row_delimiter,)
        while text[position] != form.delimiter and not text.startswith(ends, position):
            position += 1
            if position == len(text):
                return None
        if quoted and position > start:
            reason = "text follows a closing quote"
        fields.append(field + text[start:position])
        if ended := next((end for end in ends if text.startswith(end, position)), None):
            return fields, reason, position + len(ended)
        position += 1
