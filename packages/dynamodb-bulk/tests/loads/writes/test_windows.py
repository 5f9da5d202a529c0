"""Windows hold every row once, and go on from the mark of any of them."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.loads.writes.puts import MOST_BYTES, Put
from dynamodb_bulk.loads.writes.windows import Mark, Window, batches, read_windows
from dynamodb_bulk.sources.reading import local_files

CSV = """
name: rows
source: {files: ['*.csv']}
columns: [{name: id, type: STRING, length: 8}, {name: n, type: INT4}]
table: {partition_key: {name: id}}
"""
ITEMS = """
name: items
source: {files: ['*.json'], format: dynamodb_json}
table: {partition_key: {name: id}}
"""
ARRAY = """
name: rows
source: {files: ['*.json'], format: json}
table: {partition_key: {name: id}}
"""


def of_csv(folder: Path) -> Dataset:
    (folder / "dataset.yaml").write_text(CSV)
    for name, first in (("a", 0), ("b", 25), ("c", 50)):
        rows = [f"k{number},{'bad' if number % 10 == 4 else number}" for number in range(first, first + 25)]
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n")
    return open_dataset(folder / "dataset.yaml")


def of_one_line(folder: Path) -> Dataset:
    """All rows are on one line of their file."""
    (folder / "dataset.yaml").write_text(ARRAY)
    for name, first in (("a", 0), ("b", 40)):
        rows = [{"id": f"k{number}", "n": number} for number in range(first, first + 40)]
        (folder / f"{name}.json").write_text(json.dumps(rows))
    return open_dataset(folder / "dataset.yaml")


def read(dataset: Dataset, after: Mark, size: int) -> list[Window]:
    return list(read_windows(dataset, local_files(dataset), after, lambda: size))


def keys(windows: list[Window]) -> list[str]:
    return sorted(json.loads(put.item)["id"]["S"] for window in windows for put in window.puts)


@pytest.mark.parametrize("make", [of_csv, of_one_line])
@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_windows_go_on_from_every_mark_without_a_row_lost_or_read_twice(
    tmp_path: Path, make: Callable[[Path], Dataset], size: int
) -> None:
    dataset = make(tmp_path)
    windows = read(dataset, Mark(), size)
    everything, rejects = keys(windows), sum(len(window.rejected) for window in windows)
    assert len(set(everything)) == len(everything)
    assert len(everything) + rejects == (75 if make is of_csv else 80)
    for done in range(len(windows)):
        rest = read(dataset, windows[done].mark, size + 2)
        assert keys(windows[: done + 1] + rest) == everything
        assert sum(len(window.rejected) for window in windows[: done + 1] + rest) == rejects


def test_window_is_not_in_the_order_of_the_files(tmp_path: Path) -> None:
    (tmp_path / "dataset.yaml").write_text(CSV)
    (tmp_path / "a.csv").write_text("".join(f"k{number},{number}\n" for number in range(1_000)))
    [window] = read(open_dataset(tmp_path / "dataset.yaml"), Mark(), 1_000)
    lines = [put.line for put in window.puts]
    assert lines != sorted(lines)
    assert sorted(lines) == list(range(1, 1_001))


def test_batches_hold_at_most_25_items_and_16_megabytes() -> None:
    small = [Put(0, line, b"{}") for line in range(60)]
    assert [len(batch) for batch in batches(small)] == [25, 25, 10]
    large = [Put(0, line, b"x" * (MOST_BYTES // 3)) for line in range(7)]
    assert [len(batch) for batch in batches(large)] == [3, 3, 1]


def test_batches_are_of_as_many_units_as_the_rate_allows() -> None:
    puts = [Put(0, line, b"x" * 1_500) for line in range(5)]  # of 2 units each
    assert [len(batch) for batch in batches(puts, 5)] == [2, 2, 1]
    assert [len(batch) for batch in batches(puts, 0)] == [1] * 5


class Taken(io.RawIOBase):
    """Counts what is read of a stream."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream, self.bytes = stream, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        content = self.stream.read(len(buffer))
        buffer[: len(content)] = content
        self.bytes += len(content)
        return len(content)


@pytest.mark.parametrize(
    ("document", "line"), [(CSV, "k%07d,1"), (ITEMS, '{"Item": {"id": {"S": "k%07d"}}}')]
)
def test_first_window_comes_before_much_of_a_file_is_read(
    document: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dynamodb_bulk.loads.writes.windows._BLOCK_BYTES", 32_768)
    (tmp_path / "dataset.yaml").write_text(document)
    lines = "\n".join(line % number for number in range(4_000_000 // (len(line) + 4)))
    name = "a.csv" if document == CSV else "a.json"
    (tmp_path / name).write_text(lines + "\n")
    dataset = open_dataset(tmp_path / "dataset.yaml")
    [file] = local_files(dataset)
    taken: Any = Taken(file.open())
    windows = read_windows(dataset, (replace(file, open=lambda: taken),), Mark(), lambda: 100)
    assert len(next(windows).puts) == 100
    assert 0 < taken.bytes < file.size / 3
