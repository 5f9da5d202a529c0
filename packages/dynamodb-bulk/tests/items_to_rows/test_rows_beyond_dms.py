"""Rows of items of the types that only a conversion writes; what cannot be inverted says why."""

import json
from functools import cache
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamodb_bulk.csv.batches import RowBatch
from dynamodb_bulk.dms.mappings import ObjectMapping
from dynamodb_bulk.item_files.canonical import canonical_item
from dynamodb_bulk.items.row_to_item import RowToItem
from dynamodb_bulk.items_to_rows.rows import ItemToRow, Rows
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.keys import KeyAttribute, TableKeys

KEYS = TableKeys(partition=KeyAttribute(name="PK", type="S"))
RULE = {
    "rule-id": "1",
    "rule-name": "m",
    "rule-action": "map-record-to-record",
    "object-locator": {"schema-name": "s", "table-name": "t"},
    "target-table-name": "T",
}


def mapping(*exclude: str) -> ObjectMapping:
    return ObjectMapping.model_validate(
        {**RULE, "mapping-parameters": {"exclude-columns": exclude, "attribute-mappings": []}}
    )


def columns(**types: str) -> list[Column]:
    more: dict[str, dict[str, Any]] = {
        "STRING": {"length": 40}, "NUMERIC": {"precision": 20, "scale": 4}, "BYTE": {"length": 8}
    }  # fmt: skip
    return [
        Column.model_validate({"name": name, "type": kind, **more.get(kind, {})})
        for name, kind in types.items()
    ]


def rows(given: list[Column], attributes: dict[str, Any], *items: dict[str, Any], exclude: Any = ()) -> Rows:
    back = ItemToRow(given, mapping(*exclude), KEYS, attributes)
    return back([json.dumps({"Item": item}, separators=(",", ":")).encode() for item in items])


COLUMNS = columns(
    id="STRING", day="DATE", number="INT4", price="NUMERIC", flag="BOOLEAN", raw="BYTE", tags="STRING",
    sizes="STRING", marks="STRING", real="REAL8", note="CLOB",
)  # fmt: skip
ATTRIBUTES: dict[str, Any] = {
    "PK": {"S": "THING#${id}"},
    "SK": {"S": "${day}#${number}#${note}"},
    "on": {"BOOL": "${flag}"},
    "bytes": {"B": "${raw}"},
    "tags": {"SS": {"split": "${tags}", "delimiter": "|"}},
    "sizes": {"NS": {"split": "${sizes}", "delimiter": ","}},
    "marks": {"L": {"split": "${marks}", "delimiter": ";", "of": "N"}},
    "deep": {"M": {"price": {"N": "${price}"}, "fixed": {"S": "v1"}, "pair": {"L": [{"S": "id ${id}"}]}}},
    "void": {"NULL": True},
}
EXCLUDED = ("day", "number", "note", "flag", "raw", "price")
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=5)
TAG = TEXT.filter(lambda text: "|" not in text)
NONE = st.none()


@st.composite
def values(draw: st.DrawFn) -> dict[str, str | None]:
    numbers = st.integers(-99, 99).map(str)
    found = {
        "id": draw(TEXT),
        "day": draw(st.dates().map(str) | NONE),
        "number": draw(st.integers(-(2**31), 2**31 - 1).map(str) | NONE),
        "price": draw(st.decimals(-(10**9), 10**9, places=4).map(lambda one: f"{one:f}") | NONE),
        "flag": draw(st.sampled_from(["true", "false", "1", "0"]) | NONE),
        "raw": draw(st.binary(min_size=1, max_size=8).map(bytes.hex) | NONE),
        "tags": draw(
            st.lists(TEXT.filter(lambda text: "|" not in text), min_size=1, max_size=3, unique=True).map(
                "|".join
            )
            | NONE
        ),
        "sizes": draw(st.lists(numbers, min_size=1, max_size=3, unique=True).map(",".join) | NONE),
        "marks": draw(st.lists(numbers, min_size=1, max_size=3).map(";".join) | NONE),
        "real": draw(st.sampled_from(["1.5", "1E+100", "0.001", "-7"]) | NONE),
        "note": draw(TEXT | NONE),
    }
    return {column.name: found[column.name] for column in COLUMNS}


@cache
def items_of_every_type() -> RowToItem:
    return RowToItem(COLUMNS, mapping(*EXCLUDED), KEYS, ATTRIBUTES)


