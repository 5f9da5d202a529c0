"""What `bulk init` reports of the rows that it surveys: the same as `bulk check`, wherever it reports it."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.init.csv_files import propose_csv
from dynamodb_bulk.init.opening import data_files
from dynamodb_bulk.init.rendering import dataset_text
from dynamodb_bulk.preflight.report import CheckReport
from dynamodb_bulk.preflight.run import check_dataset
from dynamodb_bulk.sources.reading import local_files
from dynamodb_bulk.spec.errors import InputError

BLOCK = 300
NUMBERED = [f"{number},x,{number}" for number in range(100)]


def reports(folder: Path, files: Sequence[str]) -> tuple[CheckReport | None, CheckReport]:
    """Return what init reports of files in blocks of a few rows, and what a check of its dataset does."""
    paths = [folder / f"part-{number}.csv" for number in range(len(files))]
    for path, text in zip(paths, files, strict=True):
        path.write_bytes(text.encode())
    scratch = folder / "scratch"
    scratch.mkdir()
    proposal = propose_csv(data_files(paths), "data", scratch, lambda _: None, block_bytes=BLOCK)
    proposal.source = {"files": ["part-*.csv"], **proposal.source}
    key = proposal.keys[0] if proposal.keys else None
    target = folder / "dataset.yaml"
    target.write_text(dataset_text(proposal, key))
    ahead = proposal.check_report(target, key)
    dataset = open_dataset(target)
    return ahead, check_dataset(dataset, local_files(dataset))


def plain(report: CheckReport) -> dict[str, Any]:
    return report.as_json() | {"seconds": 0}


COLUMNS = {
    "whole": st.integers(-(10**6), 10**10).map(str),
    "decimal": st.decimals(-1000, 1000, places=2).map(str),
    "padded": st.integers(0, 99).map("{:04}".format),
    "text": st.text(st.characters(codec="utf-8", exclude_characters='\r\n",\0\ufeff'), max_size=12),
    "date": st.dates().map(str),
    "when": st.datetimes().map(lambda time: time.isoformat(" ")[:19]),
    "word": st.sampled_from(["true", "false"]),
}
BAD = ("2024-02-30", "NULL", "1e5", "x", "", '"a\nb"', "1,2", "9" * 40, "+5", "007", "1.50", "é\ufeff")
ENDS = st.sampled_from(["\n", "\r\n"])


@st.composite
def csv_files(draw: st.DrawFn) -> list[str]:
    """Files of some columns; into some of their later rows comes what was not among the first."""
    kinds = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=4))
    count = draw(st.integers(2, 60))
    first = draw(st.sampled_from(["distinct", "again"]))
    rows = [
        [str(row if first == "distinct" else row % 50), *(draw(COLUMNS[kind]) for kind in kinds)]
        for row in range(count)
    ]
    for _ in range(draw(st.integers(0, 2))):
        row = draw(st.integers(count // 2, count - 1))
        rows[row][draw(st.integers(0, len(kinds)))] = draw(st.sampled_from(BAD))
    header = ",".join(["id", *(f"c{place}" for place in range(len(kinds)))])
    end, files = draw(ENDS), draw(st.integers(1, 2))
    cut = [round(count * number / files) for number in range(files + 1)]
    return [
        end.join([header, *(",".join(row) for row in rows[start:stop]), ""]) for start, stop in pairwise(cut)
    ]


@given(csv_files())
def test_init_reports_what_a_check_does_when_files_are_any(files: list[str]) -> None:
    with TemporaryDirectory() as folder:
        try:
            ahead, checked = reports(Path(folder), files)
        except InputError:  # where init writes no dataset there is nothing to check
            return
        assert ahead is None or plain(ahead) == plain(checked)


@pytest.mark.parametrize(
    "later",
    [
        "1000000,a longer text than any before,1000000",
        "99999999999,,",
        "-5,é,-5",
    ],
)
def test_init_reads_rows_once_when_later_ones_only_need_more_room(tmp_path: Path, later: str) -> None:
    ahead, checked = reports(tmp_path, ["\n".join(["id,t,n", *NUMBERED, later, ""])])
    assert ahead is not None
    assert plain(ahead) == plain(checked)
    assert (ahead.good, ahead.rows, ahead.bytes) == (True, 101, checked.bytes)


@pytest.mark.parametrize(
    "rows",
    [
        [*NUMBERED, "100,x,1,y"],  # a row that is rejected
        [*NUMBERED, "a,x,1"],  # the key is a text after all
        [f"{number}.5,x,1" for number in range(100, 201)],  # keys with a point, for which 1 and 1.0 are one
        [*NUMBERED, "100,x,NULL"],  # a text for NULL
        ["100,NULL,1", *NUMBERED],  # the same in a text, and in the first rows
        [row.replace("x", "2024-01-01") for row in NUMBERED] + ["100,2024-02-30,1"],
    ],
)
def test_init_reads_rows_again_when_later_ones_show_something_else(tmp_path: Path, rows: list[str]) -> None:
    ahead, checked = reports(tmp_path, ["\n".join(["id,t,n", *rows, ""])])
    assert (ahead, checked.rows) == (None, 101)
