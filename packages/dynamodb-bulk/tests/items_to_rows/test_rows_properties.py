"""Property: a row that is made of an item becomes that very item again, whatever the dataset."""

import csv
import io
import json
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulk_testing.row_cases import cases
from dynamodb_bulk.csv.reader import CsvFormat, read_rows
from dynamodb_bulk.dms.mappings import ObjectMapping
from dynamodb_bulk.items.numbers import canonical_number
from dynamodb_bulk.items.row_to_item import RowToItem
from dynamodb_bulk.items_to_rows.rows import ItemToRow
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.keys import KeyAttribute, TableKeys

NO_KEYS = TableKeys(partition=KeyAttribute(name="no such attribute", type="S"))


def by_value(value: Any) -> Any:
    """Equal numbers as one text."""
    if isinstance(value, dict):
        return {
            name: canonical_number(inner) if name == "N" and isinstance(inner, str) else by_value(inner)
            for name, inner in value.items()
        }
    return [by_value(one) for one in value] if isinstance(value, list) else value


def as_stored(value: Any, order: random.Random) -> Any:
    """As DynamoDB gives it back: members in any order."""
    if isinstance(value, dict):
        names = list(value)
        order.shuffle(names)
        return {name: as_stored(value[name], order) for name in names}
    return [as_stored(one, order) for one in value] if isinstance(value, list) else value


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    worthwhile=st.sampled_from([1, 1000]),
    case=cases(),
    seed=st.integers(0, 1000),
    null_value=st.sampled_from(["", "-"]),
)
def test_rows_made_of_any_items_become_those_items_again(
    monkeypatch: pytest.MonkeyPatch,
    worthwhile: int,
    case: tuple[list[Column], ObjectMapping, TableKeys | None, list[list[str]]],
    seed: int,
    null_value: str,
):
    monkeypatch.setattr("dynamodb_bulk.items_to_rows.extract._WORTHWHILE", worthwhile)
    columns, rule, keys, rows = case
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    names = [column.name for column in columns]
    form = CsvFormat(null_value=null_value)
    forward = RowToItem(columns, rule, keys)
    [*batches] = read_rows(io.BytesIO(text.getvalue().encode()), "f", names, form)
    items = [json.loads(item) for batch in batches for item in forward(batch).items]
    order = random.Random(seed)
    lines = [
        json.dumps({"Item": as_stored(item, order)}, ensure_ascii=False, separators=(",", ":")).encode()
        for item in items
    ]
    back = ItemToRow(columns, rule, keys or NO_KEYS, null_value=null_value)
    found = back(lines)
    assert found.frame.height + len(found.others) == len(items)
    told = ["more than one way", "which are missing"]
    if '"N"' in rule.model_dump_json():  # +5 has become 5, and no text attribute alone tells of the plus
        told.append("does not give")
    assert all(any(words in one.reason for words in told) for one in found.others)
    if back.lost or not batches:
        return
    again = RowToItem(columns, rule, keys)
    batch = batches[0]
    made = again(replace(batch, lines=found.places.cast(int), frame=found.frame, rejected=()))
    assert made.rejected == ()
    wanted = [by_value(items[place]) for place in found.places]
    assert [by_value(json.loads(item)) for item in made.items] == wanted