@given(worthwhile=st.sampled_from([1, 1000]), given=st.lists(values(), min_size=1, max_size=4))
def test_rows_of_items_of_every_type_become_those_items_again(
    worthwhile: int, given: list[dict[str, str | None]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dynamodb_bulk.items_to_rows.extract._WORTHWHILE", worthwhile)
        to_item = items_of_every_type()
        frame = pl.DataFrame(given, schema=dict.fromkeys((column.name for column in COLUMNS), pl.String))
        items = made(to_item, frame)
        back = ItemToRow(COLUMNS, mapping(*EXCLUDED), KEYS, ATTRIBUTES)
        found = back([f'{{"Item":{item}}}'.encode() for item in items])
        assert back.lost == ()
        assert found.others == ()
        again = made(to_item, found.frame)
    assert list(map(by_value, again)) == list(map(by_value, items))


def made(to_item: RowToItem, frame: pl.DataFrame) -> list[str]:
    lines = pl.int_range(1, frame.height + 1, dtype=pl.UInt64, eager=True)
    batch = to_item(RowBatch(file="f", lines=lines, frame=frame, rejected=()))
    assert batch.rejected == ()
    return batch.items.to_list()


def by_value(item: str) -> str:
    return canonical_item(json.loads(item))


def test_columns_that_no_attribute_has_are_named_with_the_reason() -> None:
    given = columns(id="STRING", gone="STRING", a="STRING", b="STRING")
    attributes = {"PK": {"S": "${id}"}, "both": {"S": "${a}${b}"}}
    lost = ItemToRow(given, mapping("id", "gone", "a", "b"), KEYS, attributes).lost
    assert {one.column: one.reason for one in lost} == {
        "gone": "no attribute is made of it",
        "a": "it is only in both, where it cannot be separated from the text next to it",
        "b": "it is only in both, where it cannot be separated from the text next to it",
    }


def test_template_is_cut_where_only_one_way_fits_the_types() -> None:
    given = columns(name="STRING", number="INT4")
    attributes = {"PK": {"S": "${name}-${number}"}}
    item = {"PK": {"S": "a-1-22"}}
    assert rows(given, attributes, item, exclude=("name", "number")).frame.row(0) == ("a-1", "22")


def test_template_that_can_be_split_in_two_ways_gives_no_row() -> None:
    given = columns(a="STRING", b="STRING")
    found = rows(given, {"PK": {"S": "${a}#${b}"}}, {"PK": {"S": "1#2#3"}}, exclude=("a", "b"))
    (one,) = found.others
    assert one.reason == "attribute PK can be cut into a, b in more than one way: '1#2#3'"


def test_template_is_split_by_the_value_of_a_different_attribute() -> None:
    given = columns(a="STRING", b="STRING")
    item = {"PK": {"S": "1#2#3"}, "a": {"S": "1#2"}}
    assert rows(given, {"PK": {"S": "${a}#${b}"}}, item, exclude=("b",)).frame.row(0) == ("1#2", "3")


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"PK": {"S": "X#1"}}, "attribute PK is 'X#1', which THING#${id} does not give"),
        ({"PK": {"S": "THING#1"}, "id": {"S": "2"}}, "does not give with these columns"),
        ({"PK": {"S": "THING#"}}, "attribute PK, the partition key, holds nothing for column id"),
        (
            {"PK": {"S": "THING#1"}, "id": {"S": "1"}, "x": {"S": "1"}},
            "attribute x is not made from a column",
        ),
        ({"id": {"S": "1"}}, "attribute PK is missing, but every row writes it"),
    ],
)
def test_item_that_no_row_makes_has_a_reason(item: dict[str, Any], reason: str) -> None:
    found = rows(columns(id="STRING"), {"PK": {"S": "THING#${id}"}}, item)
    assert found.frame.height == 0
    assert reason in found.others[0].reason


def test_element_that_contains_the_delimiter_gives_no_row() -> None:
    given = columns(id="STRING", tags="STRING")
    attributes = {"PK": {"S": "${id}"}, "tags": {"SS": {"split": "${tags}", "delimiter": ","}}}
    found = rows(given, attributes, {"PK": {"S": "1"}, "id": {"S": "1"}, "tags": {"SS": ["a,b", "c"]}})
    assert "an element is empty or holds the delimiter ','" in found.others[0].reason


def test_column_when_it_is_in_a_key_is_the_empty_text_wherever_it_is_read_from() -> None:
    attributes = {"PK": {"S": "${a}${b}"}, "other": {"S": "${b}#"}}
    back = ItemToRow(columns(a="STRING", b="STRING"), mapping("a", "b"), KEYS, attributes, null_value="-")
    found = back([b'{"Item":{"PK":{"S":"1"},"other":{"S":"#"}}}'])
    assert found.others == ()
    assert found.frame.rows() == [("1", "")]
