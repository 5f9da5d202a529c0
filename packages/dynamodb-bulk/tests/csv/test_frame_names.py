"""Columns of every name, those too that polars would take for a pattern of names."""

import io
import json

from hypothesis import given
from hypothesis import strategies as st

from bulk_testing.object_mappings import document, mapping, scalar
from dynamodb_bulk.csv.batches import column_name
from dynamodb_bulk.csv.format import CsvFormat
from dynamodb_bulk.csv.reader import read_rows
from dynamodb_bulk.dms.mappings import ObjectMapping
from dynamodb_bulk.items.row_to_item import RowToItem
from dynamodb_bulk.items.validation import Problems
from dynamodb_bulk.items_to_rows.rows import ItemToRow
from dynamodb_bulk.items_to_rows.writers import csv_rows, json_rows, typed_rows
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.keys import KeyAttribute, TableKeys

PATTERNS = ["*", "^id$", "^.*$", "^*$", "^", "$", "^$", "^(?i)ID$", "^[$", r"^\*$", "**", "id*", "^id", "id$"]
INTERNAL = ["0", "1", "line", "item", "I", "literal", "", "key", "partition", "sort", "values", "file"]
ODD = [" ", "a b", 'q"', "q'", "a.b", "\n", "\t", "é", "\u202e", "n" * 5000, "^a\nb$", "^ $", "^~-#&é$"]
NAMES = st.sampled_from([*PATTERNS, *INTERNAL, *ODD, "id"]).filter(bool) | st.text(
    st.characters(exclude_characters="\0{}", codec="utf-8"), min_size=1, max_size=4
)
COLUMNS = st.lists(NAMES, min_size=2, max_size=12, unique=True)


def strings(names: list[str]) -> list[Column]:
    return [Column(name=name, type="STRING", length=100) for name in names]


def items_of(columns: list[Column], row: list[str], rule: ObjectMapping, keys: TableKeys) -> list[str]:
    text = io.BytesIO((",".join(f'"{field}"' for field in row) + "\n").encode())
    to_item = RowToItem(columns, rule, keys)
    names = [column.name for column in columns]
    return [item for batch in read_rows(text, "f.csv", names, CsvFormat()) for item in to_item(batch).items]


@given(COLUMNS)
def test_item_has_each_column_s_own_text_whatever_the_columns_are_called(names: list[str]) -> None:
    columns, row = strings(names), [f'text ""{place}""' for place in range(len(names))]
    keys = TableKeys(partition=KeyAttribute(name=names[0], type="S"))
    [item] = items_of(columns, row, mapping(), keys)
    assert json.loads(item) == {
        name: {"S": field.replace('""', '"')} for name, field in zip(names, row, strict=True)
    }


@given(COLUMNS)
def test_null_is_not_written_whatever_the_columns_are_called(names: list[str]) -> None:
    keys = TableKeys(partition=KeyAttribute(name=names[-1], type="S"))
    [item] = items_of(strings(names), ["", *("x" for _ in names[1:])], mapping(), keys)
    assert json.loads(item) == {name: {"S": "x"} for name in names[1:]}


@given(COLUMNS)
def test_rows_come_back_whatever_the_columns_are_called(names: list[str]) -> None:
    columns, row = strings(names), [f"text {place}" for place in range(len(names))]
    keys = TableKeys(partition=KeyAttribute(name=names[0], type="S"))
    [item] = items_of(columns, row, mapping(), keys)
    back = ItemToRow(columns, mapping(), keys)([f'{{"Item":{item}}}'.encode()] * 20)
    assert back.others == ()
    problems = Problems()
    for frame in (back.frame, csv_rows(back.frame, columns, CsvFormat(), problems)):
        assert ([*map(column_name, frame.columns)], frame.row(3)) == (names, tuple(row))
    assert typed_rows(back.frame, columns, problems).row(0) == tuple(row)
    assert json.loads(json_rows(back.frame, columns)[0]) == dict(zip(names, row, strict=True))
    assert problems.by_row == {}


@given(COLUMNS.filter(lambda names: not any(set("${}") & set(name[0] + name[-1]) for name in names[:2])))
def test_templates_use_the_column_that_they_name(names: list[str]) -> None:
    first, second = names[:2]
    parts = {"M": {"first": {"S": f"${{{first}}}"}, "both": {"S": f"<${{{first}}}+${{{second}}}>"}}}
    rule = mapping(scalar("made", f"${{{second}}}"), document("parts", parts), exclude_columns=names)
    keys = TableKeys(partition=KeyAttribute(name="made", type="S"))
    [item] = items_of(strings(names), [f"{place}" for place in range(len(names))], rule, keys)
    assert json.loads(item) == {
        "made": {"S": "1"},
        "parts": {"M": {"first": {"S": "0"}, "both": {"S": "<0+1>"}}},
    }
