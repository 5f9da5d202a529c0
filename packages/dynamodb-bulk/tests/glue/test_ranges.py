"""Files read range by range give what they give when read whole: findings, items, rejected rows, lines."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bulk_testing.by_ranges import (
    checked_by_ranges,
    converted_by_ranges,
    counted_by_ranges,
    ranges_of,
    work_of,
)
from bulk_testing.plant import EXAMPLES, checked, small
from dynamodb_bulk.conversion.convert import convert
from dynamodb_bulk.conversion.options import Options
from dynamodb_bulk.conversion.output import DATA, REJECTS, reject_line
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.preflight.count import RowCount, count_rows
from dynamodb_bulk.sources.reading import local_files

MANY = [b"k%03d,%d,note %d\n" % (n, n, n) for n in range(200)]
ROWS = b"".join(MANY[::4])  # of different lengths, and few, since each range costs more than its rows
FEW = ROWS[: ROWS.index(b"k020")]
RANGE_BYTES = 200  # a few ranges; of any size: `test_any_text_is_checked_the_same_by_ranges`
HEADER = b"id,pieces,note\n"
# Of these there is one example for each block of rows.
ONCE_A_BLOCK = ("leading-zeros", "never-expires", "fraction-cut-by-dms")
SHUFFLED = Options(shuffle=True, seed=3)


def cuts(path: Path, range_bytes: int) -> list[tuple[int, int | None]]:
    return [(part.start, part.end) for part in ranges_of(work_of(path), range_bytes)]


def report_of(path: Path, range_bytes: int | None = None) -> dict[str, Any]:
    report = checked(path) if range_bytes is None else checked_by_ranges(path, range_bytes)
    for kind, found in report.findings:
        if kind in ONCE_A_BLOCK:
            del found.examples[1:]
    return {**report.as_json(), "seconds": 0}


def counted(path: Path) -> tuple[RowCount, bytes]:
    dataset, rejects = open_dataset(path), list[bytes]()
    count = count_rows(
        dataset, local_files(dataset), reject=lambda row: rejects.append(reject_line(row)), examples=5
    )
    return count, b"".join(rejects)


def converted(path: Path, folder: Path, options: Options) -> tuple[dict[str, bytes], bytes]:
    work = work_of(path)
    manifest = convert(work.dataset, tuple(work.files), folder, options)
    rejects = folder / REJECTS
    parts = {part["file"]: (folder / DATA / part["file"]).read_bytes() for part in manifest.parts}
    return parts, rejects.read_bytes() if rejects.exists() else b""


@pytest.fixture
def many_buckets(monkeypatch: pytest.MonkeyPatch) -> int:
    """Several buckets in a file on this machine."""
    monkeypatch.setattr("dynamodb_bulk.conversion.convert.bucket_count", lambda *_: 7)
    monkeypatch.setattr("dynamodb_bulk.conversion.shuffling._MOST_FILES", 3)
    return 7


VARIANTS: dict[str, tuple[bytes, dict[str, Any]]] = {
    "plain": (ROWS, {}),
    "header": (HEADER + ROWS, {"header": True}),
    "skipped": (b"made\nby\n" + HEADER + ROWS, {"header": True, "skip_rows": 2}),
    "mark": (b"\xef\xbb\xbf" + ROWS, {}),
    "windows": (HEADER.replace(b"\n", b"\r\n") + ROWS.replace(b"\n", b"\r\n"), {"header": True}),
    "other-row-ends": (ROWS.replace(b"\n", b"|"), {"row_delimiter": "|"}),
    "no-last-newline": (ROWS.rstrip(), {}),
    "latin": (ROWS.replace(b"note", b"n\xf6te"), {"encoding": "latin-1"}),
    "utf-16": (ROWS.decode().encode("utf-16"), {}),
    "comments": (ROWS.replace(b"k052", b'# "a comment\nk052'), {"comment": "#"}),
    "rejected": (ROWS.replace(b"k076,76,", b"k076,many,").replace(b",152,", b",152,x,"), {}),
    "bare-quotes": (ROWS.replace(b"note 1", b'no"te 1'), {}),
    "stray-quotes": (ROWS.replace(b"note 96", b'"no"te'), {}),
    "quoted": (ROWS.replace(b"note 1", b'"no,te"'), {}),
    "quoted-newlines": (ROWS.replace(b"note 120", b'"a\nb"'), {}),
    "unclosed-quote": (ROWS.replace(b"note 120", b'"note'), {}),
    "duplicates": (ROWS.replace(b"k152", b"k004").replace(b"k156", b"k004"), {}),
    "wrong-delimiter": (ROWS.replace(b",", b";"), {}),
    "unexpected-header": (HEADER + ROWS, {}),
    "marks-within": (ROWS.replace(b"k1", b"\xef\xbb\xbfk1"), {}),
    "nul": (ROWS.replace(b"note 44", b"no\0te"), {}),
    "not-utf8": (ROWS.replace(b"note 44", b'"n\xff"'), {}),
    "gzip-not-declared": (b"\x1f\x8b" + ROWS, {}),
    "footer": (ROWS, {"skip_footer": 3}),
    "no-quoting": (ROWS.replace(b"note 1", b'"no'), {"quoting": "none"}),
    "blank-lines": (ROWS.replace(b"k09", b"\nk09"), {}),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_check_finds_the_same_by_ranges(variant: str, tmp_path: Path) -> None:
    data, source = VARIANTS[variant]
    path = small(tmp_path, {"a.csv": data, "b.csv": FEW}, source=source)
    assert report_of(path, RANGE_BYTES) == report_of(path)


@pytest.mark.parametrize("variant", sorted(VARIANTS.keys() - {"gzip-not-declared", "unclosed-quote", "nul"}))
def test_count_is_the_same_by_ranges(variant: str, tmp_path: Path) -> None:
    data, source = VARIANTS[variant]
    path = small(tmp_path, {"a.csv": data, "b.csv": FEW}, source=source)
    assert counted_by_ranges(path, RANGE_BYTES) == counted(path)


@pytest.mark.parametrize("variant", sorted(VARIANTS.keys() - {"gzip-not-declared"}))
def test_conversion_writes_the_same_parts_by_ranges(variant: str, tmp_path: Path, many_buckets: int) -> None:
    data, source = VARIANTS[variant]
    path = small(tmp_path / "data", {"a.csv": data, "b.csv": FEW}, source=source)
    whole = converted(path, tmp_path / "whole", SHUFFLED)
    assert converted_by_ranges(path, RANGE_BYTES, tmp_path, SHUFFLED, many_buckets) == whole


def test_conversion_cuts_a_large_bucket_alike_by_ranges(tmp_path: Path, many_buckets: int) -> None:
    options = Options(shuffle=True, part_bytes=500, compression="none")
    path = small(tmp_path / "data", b"".join(MANY))
    whole = converted(path, tmp_path / "whole", options)
    assert converted_by_ranges(path, 100, tmp_path, options, many_buckets) == whole
    assert "part-00001-2.json" in whole[0]
    assert max(map(len, whole[0].values())) <= 500


@pytest.mark.parametrize("example", ["complete", "minimal", "orders", "price-updates", "raw-dms"])
def test_examples_are_checked_the_same_by_ranges(example: str) -> None:
    path = EXAMPLES / example / "dataset.yaml"
    largest = max(file.stat().st_size for file in open_dataset(path).files)
    assert report_of(path, max(300, largest // 8)) == report_of(path)


FIELD = st.sampled_from(
    ["k1", "7", "", '"', '""', '"a,b"', '"a\nb"', "\n", "x" * 30, '"a"b', "é", "\r\n", ","]
)


# What is wrong with the columns is told from the first lines of the file, of which a range may hold a few.
@example(fields=["k1", '"', '"a\nb"', '"a\nb"'], range_bytes=8, header=False)
@example(
    fields=["", "", '"a"b', "\r\n", '"a\nb"', '"a\nb"', "\n", "x" * 30, '""'], range_bytes=9, header=True
)
@given(fields=st.lists(FIELD, max_size=60), range_bytes=st.integers(8, 90), header=st.booleans())
@settings(deadline=None)
def test_any_text_is_checked_the_same_by_ranges(
    fields: list[str], range_bytes: int, header: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = small(tmp_path_factory.mktemp("any"), ",".join(fields).encode(), source={"header": header})
    assert report_of(path, range_bytes) == report_of(path)


def test_file_is_cut_where_lines_end(tmp_path: Path) -> None:
    text = HEADER + b"".join(MANY)
    found = cuts(small(tmp_path, text, source={"header": True}), 1000)
    assert len(found) == 4
    assert [end for _, end in found[:-1]] == [start for start, _ in found[1:]]
    assert all(text[start - 1 : start] == b"\n" for start, _ in found[1:])


def test_rest_of_a_file_is_one_range_where_a_record_goes_over_lines(tmp_path: Path) -> None:
    path = small(tmp_path, b"".join(MANY).replace(b"note 150", b'"a\nb"'))
    assert [end for _, end in cuts(path, 1000)][-1] is None
    assert len(cuts(path, 1000)) == 3


@pytest.mark.parametrize("source", [{"compression": "gzip"}, {"skip_footer": 1}, {"encoding": "utf-16"}])
def test_file_is_one_range_when_it_cannot_be_cut(source: dict[str, Any], tmp_path: Path) -> None:
    assert cuts(small(tmp_path, ROWS, source=source), 1000) == [(0, None)]
