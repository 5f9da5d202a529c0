"""What a table holds against what the files say."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dynamodb_bulk.aws import Aws, clock
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.verify.comparable import comparable_texts
from dynamodb_bulk.verify.item_source import Take
from dynamodb_bulk.verify.report import lines
from dynamodb_bulk.verify.reread import Item, Key
from dynamodb_bulk.verify.run import ExpectedLoad, verify
from dynamodb_bulk.verify.verification import Verification

READINGS = """
name: {name}
source: {{files: ["{name}.csv"]}}
columns:
  - {{name: id, type: STRING, length: 12}}
  - {{name: value, type: NUMERIC, precision: 20, scale: 4}}
table: {{partition_key: {{name: id}}}}
{more}
"""


def dataset(folder: Path, rows: Iterable[str], name: str = "readings", more: str = "") -> Dataset:
    (folder / f"{name}.csv").write_text("".join(f"{row}\n" for row in rows))
    (folder / f"{name}.yaml").write_text(READINGS.format(name=name, more=more))
    return open_dataset(folder / f"{name}.yaml")


def item(name: str, value: str) -> dict[str, Any]:
    return {"id": {"S": name}, "value": {"N": value}}


class Held:
    """Items that were read, and what is there when they are read again."""

    shown = "table t"
    live = True

    def __init__(self, keys: Any, items: Iterable[Item], now: Iterable[Item] | None = None) -> None:
        self._keys = keys
        self._items = list(items)
        self._now = self._items if now is None else list(now)

    def read(self, take: Take) -> None:
        for start in range(0, len(self._items), 10_000):
            texts = [json.dumps(one).encode() for one in self._items[start : start + 10_000]]
            take(comparable_texts(texts, self._keys))

    def lookup(self, keys: Sequence[Key]) -> dict[Key, Item]:
        wanted = set(keys)
        return {(one["id"]["S"],): one for one in self._now if (one["id"]["S"],) in wanted}


def verified(
    loads: Dataset | list[ExpectedLoad], items: Iterable[Item], now: Iterable[Item] | None = None, **more: Any
) -> Verification:
    expected = loads if isinstance(loads, list) else [ExpectedLoad(name=loads.name, dataset=loads)]
    keys = expected[0].dataset.keys
    return verify(
        expected, Held(keys, items, now), keys, Aws(region="eu-west-1"), lambda _: None, table="t", **more
    )


def test_table_that_holds_what_the_files_say_is_good_however_numbers_are_written(tmp_path: Path) -> None:
    found = verified(dataset(tmp_path, ["a,1.50", "b,2"]), [item("b", "2.0"), item("a", "1.5")])
    assert found.good
    assert (found.expected, found.found, found.same) == (2, 2, 2)


def test_digit_changed_in_one_of_25_000_items_is_named(tmp_path: Path) -> None:
    numbers = range(25_000)
    readings = dataset(tmp_path, (f"r{number:06},{number}.25" for number in numbers))
    items = [item(f"r{number:06}", f"{number}.25") for number in numbers]
    items[23_456] = item("r023456", "23456.26")
    found = verified(readings, items)
    assert found.reasons == ("1 different",)
    text = "\n".join(lines(found, "readings"))
    assert 'different {"id": {"S": "r023456"}}' in text
    assert "readings.csv, line 23457" in text
    assert 'value: expected {"N": "23456.25"}, found {"N": "23456.26"}' in text


def test_missing_extra_and_different_items_are_distinguished(tmp_path: Path) -> None:
    readings = dataset(tmp_path, ["a,1", "b,2", "c,3"])
    changed = {"id": {"S": "b"}, "value": {"S": "2"}, "more": {"BOOL": True}}
    found = verified(readings, [item("a", "1"), changed, item("d", "4")])
    assert found.reasons == ("1 missing", "1 different", "1 extra")
    different = next(one for one in found.differences if one.kind == "different")
    assert different.attributes == {
        "value": {"expected": {"N": "2"}, "found": {"S": "2"}},
        "more": {"found": {"BOOL": True}},
    }
    assert not found.changing


def test_extra_items_are_reported_without_failing_when_the_table_existed(tmp_path: Path) -> None:
    found = verified(dataset(tmp_path, ["a,1"]), [item("a", "1"), item("z", "9")], extra_allowed=True)
    assert found.good
    assert found.counts["extra"] == 1


def test_changing_table_does_not_count_as_a_failure_of_the_load(tmp_path: Path) -> None:
    readings = dataset(tmp_path, ["a,1", "b,2"])
    found = verified(readings, [item("a", "1"), item("b", "5")], now=[item("a", "1"), item("b", "6")])
    assert found.reasons == ("1 changed while the table was verified",)
    text = "\n".join(lines(found, "readings"))
    assert "differences are not counted as failures" in text


def test_item_that_agrees_when_read_again_is_not_a_difference(tmp_path: Path) -> None:
    readings = dataset(tmp_path, ["a,1", "b,2"])
    found = verified(readings, [item("a", "1")], now=[item("a", "1"), item("b", "2.00")])
    assert found.good
    assert found.counts["agrees"] == 1


def test_item_of_any_load_into_the_table_is_right(tmp_path: Path) -> None:
    loads = [
        ExpectedLoad(name=one.name, dataset=one)
        for one in (dataset(tmp_path, ["a,1", "b,2"]), dataset(tmp_path, ["b,3", "c,4"], name="later"))
    ]
    found = verified(loads, [item("a", "1"), item("b", "3"), item("c", "4")])
    assert found.good
    assert [(share.keys, share.held) for share in found.loads] == [(2, 1), (2, 2)]


def refusing(folder: Path, refused: int | None) -> list[ExpectedLoad]:
    more = "condition: attribute_not_exists(id) OR version < ${value}"
    return [
        ExpectedLoad(name="readings", dataset=dataset(folder, ["a,1", "b,2"], more=more), refused=refused)
    ]


def test_item_that_a_condition_may_have_kept_is_reported_separately(tmp_path: Path) -> None:
    found = verified(refusing(tmp_path, refused=1), [item("a", "1"), item("b", "7")])
    assert found.good
    assert found.counts["conditional"] == 1


def test_items_are_not_good_where_more_differ_than_conditions_refused(tmp_path: Path) -> None:
    found = verified(refusing(tmp_path, refused=1), [item("a", "6"), item("b", "7")])
    assert found.reasons == ("2 different, but only 1 failed their condition",)


def test_row_whose_key_comes_twice_may_be_either(tmp_path: Path) -> None:
    readings = dataset(tmp_path, ["a,1", "a,2"])
    for value in ("1", "2"):
        found = verified(readings, [item("a", value)])
        assert found.good
        assert found.repeated == 1
    assert verified(readings, [item("a", "3")]).reasons == ("1 different",)


def test_expired_item_that_is_missing_is_not_a_failure(tmp_path: Path) -> None:
    readings = dataset(tmp_path, ["a,1", "b,9999999999"])
    table = readings.table.model_copy(update={"time_to_live": "value"})
    found = verified(replace(readings, table=table), [item("b", "9999999999")])
    assert found.good
    assert found.counts == {"expired": 1}


@pytest.mark.parametrize(("ahead", "good"), [(1, True), (0, False), (-1, False)])
def test_item_is_expired_by_the_clock_of_aws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ahead: int, good: bool
) -> None:
    monkeypatch.setattr(clock, "_ahead", timedelta(hours=ahead))
    second = int((datetime.now(UTC) + timedelta(minutes=30)).timestamp())
    readings = dataset(tmp_path, [f"a,{second}"])
    table = readings.table.model_copy(update={"time_to_live": "value"})
    assert verified(replace(readings, table=table), []).good is good


def test_rows_that_are_no_items_are_not_expected(tmp_path: Path) -> None:
    found = verified(dataset(tmp_path, ["a,1", "b,two"]), [item("a", "1")])
    assert found.good
    assert found.loads[0].rejected == 1


@pytest.mark.parametrize("rows_in_memory", [50, 1_000_000])
def test_differences_are_the_same_whether_they_fit_into_memory_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_in_memory: int
) -> None:
    readings = dataset(tmp_path, (f"r{number:04},{number}" for number in range(2_000)))
    items = [item(f"r{number:04}", str(number + (number == 77))) for number in range(5, 2_005)]
    monkeypatch.setattr("dynamodb_bulk.verify.keyed_diff.ROWS_IN_MEMORY", rows_in_memory)
    found = verified(readings, items)
    assert found.counts == {"missing": 5, "extra": 5, "different": 1}
    assert found.same == 1_994


def test_differences_beyond_those_that_are_looked_at_are_counted_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dynamodb_bulk.verify.run.LOOKED_AT", 3)
    named: list[Any] = []

    def unlisted(kind: str, keys: Iterator[Key]) -> None:
        named.extend(keys)

    found = verified(dataset(tmp_path, (f"r{number},1" for number in range(10))), [], unlisted=unlisted)
    assert found.reasons == ("10 missing",)
    assert len(named) == 7
