"""Items made a batch at a time against items made one row at a time, in plain Python."""

import csv
import io
import json
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dynamodb_bulk.csv.reader import CsvFormat, read_rows
from dynamodb_bulk.dms.mappings import ObjectMapping
from dynamodb_bulk.items.row_to_item import RowToItem
from dynamodb_bulk.items.values import NUMBER, value_type
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.keys import IndexKey, KeyAttribute, TableKeys

COLUMN_TYPES = (
    {"type": "STRING", "length": 4},
    {"type": "CLOB"},
    {"type": "INT1"},
    {"type": "NUMERIC", "precision": 3, "scale": 1},
    {"type": "BOOLEAN"},
    {"type": "DATETIME", "scale": 1},
    {"type": "REAL8"},
)
VALUES = st.sampled_from(
    [
        "",
        "",
        "1",
        "0",
        "-1",
        "+5",
        "12.5",
        "true",
        "2024-02-29",
        "2024-01-01 10:00:00.25",
        "1e3",
        "999",
        "x",
        'q"',
        "é\t",
    ]
) | st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=5)


# DynamoDB takes items without it, and none in which it is empty.
INDEX_KEY = IndexKey(index="by-other", role="partition", key=KeyAttribute(name="other", type="S"))


class Bad(Exception):
    """The row does not become an item."""


def slow_item(
    columns: list[Column], rule: ObjectMapping, keys: TableKeys | None, row: list[str]
) -> dict[str, Any]:
    values: dict[str, str | None] = {}
    for column, text in zip(columns, row, strict=True):
        try:
            values[column.name] = value_type(column).parse(text) if text else None
        except ValueError as error:
            raise Bad from error
    parameters = rule.mapping_parameters
    item: dict[str, Any] = {}
    for attribute in parameters.attribute_mappings:
        value = {"S": attribute.value} if isinstance(attribute.value, str) else attribute.value
        made = slow_value(value, values)
        if made is not None:
            item[attribute.target_attribute_name] = made
    mapped = {attribute.target_attribute_name for attribute in parameters.attribute_mappings}
    plain: dict[str, Any] = {}
    for column in columns:
        text = values[column.name]
        if column.name not in parameters.exclude_columns and text is not None:
            kind = column.rule.becomes or ""
            plain[column.name] = {kind: text == "true" if kind == "BOOL" else text}
    if rule.rule_action == "map-record-to-document":
        if len(parameters.exclude_columns) < len(columns):
            item["_doc"] = {"M": plain}
    else:
        item.update({name: value for name, value in plain.items() if name not in mapped})
    slow_key_check(rule, keys, values, item)
    return item


def slow_key_check(
    rule: ObjectMapping, keys: TableKeys | None, values: dict[str, str | None], item: dict[str, Any]
) -> None:
    if item.get(INDEX_KEY.key.name) == {"S": ""}:
        raise Bad
    if not keys:
        return
    [key] = [one for one in rule.mapping_parameters.attribute_mappings if one.target_attribute_name == "PK"]
    if any(values[name] is None for name in re.findall(r"\$\{(.*?)\}", str(key.value))):
        raise Bad
    if not item["PK"]["S"]:
        raise Bad


