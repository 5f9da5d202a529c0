"""Items made a batch at a time against items made one row at a time, in plain Python."""

import csv
import io
import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bulk_testing.row_cases import cases
from dynamodb_bulk.column_types.reals import NUMBER
from dynamodb_bulk.csv.reader import CsvFormat, read_rows
from dynamodb_bulk.dms.mappings import ObjectMapping
from dynamodb_bulk.items.row_to_item import RowToItem
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.keys import IndexKey, KeyAttribute, TableKeys

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
            values[column.name] = column.column_type.values(column).parse(text) if text else None
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
            kind = column.column_type.becomes if column.column_type.by_dms else ""
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
