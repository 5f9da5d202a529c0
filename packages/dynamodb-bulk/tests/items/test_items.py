import io
import json
from typing import Any

import polars as pl
import pytest

from bulk_testing.object_mappings import document, mapping, scalar
from dynamodb_bulk.csv.batches import Rejected, RowBatch
from dynamodb_bulk.csv.reader import CsvFormat, read_rows
from dynamodb_bulk.dms.mappings import ObjectMapping
from dynamodb_bulk.items.row_to_item import ItemBatch, RowToItem
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.keys import IndexKey, KeyAttribute, TableKeys

Row = tuple[str | None, ...]
STRING_KEY = TableKeys(partition=KeyAttribute(name="PK", type="S"))


def string(name: str, length: int = 1_000_000) -> Column:
    return Column(name=name, type="STRING", length=length)


def convert(
    columns: list[Column], rows: list[Row], rule: ObjectMapping | None = None, keys: TableKeys | None = None
) -> ItemBatch:
    frame = pl.DataFrame(rows, schema={column.name: pl.String for column in columns}, orient="row")
    lines = pl.Series(range(1, len(rows) + 1), dtype=pl.UInt64)
    batch = RowBatch(file="f.csv", lines=lines, frame=frame, rejected=())
    return RowToItem(columns, rule or mapping(), keys)(batch)


def items(
    columns: list[Column], rows: list[Row], rule: ObjectMapping | None = None, keys: TableKeys | None = None
) -> list[dict[str, Any]]:
    batch = convert(columns, rows, rule, keys)
    assert not batch.rejected
    return [json.loads(item) for item in batch.items]


def rejected(
    columns: list[Column], rows: list[Row], rule: ObjectMapping | None = None, keys: TableKeys | None = None
) -> list[Rejected]:
    batch = convert(columns, rows, rule, keys)
    assert len(batch.items) + len(batch.rejected) == len(rows)
    return list(batch.rejected)


def test_columns_in_record_to_record_become_attributes_of_their_types():
    columns = [
        string("s"),
        Column(name="n", type="INT4"),
        Column(name="b", type="BOOLEAN"),
        Column(name="d", type="DATE"),
    ]
    assert items(columns, [("x", "+07", "TRUE", "2024-02-29")]) == [
        {"s": {"S": "x"}, "n": {"N": "7"}, "b": {"BOOL": True}, "d": {"S": "2024-02-29"}}
    ]


def test_null_column_is_not_written_and_an_empty_string_is():
    assert items([string("a"), string("b")], [(None, "")]) == [{"b": {"S": ""}}]


def test_columns_in_record_to_document_go_into_one_map():
    rule = mapping(scalar("PK", "${a}"), action="document", exclude_columns=["b"])
    assert items([string("a"), string("b"), string("c")], [("1", "2", "3")], rule) == [
        {"PK": {"S": "1"}, "_doc": {"M": {"a": {"S": "1"}, "c": {"S": "3"}}}}
    ]


def test_column_when_used_in_a_mapping_is_still_an_attribute():
    assert items([string("a")], [("1",)], mapping(scalar("PK", "A#${a}"))) == [
        {"PK": {"S": "A#1"}, "a": {"S": "1"}}
    ]


def test_mapping_when_named_like_a_column_takes_its_place():
    columns = [Column(name="id", type="INT4")]
    assert items(columns, [("7",)], mapping(scalar("id", "${id}"))) == [{"id": {"S": "7"}}]


def test_template_when_it_has_no_placeholder_is_a_constant():
    assert items([string("a")], [("1",), (None,)], mapping(scalar("k", 'é"'))) == [
        {"k": {"S": 'é"'}, "a": {"S": "1"}},
        {"k": {"S": 'é"'}},
    ]


def test_template_of_one_null_is_not_written():
    assert items([string("a")], [(None,)], mapping(scalar("k", "${a}"))) == [{}]


def test_null_inside_a_longer_template_is_empty_text():
    assert items([string("a")], [(None,)], mapping(scalar("k", "x${a}y"))) == [{"k": {"S": "xy"}}]


def test_document_when_it_is_nested_keeps_types_and_leaves_out_nulls():
    value: dict[str, Any] = {
        "M": {
            "s": {"S": "${a}-${n}"},
            "n": {"N": "${n}"},
            "gone": {"S": "${z}"},
            "t": {"BOOL": "${b}"},
            "true": {"BOOL": True},
            "null": {"NULL": True},
            "l": {"L": [{"N": "1${n}"}, {"S": "${z}"}, {"M": {}}]},
        }
    }
    columns = [string("a"), Column(name="n", type="INT2"), string("b"), string("z")]
    rule = mapping(document("D", value), exclude_columns=["a", "n", "b", "z"])
    assert items(columns, [("x", "5", "1", None)], rule) == [
        {
            "D": {
                "M": {
                    "s": {"S": "x-5"},
                    "n": {"N": "5"},
                    "t": {"BOOL": True},
                    "true": {"BOOL": True},
                    "null": {"NULL": True},
                    "l": {"L": [{"N": "15"}, {"M": {}}]},
                }
            }
        }
    ]


