"""The story of loads as one page of HTML or Markdown."""

import json
import platform
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from markupsafe import Markup

from dynamodb_bulk.aws.clock import aws_now
from dynamodb_bulk.csv.batches import Rejected
from dynamodb_bulk.estimate.size import UNIT
from dynamodb_bulk.loads.load import StagedLoad
from dynamodb_bulk.rejected.rows import sentence
from dynamodb_bulk.report.charts import column_chart, line_chart
from dynamodb_bulk.report.metrics import Series
from dynamodb_bulk.report.story import Story
from dynamodb_bulk.report.templating import html_page, markdown_page
from dynamodb_bulk.spec.text import duration, number_of, place

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
PARTITION_UNITS = 1_000
_VALUE = 200  # characters of a value that are shown
_MOST_TEXT = 20_000  # characters of a dataset file
_TIME = "%Y-%m-%d %H:%M:%S"
_KB = 1024
_LEAST_USD = 0.0001


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A picture, and the figures that it shows."""

    title: str
    svg: Markup
    headings: tuple[str, str]
    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Rejection:
    """A kind of rejected rows: what is wrong, how many there are, and the first of them."""

    words: str
    count: int
    examples: Sequence[tuple[str, str, str, str]]


@dataclass(frozen=True, kw_only=True)
class LoadView:
    """What the templates show of a story."""

    story: Story

    @property
    def colour(self) -> str:
        """The class of the verdict."""
        return {True: "good", False: "error", None: "warning"}[self.story.status.good]

    @property
    def cards(self) -> list[tuple[str, str]]:
        """The figures that come first."""
        row = self.story.status
        if self.story.trouble:
            return []
        return [
            ("rows in the files", "not counted" if row.rows_in_files is None else f"{row.rows_in_files:,}"),
            ("items written", f"{row.items_written:,}"),
            ("rejected rows", f"{row.rejected:,}"),
            ("condition failed", f"{row.condition_failed:,}"),
            ("time at AWS", duration(row.seconds) if row.seconds else "not known"),
            ("rate", f"{self.rate:,.1f} items/s" if self.rate else "not known"),
        ]

    @property
    def rate(self) -> float | None:
        """Items per second, on average."""
        row = self.story.status
        return row.items_written / row.seconds if row.seconds else None

    @property
    def route(self) -> list[tuple[str, str]]:
        """From where to where."""
        story, load, run = self.story, self.story.load, self.story.run.value
        files = story.contents.value
        held = story.contents.missing
        if files:
            held = f"{number_of(files.files, 'file')}, {files.bytes:,} bytes as stored"
        staged = load.files if isinstance(load, StagedLoad) else None
        return [
            ("from", story.source),
            ("files", held),
            *([("read by AWS from", staged.url)] if staged else []),
            ("by", story.status.method.replace("_", " ")),
            ("to table", f"{load.table} in {story.region}"),
            ("began", _time(run.began if run else None)),
            ("ended", _time(run.ended if run else None)),
        ]

    @property
    def charts(self) -> list[Chart]:
        """The metrics of CloudWatch."""
        return [_metric_chart(one) for one in self.story.series.value or ()]

    @property
    def rejections(self) -> list[Rejection]:
        """The rows of the files that cannot be items, by reason, the most frequent first."""
        contents = self.story.contents.value
        if contents is None:
            return []
        return [
            Rejection(
                words=sentence(kind), count=count, examples=[_example(one) for one in contents.examples[kind]]
            )
            for kind, count in contents.kinds.most_common()
        ]

    @property
    def named(self) -> Counter[str]:
        """The reasons that AWS gives for items it rejected."""
        return self.story.named.value or Counter()

    @property
    def elsewhere(self) -> int:
        """Rejected rows of the verdict beyond those that the files show."""
        contents = self.story.contents.value
        return max(0, self.story.status.rejected - (contents.kinds.total() if contents else 0))

    @property
    def sizes(self) -> Chart | None:
        """The sizes of the items."""
        contents = self.story.contents.value
        if contents is None or not contents.sizes:
            return None
        columns = [(f"≤ {_bytes(limit)}", count) for limit, count in contents.sizes]
        words = f"Sizes of {contents.sampled:,} items; {_bytes(round(contents.mean_bytes))} on average"
        return Chart(
            title=words,
            svg=column_chart(columns, "items", words),
            headings=("size", "items"),
            rows=[(label, f"{count:,}") for label, count in columns],
        )

    @property
    def units_per_second(self) -> float | None:
        """Write units of the table per second, on average; None where the load is not known to use any."""
        run, contents = self.story.run.value, self.story.contents.value
        used = any(one.price == "write_request_million" for one in run.used) if run else False
        consumed = any(one.total for one in self.story.series.value or ())
        if not self.rate or not contents or not contents.sampled or not (used or consumed):
            return None
        return self.rate * max(1.0, contents.mean_bytes / UNIT)

    @property
    def keys(self) -> list[tuple[str, ...]]:
        """Values of the partition key that most items have: share, write units per second, whether hot."""
        contents, units = self.story.contents.value, self.units_per_second
        if contents is None:
            return []
        return [
            (
                _short(key),
                f"{share:.1%}",
                "not known" if units is None else f"{units * share:,.0f}",
                "hot" if units is not None and units * share >= PARTITION_UNITS else "",
            )
            for key, share in contents.fullest
        ]

    @property
    def comparison(self) -> list[tuple[str, str, str]]:
        """Estimated against actual: time and cost."""
        story, row = self.story, self.story.status
        estimate = story.estimate.value
        known = [one.usd for one in story.costs if one.usd is not None]
        cost = "not known: AWS reports nothing that it is charged by"
        if story.costs:
            total = sum(known)
            priced = f"{total:.4f} USD" if total >= _LEAST_USD or not total else f"under {_LEAST_USD} USD"
            cost = priced if len(known) == len(story.costs) else "not known: no price"
            cost += f" ({'; '.join(one.words for one in story.costs)})"
        return [
            ("time", _estimated_time(story), duration(row.seconds) if row.seconds else "not known"),
            ("cost", f"{estimate.cost} USD" if estimate else "not known", cost),
        ]

    @property
    def settings(self) -> list[tuple[str, str]]:
        """All that the stack's state describes the load by."""
        described: dict[str, Any] = self.story.load.model_dump(mode="json")
        return [
            (name, value if isinstance(value, str) else json.dumps(value))
            for name, value in described.items()
            if value not in (None, "", [], {})
        ]

    @property
    def versions(self) -> list[tuple[str, str]]:
        """The programs that made the load, as far as known, and this page."""
        return [
            ("dynamodb-bulk", version("dynamodb-bulk")),
            ("Python", platform.python_version()),
            ("boto3", version("boto3")),
            ("Pulumi", self.story.engine or "not known"),
            ("prices", f"{self.story.prices.region} of {self.story.prices.as_of}"),
        ]

    @property
    def dataset_text(self) -> str:
        """The dataset file, or its beginning."""
        text = self.story.dataset_text.value
        if text is None:
            return self.story.dataset_text.missing
        return text if len(text) <= _MOST_TEXT else text[:_MOST_TEXT] + "\n…"


