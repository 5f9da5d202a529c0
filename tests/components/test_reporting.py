"""The pace at which progress is shown."""

from collections.abc import Iterator

from components.reporting import paced


def shown(*reports: tuple[float, str]) -> list[str]:
    """What is shown of the reports at these seconds."""
    seconds: Iterator[float] = iter([0.0, *(second for second, _ in reports)])
    lines: list[str] = []
    report = paced(lines.append, lambda: next(seconds))
    for _, text in reports:
        report(text)
    return lines


def test_progress_is_shown_at_once_when_a_phase_begins() -> None:
    reports = [(0.1, "counting the rows"), (0.2, "counting the rows: 26"), (0.3, "importing 26 rows")]
    assert shown(*reports) == ["counting the rows", "importing 26 rows"]


def test_progress_is_shown_ever_more_rarely_when_only_its_numbers_change() -> None:
    hours = [(float(second), f"loading {second:,} rows") for second in range(1, 4 * 3600)]
    lines = shown(*hours)
    assert lines[:3] == ["loading 1 rows", "loading 2 rows", "loading 3 rows"]
    assert len(lines) == 312


def test_progress_is_shown_once_when_nothing_changes() -> None:
    assert shown((1, "task starting"), (100, "task starting")) == ["task starting"]
