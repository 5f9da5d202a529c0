"""The page of a check: what it says, and that nothing in a file becomes part of its markup."""

from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from bulk_testing.plant import small
from dynamodb_bulk.cli.check import check
from dynamodb_bulk.csv.batches import RowBatch
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.preflight.profile import KEPT_HASHES, ColumnProfile, Profile
from dynamodb_bulk.preflight.run import check_dataset
from dynamodb_bulk.report.check_page import render_check
from dynamodb_bulk.sources.reading import local_files
from dynamodb_bulk.spec.columns import Column


class Page(HTMLParser):
    """Collects the tags and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not {"src", "href"} & {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def page(path: Path) -> Page:
    dataset = open_dataset(path)
    profile = Profile(dataset.columns)
    report = check_dataset(dataset, local_files(dataset), watch=profile.add)
    return Page(render_check([(report, profile)]))


def test_page_shows_counts_findings_and_columns_and_needs_nothing_else(tmp_path: Path) -> None:
    shown = page(small(tmp_path, b"a,1,x\nb,oops,\nc,3,\n"))
    assert "not good" in shown.text
    assert "pieces: not a whole number" in shown.text
    assert "66.7%" in shown.text
    assert shown.tags.count("svg") == 6
    assert "script" not in shown.tags


def test_page_when_a_value_looks_like_markup_shows_it_as_text(tmp_path: Path) -> None:
    shown = page(small(tmp_path, b"a,<script>alert(1)</script>,<b>\n"))
    assert "script" not in shown.tags
    assert "<script>alert(1)" in shown.text


def test_profile_counts_nulls_lengths_and_extremes() -> None:
    column = ColumnProfile(name="n", type="INT4", is_number=True)
    column.add(pl.Series(["9", None, "10"]))
    column.add(pl.Series(["-2", None]))
    assert (column.rows, column.nulls, column.smallest, column.largest) == (5, 2, -2.0, 10.0)
    assert (column.shortest, column.longest, column.distinct) == (1, 2, 3)


@pytest.mark.parametrize("count", [100, 50_000])
def test_distinct_is_exact_for_few_values_and_near_for_many(count: int) -> None:
    column = ColumnProfile(name="s", type="STRING", is_number=False)
    for _ in range(2):
        column.add(pl.int_range(count, eager=True).cast(pl.String))
    assert column.distinct == (count if count < KEPT_HASHES else pytest.approx(count, rel=0.1))


def test_check_writes_the_page_that_is_asked_for(tmp_path: Path) -> None:
    html = tmp_path / "out.html"
    assert check([small(tmp_path, b"a,1,x\n")], html=html, as_json=True) == 0
    assert "a,1" not in html.read_text()
    assert "<svg" in html.read_text()


@pytest.mark.parametrize(("count", "about"), [(100, False), (3_000, True)])
def test_page_calls_the_number_of_different_values_about_when_it_is_estimated(
    tmp_path: Path, count: int, about: bool
) -> None:
    rows = b"".join(b"%d,1,x\n" % one for one in range(count))
    assert ("about " in page(small(tmp_path, rows)).text) == about


def test_values_in_a_form_of_their_own_are_profiled_as_they_are_in_items() -> None:
    columns = [
        Column(name="n", type="REAL8", decimal=",", thousands="."),
        Column(name="d", type="DATE", date_format="dd.MM.YYYY"),
    ]
    frame = pl.DataFrame({"n": ["1.000,5", "20,0", None], "d": ["02.01.2026", "01.12.2025", "x"]})
    profile = Profile(columns)
    profile.add(RowBatch(file="f", lines=pl.Series([1, 2, 3]), frame=frame, rejected=()))
    numbers, dates = profile.columns
    assert (numbers.smallest, numbers.largest, numbers.nulls) == (20.0, 1000.5, 1)
    assert (dates.smallest, dates.nulls) == ("2025-12-01", 0)
