"""Doubled keys: exact, wherever they are, however little memory there is."""

from pathlib import Path
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_testing.plant import checked, places, small
from dynamodb_bulk.item_files.canonical import canonical_keys, key_hash
from dynamodb_bulk.preflight.duplicates import KeyHashes, KeyRows, find_duplicates
from dynamodb_bulk.spec.keys import KeyAttribute, TableKeys


@given(
    limit=st.sampled_from([2, 1_000_000]),
    batches=st.lists(st.lists(st.sampled_from([f"k{n}" for n in range(12)]), max_size=8), max_size=6),
)
def test_duplicates_are_all_rows_whose_key_came_before(
    limit: int, batches: list[list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("keys")
    expected: list[tuple[str, int, str, int]] = []
    seen: dict[str, tuple[str, int]] = {}
    rows: list[KeyRows] = []
    hashes = KeyHashes(folder, in_memory=limit)
    for file, keys in enumerate(batches):
        for line, key in enumerate(keys, 1):
            if key in seen:
                expected.append((f"f{file}", line, *seen[key]))
            seen.setdefault(key, (f"f{file}", line))
        frame = pl.DataFrame({"partition": keys}, schema={"partition": pl.String})
        lines = pl.int_range(1, len(keys) + 1, dtype=pl.UInt64, eager=True)
        rows.append(KeyRows(file=f"f{file}", lines=lines, keys=frame))
        hashes.add(key_hash(frame))
    with patch("dynamodb_bulk.preflight.duplicates.ROWS_IN_MEMORY", limit):
        count, found = find_duplicates(rows, hashes.repeated(), folder, 100)
        all_rows = tmp_path_factory.mktemp("all")
        assert find_duplicates(rows, None, all_rows, 0)[0] == count
    assert count == len(expected)
    assert [(one.file, one.line, one.first_file, one.first_line) for one in found] == expected


def test_keys_with_the_same_hash_are_not_the_same_key(tmp_path: Path) -> None:
    frame = pl.DataFrame({"partition": ["a", "b", "a"]})
    rows = [KeyRows(file="f", lines=pl.Series([1, 2, 3], dtype=pl.UInt64), keys=frame)]
    with patch(
        "dynamodb_bulk.preflight.duplicates.key_hash",
        return_value=pl.Series("hash", [7, 7, 7], dtype=pl.UInt64),
    ):
        count, [found] = find_duplicates(rows, pl.Series([7], dtype=pl.UInt64), tmp_path, 5)
    assert (count, found.line, found.first_line) == (1, 3, 1)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [("1", "1.0", True), ("1e0", "1", True), ("100", "1e2", True), ("-0.0", "0", True), ("1.50", "1.5", True),
     ("007", "7", True), ("10", "1", False), ("0.10", "0.01", False),
     ("12345678901234567890123456789012345678", "12345678901234567890123456789012345679", False)],
)  # fmt: skip
def test_numbers_are_one_key_when_they_are_equal(left: str, right: str, same: bool) -> None:
    keys = TableKeys(partition=KeyAttribute(name="n", type="N"))
    made = [canonical_keys(pl.DataFrame({"partition": [text]}), keys).item() for text in (left, right)]
    assert (made[0] == made[1]) is same


def test_partition_and_sort_key_together_are_the_key(tmp_path: Path) -> None:
    table = {"partition_key": {"name": "id", "type": "S"}, "sort_key": {"name": "pieces", "type": "N"}}
    report = checked(small(tmp_path, {"a.csv": b"k,1,\nk,2,\n", "b.csv": b"x,1,\nk,2,\n"}, table=table))
    [example] = report.findings["duplicate-key"].examples
    assert (Path(example.file).name, example.line, example.value) == ("b.csv", 2, "k, 2")
    assert example.what.startswith("the same key as line 2 of ")
    assert example.what.endswith("a.csv")


def test_sorted_keys_are_reported_and_shuffled_ones_are_not(tmp_path: Path) -> None:
    rising = b"".join(b"k%05d,1,\n" % n for n in range(1200))
    mixed = b"".join(b"k%05d,1,\n" % (n * 7919 % 1201) for n in range(1200))
    assert checked(small(tmp_path / "a", rising)).findings["sorted-data"].count == 1
    assert checked(small(tmp_path / "b", mixed)).findings["sorted-data"].count == 0


def test_binary_keys_of_a_file_of_items_are_compared_as_bytes(tmp_path: Path) -> None:
    lines = [b'{"Item":{"id":{"B":"%s"}}}' % key for key in (b"QUJD", b"qujd", b"QUJD")]
    tmp_path.joinpath("a.json").write_bytes(b"\n".join(lines))
    path = tmp_path / "dataset.yaml"
    path.write_text(
        "name: items\nsource: {format: dynamodb_json, files: [a.json]}\n"
        "table: {partition_key: {name: id, type: B}}\n"
    )
    assert places(checked(path), "duplicate-key") == [("a.json", 3)]