def test_number_leaf_rejects_the_row_when_its_text_is_not_a_number():
    rule = mapping(document("D", {"L": [{"N": "${a}"}]}))
    [one] = rejected([string("a")], [("1",), ("x",)], rule)
    assert (one.line, one.column, one.value, one.reason) == (2, "D", "x", "not a number")


def test_text_with_control_characters_is_valid_json():
    text = "".join(map(chr, range(0x20))) + '"\\/\u2028é😀\x7f'
    assert items([string("a")], [(text,)], mapping(scalar("k", "<${a}>"))) == [
        {"k": {"S": f"<{text}>"}, "a": {"S": text}}
    ]


def test_attribute_name_with_a_quote_is_valid_json():
    assert items([string('a"é')], [("x",)]) == [{'a"é': {"S": "x"}}]


def test_row_when_a_value_does_not_fit_is_rejected_with_file_line_column_and_row():
    columns = [string("a"), Column(name="n", type="UINT1")]
    assert rejected(columns, [("x", "1"), ("y", "256"), (None, "z")]) == [
        Rejected(file="f.csv", line=2, reason="UINT1 holds 0 to 255", column="n", value="256", row="y,256"),
        Rejected(file="f.csv", line=3, reason="not a whole number", column="n", value="z", row=",z"),
    ]


def test_rows_rejected_in_reading_and_in_conversion_are_reported_in_file_order():
    columns = [Column(name="n", type="INT1"), string("s")]
    [batch] = read_rows(io.BytesIO(b"1,a\nx,b\n2\n3,c\n"), "f.csv", ["n", "s"], CsvFormat())
    result = RowToItem(columns, mapping())(batch)
    assert result.lines.to_list() == [1, 4]
    assert [one.line for one in result.rejected] == [2, 3]


def test_excluded_column_when_it_holds_a_bad_value_rejects_the_row():
    columns = [string("a"), Column(name="n", type="INT1")]
    assert len(rejected(columns, [("x", "999")], mapping(exclude_columns=["n"]))) == 1


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "column a is NULL, and the partition key PK is made from it"),
        ("", "the partition key PK is empty"),
        ("é" * 1025, "the partition key PK has 2050 bytes, DynamoDB allows 2048"),
    ],
)
def test_key_when_its_value_cannot_be_one_rejects_the_row(value: str | None, reason: str):
    [one] = rejected([string("a")], [("ok",), (value,)], mapping(scalar("PK", "${a}")), STRING_KEY)
    assert (one.line, one.reason) == (2, reason)


def test_key_template_when_one_of_its_columns_is_null_rejects_the_row():
    rule = mapping(scalar("PK", "${a}#${b}"))
    [one] = rejected([string("a"), string("b")], [("x", None)], rule, STRING_KEY)
    assert one.reason == "column b is NULL, and the partition key PK is made from it"


def test_sort_key_when_longer_than_1024_bytes_rejects_the_row():
    keys = TableKeys(partition=KeyAttribute(name="a", type="S"), sort=KeyAttribute(name="b", type="S"))
    columns = [string("a"), string("b")]
    assert [one.line for one in rejected(columns, [("x", "y" * 1024), ("x", "y" * 1025)], None, keys)] == [2]


def test_key_of_the_mapping_when_no_table_is_given_must_have_a_value():
    rule = mapping(scalar("PK", "${a}"), partition_key_name="PK")
    assert len(rejected([string("a")], [(None,)], rule)) == 1


