"""A table in parts on disk: no row lost, what belongs together in one part, nothing left behind."""

from pathlib import Path

import polars as pl

from dynamodb_bulk.spilled_table import SpilledTable


def table(folder: Path, rows_in_memory: int) -> SpilledTable:
    return SpilledTable(
        folder, "rows", part_of=lambda frame: frame["key"] % 4, parts=4, rows_in_memory=rows_in_memory
    )


def frames(count: int) -> list[pl.DataFrame]:
    return [
        pl.DataFrame({"key": [number % 7, number % 3], "at": [number, number]}) for number in range(count)
    ]


def test_parts_are_one_and_nothing_is_on_disk_when_memory_has_room(tmp_path: Path) -> None:
    kept = table(tmp_path, 1_000)
    for frame in frames(100):
        kept.add(frame)
    assert not kept.spilled
    assert list(tmp_path.iterdir()) == []
    (part,) = kept.parts()
    assert part.equals(pl.concat(frames(100)))


def test_parts_have_every_row_once_and_in_order_when_memory_has_no_room(tmp_path: Path) -> None:
    kept = table(tmp_path, 10)  # more than ten spills
    for frame in frames(100):
        kept.add(frame)
    assert kept.spilled
    parts = list(kept.parts())
    keys = [set(part["key"]) for part in parts]
    assert sum(map(len, keys)) == len(set().union(*keys)) == 7
    assert all(part["at"].is_sorted() for part in parts)
    assert pl.concat(parts).sort("at", "key").equals(pl.concat(frames(100)).sort("at", "key"))
    assert list(tmp_path.iterdir()) == []


def test_part_of_a_table_in_memory_fits_that_of_another_on_disk(tmp_path: Path) -> None:
    kept = table(tmp_path, 1_000)
    for frame in frames(50):
        kept.add(frame)
    assert [
        part["key"].unique().sort().to_list()
        for number in range(4)
        if (part := kept.part(number)) is not None
    ] == [
        [0, 4],
        [1, 5],
        [2, 6],
        [3],
    ]


def test_parts_are_none_when_nothing_was_added(tmp_path: Path) -> None:
    assert list(table(tmp_path, 10).parts()) == []