def slow_value(value: dict[str, Any], values: dict[str, str | None]) -> dict[str, Any] | None:
    [(kind, content)] = value.items()
    if kind == "M":
        inner = {name: slow_value(one, values) for name, one in content.items()}
        return {"M": {name: one for name, one in inner.items() if one is not None}}
    if kind == "L":
        made = [slow_value(one, values) for one in content]
        return {"L": [one for one in made if one is not None]}
    if kind == "NULL":
        return value
    names = re.findall(r"\$\{(.*?)\}", content)
    if [content] == [f"${{{name}}}" for name in names] and values[names[0]] is None:
        return None
    text = re.sub(r"\$\{(.*?)\}", lambda found: values[found[1]] or "", content)
    if kind == "N":
        try:
            return {"N": NUMBER.parse(text)}
        except ValueError as error:
            raise Bad from error
    return {"S": text}


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Column], ObjectMapping, TableKeys | None, list[list[str]]]:
    types = draw(st.lists(st.sampled_from(COLUMN_TYPES), min_size=1, max_size=5))
    columns = [Column.model_validate({"name": f"c{index}", **kind}) for index, kind in enumerate(types)]
    names = st.sampled_from([column.name for column in columns])
    template = st.lists(
        names.map("${{{}}}".format) | st.sampled_from(["#", 'x"', ""]), min_size=1, max_size=3
    ).map("".join)
    leaf = (
        template.map(lambda text: {"S": text})
        | template.map(lambda text: {"N": text})
        | st.just({"NULL": True})
    )
    tree = st.recursive(
        leaf,
        lambda inner: (
            st.dictionaries(st.sampled_from(["a", 'b"', "é"]), inner, max_size=2).map(lambda m: {"M": m})
            | st.lists(inner, max_size=2).map(lambda items: {"L": items})
        ),
        max_leaves=4,
    ).map(lambda value: {"M": {"top": value}})
    attributes: list[dict[str, Any]] = []
    for name in draw(st.lists(st.sampled_from(["PK", "c0", "other", "deep"]), unique=True, max_size=3)):
        if name == "deep":
            kinds = {"attribute-type": "document", "attribute-sub-type": "dynamodb-map", "value": draw(tree)}
        else:
            kinds = {"attribute-type": "scalar", "attribute-sub-type": "string", "value": draw(template)}
        attributes.append({"target-attribute-name": name, **kinds})
    rule = ObjectMapping.model_validate(
        {
            "rule-id": "1",
            "rule-name": "m",
            "rule-action": draw(st.sampled_from(["map-record-to-record", "map-record-to-document"])),
            "object-locator": {"schema-name": "s", "table-name": "t"},
            "target-table-name": "T",
            "mapping-parameters": {
                "exclude-columns": draw(st.lists(names, unique=True)),
                "attribute-mappings": attributes,
            },
        }
    )
    with_key = any(one["target-attribute-name"] == "PK" for one in attributes) and draw(st.booleans())
    keys = TableKeys(partition=KeyAttribute(name="PK", type="S")) if with_key else None
    row = st.lists(VALUES, min_size=len(columns), max_size=len(columns))
    return columns, rule, keys, draw(st.lists(row, min_size=1, max_size=8))


@settings(max_examples=150, deadline=None)
@given(case=cases(), block_bytes=st.sampled_from([16, 1 << 20]))
def test_items_of_any_file_are_those_made_row_by_row(
    case: tuple[list[Column], ObjectMapping, TableKeys | None, list[list[str]]], block_bytes: int
):
    columns, rule, keys, rows = case
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    expected: list[dict[str, Any]] = []
    for row in csv.reader(io.StringIO(text.getvalue(), newline="")):
        try:
            expected.append(slow_item(columns, rule, keys, row))
        except Bad:
            continue
    convert = RowToItem(columns, rule, keys, index_keys=[INDEX_KEY])
    names = [column.name for column in columns]
    stream = io.BytesIO(text.getvalue().encode())
    batches = [convert(one) for one in read_rows(stream, "f", names, CsvFormat(), block_bytes=block_bytes)]
    assert [json.loads(item) for batch in batches for item in batch.items] == expected
    assert sum(len(batch.rejected) for batch in batches) == len(rows) - len(expected)
    stream.seek(0)
    seen = [convert.check(one) for one in read_rows(stream, "f", names, CsvFormat(), block_bytes=block_bytes)]
    assert [one.lines.to_list() for one in seen] == [one.lines.to_list() for one in batches]
    assert [one.rejected for one in seen] == [one.rejected for one in batches]
    if keys:
        texts = [text for one in seen for text in one.keys["partition"]]
        assert texts == [item["PK"]["S"] for item in expected]