def test_item_when_over_400_kb_rejects_the_row():
    room = 400 * 1024 - len("a")
    columns = [string("a")]
    assert not rejected(columns, [('"' * room,)])
    [one] = rejected(columns, [("x",), ("é" * (room // 2 + 1),)])
    assert (one.line, one.reason[:12]) == (2, "the item has")


def test_batch_when_empty_gives_no_items():
    assert items([string("a"), Column(name="n", type="INT1")], []) == []


def test_items_when_rows_are_many_keep_their_order():
    rows: list[Row] = [(str(index),) for index in range(5000)]
    assert [item["a"]["S"] for item in items([string("a")], rows)] == [row[0] for row in rows]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (mapping(scalar("PK", "${ida}")), "unknown column 'ida'; did you mean id?"),
        (mapping(exclude_columns=["ix"]), "unknown column 'ix'; expected one of id"),
        (mapping(partition_key_name="ID"), "no rule fills 'ID'"),
        (mapping(scalar("n", "${id}", "number")), "attribute-sub-type 'number' is not documented by AWS"),
        (mapping(scalar("a", "1"), scalar("a", "2")), "attribute a is mapped twice"),
        (mapping(document("D", {"M": {"x": {"SS": ["a"]}}})), "cannot be written"),
        (mapping(document("D", {"M": {"x": "a"}})), "is not DynamoDB JSON"),
        (mapping(document("D", {"L": [{"N": 1}]})), "cannot be written"),
    ],
)
def test_mapping_when_it_cannot_work_is_an_input_error(rule: ObjectMapping, message: str):
    with pytest.raises(InputError, match=r".") as caught:
        RowToItem([Column(name="id", type="INT4")], rule)
    assert message in str(caught.value)
    assert "object mapping m" in str(caught.value)


@pytest.mark.parametrize(
    ("rule", "keys", "message"),
    [
        (
            mapping(scalar("PK", "${id}")),
            TableKeys(partition=KeyAttribute(name="PK", type="N")),
            "'PK' is written as S, the key is N",
        ),
        (
            mapping(),
            TableKeys(partition=KeyAttribute(name="id", type="S")),
            "'id' is written as N, the key is S",
        ),
        (mapping(), STRING_KEY, "no rule fills 'PK'"),
        (
            mapping(scalar("PK", "x"), partition_key_name="id"),
            STRING_KEY,
            "it is 'id', but the table's partition key is 'PK'",
        ),
        (
            mapping(scalar("PK", "x"), sort_key_name="id"),
            STRING_KEY,
            "it is 'id', but the table has no sort key",
        ),
    ],
)
def test_keys_when_the_mapping_does_not_fit_them_are_an_input_error(
    rule: ObjectMapping, keys: TableKeys, message: str
):
    with pytest.raises(InputError) as caught:
        RowToItem([Column(name="id", type="INT4")], rule, keys)
    assert message in str(caught.value)


def test_document_when_nested_too_deep_is_an_input_error():
    value: dict[str, Any] = {"S": "x"}
    for _ in range(33):
        value = {"M": {"a": value}}
    with pytest.raises(InputError, match="32 levels"):
        RowToItem([string("a")], mapping(document("D", value)))


def test_column_of_a_type_that_is_not_carried_is_an_input_error_unless_it_is_unused():
    columns = [string("a"), Column(name="t", type="TIME")]
    with pytest.raises(InputError, match="TIME is not among the types"):
        RowToItem(columns, mapping())
    with pytest.raises(InputError, match="TIME is not among the types"):
        RowToItem(columns, mapping(scalar("k", "${t}"), exclude_columns=["t"]))
    assert items(columns, [("x", "25:00")], mapping(exclude_columns=["t"])) == [{"a": {"S": "x"}}]


BY_NOTE = (IndexKey(index="by-note", role="sort", key=KeyAttribute(name="note", type="S")),)


def with_index(notes: list[str | None]) -> ItemBatch:
    columns = [string("note")]
    frame = pl.DataFrame({"note": notes}, schema={"note": pl.String})
    lines = pl.Series(range(1, len(notes) + 1), dtype=pl.UInt64)
    batch = RowBatch(file="f.csv", lines=lines, frame=frame, rejected=())
    to_item = RowToItem(columns, mapping(), index_keys=BY_NOTE)
    assert to_item.check(batch).rejected == to_item(batch).rejected
    return to_item(batch)


def test_key_of_an_index_when_missing_leaves_the_item_out_of_the_index_alone():
    assert with_index([None, "a"]).items.to_list() == ["{}", '{"note":{"S":"a"}}']


def test_key_of_an_index_when_empty_or_too_long_rejects_the_row():
    assert [
        (one.line, one.kind, one.reason) for one in with_index(["x" * 1024, "", "x" * 1025]).rejected
    ] == [
        (2, "key-empty", "the index by-note's sort key note is empty"),
        (3, "key-too-long", "the index by-note's sort key note has 1025 bytes, DynamoDB allows 1024"),
    ]


def test_key_of_an_index_is_refused_when_its_type_differs_from_the_attribute():
    with pytest.raises(InputError, match="index by-note: 'note' is written as N, the key is S"):
        RowToItem([Column(name="note", type="INT4")], mapping(), index_keys=BY_NOTE)


def test_key_of_an_index_that_no_item_has_is_no_mistake():
    assert RowToItem([string("other")], mapping(), index_keys=BY_NOTE)
