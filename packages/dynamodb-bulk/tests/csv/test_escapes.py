"""Backslash escapes, as MySQL and PostgreSQL write them."""

import io
from dataclasses import replace
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamodb_bulk.csv.format import CsvFormat
from dynamodb_bulk.csv.reader import read_rows

Row = list[str | None]
FORMAT = CsvFormat(delimiter="\t", quoting="none", null_value=r"\N", escape="\\")
LETTERS = {"\n": "n", "\t": "t", "\r": "r", "\b": "b"}
TEXTS = st.text(st.sampled_from('a"N\\\n\t\r\bé,'), max_size=6)


def read(text: str, block_bytes: int = 4096) -> list[Row]:
    stream = io.BytesIO(text.encode())
    batches = read_rows(stream, "a.txt", ["a", "b"], FORMAT, block_bytes=block_bytes)
    rows: list[Row] = []
    for batch in batches:
        assert batch.rejected == ()
        rows += [list(row) for row in batch.frame.rows()]
    return rows


def of_mysql(value: str | None) -> str:
    """A backslash in front of each backslash, tab and line end, which stay as they are."""
    if value is None:
        return r"\N"
    return "".join("\\" + one if one in "\\\t\n" else one for one in value)


def of_postgres(value: str | None) -> str:
    """A letter for each control character."""
    if value is None:
        return r"\N"
    return "".join("\\" + LETTERS.get(one, one) if one in "\\\t\n\r\b" else one for one in value)


@given(
    rows=st.lists(st.lists(st.none() | TEXTS, min_size=2, max_size=2), min_size=1, max_size=8),
    block_bytes=st.integers(1, 40),
    mysql=st.booleans(),
)
def test_row_is_what_the_database_wrote_wherever_blocks_end(
    rows: list[Row], block_bytes: int, mysql: bool
) -> None:
    write = of_mysql if mysql else of_postgres
    if mysql:  # an unescaped return before a line end is part of it
        rows = [[value and value.replace("\r", "") for value in row] for row in rows]
    text = "".join("\t".join(map(write, row)) + "\n" for row in rows)
    assert read(text, block_bytes) == rows


@given(
    rows=st.lists(st.lists(TEXTS, min_size=1, max_size=3), min_size=1, max_size=8),
    block_bytes=st.integers(1, 40),
    header=st.booleans(),
)
def test_rows_are_on_the_lines_of_the_file_wherever_blocks_end(
    rows: list[Row], block_bytes: int, header: bool
) -> None:
    texts = ["\t".join(map(of_mysql, row)) + "\n" for row in rows]
    starts = [1 + text.count("\n") for text in accumulate(texts[:-1], initial="")]
    stream, csv = io.BytesIO("".join(texts).encode()), replace(FORMAT, header_rows=int(header))
    good: list[int] = []
    rejected: list[int] = []
    for batch in read_rows(stream, "a.txt", ["a", "b"], csv, block_bytes=block_bytes):
        good += batch.lines.to_list()
        rejected += [one.line for one in batch.rejected]
    expected = list(zip(starts, rows, strict=True))[header:]
    assert good == [start for start, row in expected if len(row) == 2]
    assert rejected == [start for start, row in expected if len(row) != 2]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("\\\\t\tb\n", ["\\t", "b"]),
        ("a\\\\\tb\n", ["a\\", "b"]),
        ("\\N\t\\\\N\n", [None, "\\N"]),
        ("a\\\tb\t\n", ["a\tb", ""]),
    ],
)
def test_backslash_in_front_of_a_backslash_is_none_for_what_follows(text: str, row: Row) -> None:
    assert read(text) == [row]