def render_html(stories: Sequence[Story]) -> str:
    """Return the page of some loads."""
    return html_page("load_page.html", **_values(stories))


def render_markdown(stories: Sequence[Story]) -> str:
    """Return the same in short, for a pull request."""
    return markdown_page("load_page.md", **_values(stories))


def _values(stories: Sequence[Story]) -> dict[str, Any]:
    return {"loads": [LoadView(story=one) for one in stories], "now": f"{aws_now():{_TIME}} UTC"}


def _metric_chart(series: Series) -> Chart:
    metric = series.shown
    most = max(value for _, value in series.points)
    total = "" if series.total is None else f", {series.total:,.0f} in all"
    words = f"{metric.title}: at most {most:,.1f} {metric.unit}{total}"
    return Chart(
        title=words,
        svg=line_chart(series.points, metric.unit, words),
        headings=("time, UTC", metric.unit),
        rows=[(f"{time.astimezone(UTC):{_TIME}}", f"{value:,.1f}") for time, value in series.points],
    )


def _example(one: Rejected) -> tuple[str, str, str, str]:
    where = place(one.file, one.line, one.unit)
    value = "" if one.value is None else _short(repr(one.value))
    return where, one.column or "", one.reason, value


def _estimated_time(story: Story) -> str:
    found = story.estimate.value
    if found is None or found.longest is None:
        return "not known"
    if found.shortest is None or found.shortest == found.longest:
        return duration(found.longest)
    return f"{duration(found.shortest)} to {duration(found.longest)}"


def _time(time: datetime | None) -> str:
    return f"{time.astimezone(UTC):{_TIME}} UTC" if time else "not known"


def _bytes(count: int) -> str:
    return f"{count:,} B" if count < _KB else f"{count / _KB:,.0f} KB"


def _short(text: str) -> str:
    return text if len(text) <= _VALUE else text[: _VALUE - 1] + "…"
