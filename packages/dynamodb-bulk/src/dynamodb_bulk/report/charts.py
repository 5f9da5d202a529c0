"""Charts as SVG for a page: no scripts, and the page's own colours, light and dark."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast

import leather
from markupsafe import Markup

WIDTH = 640
_HEIGHT = 240
_MARGIN = timedelta(minutes=2)  # beside a single point
# What charts cannot have from the page's style. Their colours are those of the text around them.
_THEME = {
    "background_color": "none",
    "label_color": "currentColor",
    "axis_title_color": "currentColor",
    "tick_color": "currentColor",
    "zero_color": "currentColor",
    "default_series_colors": ["currentColor"],
    "tick_font_family": "inherit",
    "axis_title_font_family": "inherit",
    "margin": 0.02,
}


def line_chart(points: Sequence[tuple[datetime, float]], unit: str, words: str) -> Markup:
    """Draw values by time, in UTC; `words` say what is seen to those who do not see it."""
    points = [(time.astimezone(UTC).replace(tzinfo=None), value) for time, value in points]
    chart = _chart(unit)
    most = max(value for _, value in points) or 1
    chart.add_y_scale(0, most * 1.05)
    first, last = points[0][0], points[-1][0]
    alone = first == last
    margin = _MARGIN if alone else timedelta()
    form = "%H:%M" if last - first < timedelta(days=1) else "%d %b %H:%M"
    chart.add_x_scale(first - margin, last + margin)
    chart.add_x_axis(name="UTC", tick_formatter=partial(_clock, form))
    (chart.add_dots if alone else chart.add_line)(points)
    return _svg(chart, words)


def column_chart(columns: Sequence[tuple[str, int]], unit: str, words: str) -> Markup:
    """Draw a column for each label."""
    chart = _chart(unit)
    chart.add_y_scale(0, max((count for _, count in columns), default=0) or 1)
    chart.add_columns(columns)
    return _svg(chart, words)


def _clock(form: str, time: datetime, *_: object) -> str:
    return time.strftime(form)


def _chart(unit: str) -> Any:
    for name, value in _THEME.items():
        setattr(leather.theme, name, value)
    chart = cast("Any", leather).Chart()
    chart.add_y_axis(name=unit)
    return chart


def _svg(chart: Any, words: str) -> Markup:
    """Return the chart with a name, and of a size that the page decides."""
    text = str(chart.to_svg(width=WIDTH, height=_HEIGHT))
    size = f'width="{WIDTH}" height="{_HEIGHT}"'
    named = Markup('viewBox="0 0 {} {}" role="img" aria-label="{}"').format(WIDTH, _HEIGHT, words)
    return Markup(text.replace(size, named, 1))  # noqa: S704 - leather escapes labels
