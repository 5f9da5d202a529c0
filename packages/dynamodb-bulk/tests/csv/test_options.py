"""Comments, lines to skip, footers, several NULL texts, long delimiters: next to Python's csv module."""

import csv as stdlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamodb_bulk.csv.reader import CsvFormat, read_rows

Rows = list[tuple[int, tuple[str | None, ...]]]
FIELDS = st.text(
    st.sampled_from(["a", "b", "#", "|", ":", ",", '"', "\n", " ", "é", "\x01", "\x02"]), max_size=4
)


def read(text: str, form: CsvFormat, columns: int = 2, block_bytes: int = 8 << 20) -> tuple[Rows, list[int]]:
    names = [f"c{number}" for number in range(columns)]
    rows: Rows = []
    rejected: list[int] = []
    for batch in read_rows(io.BytesIO(text.encode()), "f.csv", names, form, block_bytes=block_bytes):
        rows += zip(batch.lines.to_list(), batch.frame.rows(), strict=True)
        rejected += [one.line for one in batch.rejected]
    return rows, rejected


@pytest.mark.parametrize("block_bytes", [1, 7, 8 << 20])
def test_comment_lines_are_no_rows_and_are_counted(block_bytes: int) -> None:
    text = '# one\na,b\n#\nc,d\n"#e",f\n"x\n# in quotes",y\n# "last'
    rows, rejected = read(text, CsvFormat(comment="#"), block_bytes=block_bytes)
    assert rows == [(2, ("a", "b")), (4, ("c", "d")), (5, ("#e", "f")), (6, ("x\n# in quotes", "y"))]
    assert rejected == []


@pytest.mark.parametrize("block_bytes", [1, 8 << 20])
def test_comments_before_the_header_and_bad_rows_keep_their_lines(block_bytes: int) -> None:
    text = "-- made by hand\nid,name\na,b\n--\nc\nd,e\n"
    form = CsvFormat(comment="--", header_rows=1)
    assert read(text, form, block_bytes=block_bytes) == ([(3, ("a", "b")), (6, ("d", "e"))], [5])


def test_file_of_comments_has_no_rows() -> None:
    assert read("#a\n#b\n", CsvFormat(comment="#")) == ([], [])


@pytest.mark.parametrize("block_bytes", [1, 8 << 20])
@pytest.mark.parametrize(
    ("skipped", "rows"),
    [(0, [1, 2, 3, 4]), (1, [2, 3, 4]), (3, [4]), (4, []), (9, [])],
)
def test_skipped_rows_are_lines_of_the_file(skipped: int, rows: list[int], block_bytes: int) -> None:
    text = '"a,b\nc,d\ne,f\ng,h\n' if skipped else "a,b\nc,d\ne,f\ng,h\n"
    found, rejected = read(text, CsvFormat(skip_rows=skipped), block_bytes=block_bytes)
    assert ([line for line, _ in found], rejected) == (rows, [])


def test_skipped_rows_stand_before_the_header() -> None:
    form = CsvFormat(skip_rows=2, header_rows=1)
    assert read("Report\n\nid,name\na,b\n", form) == ([(4, ("a", "b"))], [])


@pytest.mark.parametrize("block_bytes", [1, 5, 8 << 20])
@pytest.mark.parametrize(("footer", "rows"), [(1, [1, 2]), (2, [1]), (3, []), (7, [])])
def test_footer_is_the_last_rows_whether_they_are_good_or_not(
    footer: int, rows: list[int], block_bytes: int
) -> None:
    found, rejected = read('a,b\nc,d\n"TOTAL\n2"\n', CsvFormat(skip_footer=footer), block_bytes=block_bytes)
    assert ([line for line, _ in found], rejected) == (rows, [])


def test_footer_leaves_a_rejected_row_before_it() -> None:
    assert read("a,b\nc\nTOTAL 1\n", CsvFormat(skip_footer=1)) == ([(1, ("a", "b"))], [2])


def test_null_may_be_one_of_several_texts() -> None:
    form = CsvFormat(null_value=("NULL", "N/A", ""))
    rows, _ = read('NULL,a\nN/A,\n"NULL",null\n', form)
    assert [row for _, row in rows] == [(None, "a"), (None, None), (None, "null")]


@given(
    delimiter=st.sampled_from(["||", "::", "#!", "é", "aa", "\x01\x02"]),
    rows=st.lists(st.tuples(FIELDS, FIELDS), max_size=8),
    block_bytes=st.sampled_from([1, 16, 8 << 20]),
)
def test_long_delimiter_separates_what_was_written_with_it(
    delimiter: str, rows: list[tuple[str, str]], block_bytes: int
) -> None:
    quoted = [["".join(('"', field.replace('"', '""'), '"')) for field in row] for row in rows]
    text = "".join(delimiter.join(row) + "\n" for row in quoted)
    found, rejected = read(text, CsvFormat(delimiter=delimiter, null_value="\0"), block_bytes=block_bytes)
    assert ([row for _, row in found], rejected) == (rows, [])


@given(
    rows=st.lists(st.tuples(FIELDS, FIELDS), max_size=8),
    comments=st.lists(st.integers(0, 8), max_size=4),
    footer=st.integers(0, 3),
    skipped=st.integers(0, 2),
    block_bytes=st.sampled_from([1, 16, 64, 8 << 20]),
)
def test_rows_are_those_of_the_csv_module_without_what_is_skipped(
    rows: list[tuple[str, str]], comments: list[int], footer: int, skipped: int, block_bytes: int
) -> None:
    out = io.StringIO()
    writer = stdlib.writer(out, quoting=stdlib.QUOTE_ALL, lineterminator="\n")
    out.write("to skip,\n" * skipped)
    for place, row in enumerate(rows):
        out.write("#,comment\n" * comments.count(place))
        writer.writerow(row)
    form = CsvFormat(comment="#", skip_footer=footer, skip_rows=skipped, null_value="\0")
    found, rejected = read(out.getvalue(), form, block_bytes=block_bytes)
    assert ([row for _, row in found], rejected) == (rows[: max(0, len(rows) - footer)], [])
    lines = out.getvalue().split("\n")
    for line, (first, _) in found:
        assert lines[line - 1].startswith('"' + (first or "").split("\n")[0].replace('"', '""'))
