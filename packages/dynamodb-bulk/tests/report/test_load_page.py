"""The page of a load: what it says of what is known, and of what is not; nothing in data becomes markup."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from bulk_testing.story import EVIL, IMAGE, RESOURCES, made_story
from dynamodb_bulk.aws import clock
from dynamodb_bulk.loads.last_run import LastRun
from dynamodb_bulk.report.load_page import LoadView, render_html, render_markdown
from dynamodb_bulk.report.story import Known, Story
from dynamodb_bulk.report.tree import load_tree


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return made_story(tmp_path)


class Tags(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


@pytest.mark.parametrize("render", [render_html, render_markdown])
def test_page_names_the_verdict_before_all_else(story: Story, render: Callable[[list[Story]], str]) -> None:
    page = render([story])
    places = [page.index(each) for each in ("not good", "2 of 6 rows rejected", "items written", "eu-west-1")]
    assert places == sorted(places)


@pytest.mark.parametrize("hours", [-1, 1])
def test_page_is_dated_by_the_clock_of_aws(story: Story, monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    ahead = timedelta(hours=hours)
    monkeypatch.setattr(clock, "_ahead", ahead)
    before = datetime.now(UTC) + ahead
    written = re.search(r"Written ([\d-]+ [\d:]+) UTC", render_html([story]))
    assert written
    assert abs(datetime.fromisoformat(f"{written[1]}+00:00") - before) < timedelta(minutes=2)


def test_page_shows_rejected_rows_by_reason_with_place_and_value(story: Story) -> None:
    [found] = LoadView(story=story).rejections
    assert found.count == 2
    assert [(Path(place).name, column) for place, column, _, _ in found.examples] == [
        ("a.csv, line 2", "pieces"),
        ("a.csv, line 4", "pieces"),
    ]
    assert EVIL in found.examples[0][3]


def test_page_shows_charts_with_their_figures_and_the_picture_of_the_resources(story: Story) -> None:
    page = Tags(render_html([story]))
    pictures = [attributes for attributes in page.of("svg") if attributes.get("role") == "img"]
    assert len(pictures) == len(page.of("svg")) == 4
    assert all(attributes["aria-label"] for attributes in pictures)
    assert "at most 40.0 write units per second, 6,000 in all" in page.text
    assert "2026-11-01 12:04:00" in page.text


def test_page_has_landmarks_and_headings_in_order(story: Story) -> None:
    page = Tags(render_html([story, story]))
    assert len(page.of("main")) == len(page.of("h1")) == len(page.of("nav")) == 1
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(page.of("table")) == len(page.of("caption"))


def test_values_that_look_like_markup_are_shown_as_text(story: Story) -> None:
    page = Tags(render_html([story]))
    assert not page.of("script", "img")
    assert page.text.count(EVIL) >= 4
    assert IMAGE in page.text


def test_markdown_shows_values_that_look_like_markup_as_text(story: Story) -> None:
    text = render_markdown([story])
    assert not re.search(r"(?<!\\)<(script|img)", text)
    assert r"\|\`\@all\`\|" in text
    rows = [re.sub(r"\\.", "", line) for line in text.splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} <= {3, 4, 5}
    assert not re.search(r"[`<>@]", "".join(rows))


def test_page_compares_time_and_cost_with_the_estimate(story: Story) -> None:
    assert LoadView(story=story).comparison == [
        ("time", "60 s", "5.0 min"),
        ("cost", "0.50 USD", "0.2500 USD (4 write units)"),
    ]


def test_page_says_not_known_when_nothing_is_known(story: Story) -> None:
    unknown = replace(
        story,
        status=replace(story.status, seconds=0.0, rows_in_files=None, good=None, verdict="IN_PROGRESS"),
        run=Known(value=LastRun()),
        series=Known(missing="CloudWatch: nothing"),
        contents=Known(missing="a.csv: gone"),
        estimate=Known(missing="a.csv: gone"),
        dataset_text=Known(missing="dataset.yaml: gone"),
        named=Known(missing="AccessDenied"),
        costs=(),
        tree=(),
    )
    text = " ".join(Tags(render_html([unknown])).text.split())
    assert "no verdict yet" in text
    assert "No figures: CloudWatch: nothing" in text
    assert "The files cannot be read: a.csv: gone" in text
    assert ("rows in the files", "not counted") in LoadView(story=unknown).cards
    assert LoadView(story=unknown).comparison == [
        ("time", "not known", "not known"),
        ("cost", "not known", "not known: AWS reports nothing that it is charged by"),
    ]
    assert "no figures: " in render_markdown([unknown])


@pytest.mark.parametrize(("written", "hot"), [(4, ""), (4_000_000, "hot")])
def test_value_of_the_key_is_hot_when_it_gets_more_units_than_a_partition_takes(
    story: Story, written: int, hot: str
) -> None:
    keys = LoadView(story=replace(story, status=replace(story.status, items_written=written))).keys
    assert {(share, said) for _, share, _, said in keys} == {("25.0%", hot)}


def test_no_value_of_the_key_is_hot_when_the_write_units_are_not_known(story: Story) -> None:
    fast = replace(story.status, items_written=4_000_000)
    of_import = replace(story, status=fast, run=Known(value=LastRun()), series=Known(missing="none"))
    assert {key[2:] for key in LoadView(story=of_import).keys} == {("not known", "")}


def test_rows_of_the_verdict_that_the_files_do_not_show_are_counted(story: Story) -> None:
    assert LoadView(story=story).elsewhere == 0
    more = replace(story, status=replace(story.status, rejected=7))
    assert "5 rows of the verdict are not wrong in the files" in render_html([more])


def test_tree_has_what_the_load_has_and_what_that_depends_on() -> None:
    shown = [(one.resource.name, one.depth, one.above, one.own) for one in load_tree(RESOURCES, "small")]
    assert shown == [
        ("stack", 0, None, False),
        ("files", 1, 0, False),
        ("bucket", 2, 1, False),
        ("orders", 1, 0, True),
        ("table", 2, 3, True),
    ]
    assert load_tree(RESOURCES, "third") == ()
