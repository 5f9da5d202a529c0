"""Converted lines that hold the dataset's condition next to each item, for bulk put."""

import json
from pathlib import Path
from typing import Any

from dynamodb_bulk.conversion.convert import convert
from dynamodb_bulk.conversion.options import Options
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.sources.reading import local_files

CSV = """\
name: prices
source: {files: ["a.csv"], header: true}
columns:
  - {name: sku, type: STRING, length: 8}
  - {name: price, type: NUMERIC, precision: 8, scale: 2}
table: {partition_key: {name: sku}}
"""
ITEMS = """\
name: prices
source: {format: dynamodb_json, files: ["a.json"]}
table: {partition_key: {name: sku}}
"""


def lines(folder: Path, description: str, **files: str) -> tuple[list[Any], list[Any]]:
    """The converted lines, and the rejects."""
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    (folder / "dataset.yaml").write_text(description)
    found = open_dataset(folder / "dataset.yaml")
    convert(found, local_files(found), folder / "out", Options(compression="none", conditions=True))
    parts = sorted((folder / "out" / "data").iterdir())
    return read(*parts), read(folder / "out" / "rejects.jsonl")


def read(*paths: Path) -> list[Any]:
    return [json.loads(line) for path in paths if path.exists() for line in path.read_text().splitlines()]


def test_line_holds_the_value_of_the_row_when_the_condition_compares_with_it(tmp_path: Path) -> None:
    found, _ = lines(tmp_path, CSV + "condition: price <> ${price}\n", a_csv="sku,price\na,1.50\nb,2\n")
    assert found == [
        {
            "Item": {"sku": {"S": sku}, "price": {"N": price}},
            "ConditionExpression": "price <> :v0",
            "ExpressionAttributeValues": {":v0": {"N": price}},
        }
        for sku, price in (("a", "1.50"), ("b", "2"))
    ]


def test_line_when_the_condition_has_no_values_holds_none(tmp_path: Path) -> None:
    found, _ = lines(tmp_path, CSV + "condition: attribute_exists(status)\n", a_csv="sku,price\na,1\n")
    assert found == [
        {
            "Item": {"sku": {"S": "a"}, "price": {"N": "1"}},
            "ConditionExpression": "attribute_exists(#status)",
            "ExpressionAttributeNames": {"#status": "status"},
        }
    ]


def test_line_when_the_files_hold_items_takes_the_values_of_their_attributes(tmp_path: Path) -> None:
    item = {"sku": {"S": "a"}, "tags": {"SS": ["x", "y"]}}
    found, _ = lines(
        tmp_path, ITEMS + "condition: tags <> ${tags}\n", a_json=json.dumps({"Item": item}) + "\n"
    )
    assert found[0]["Item"] == item
    assert found[0]["ExpressionAttributeValues"] == {":v0": {"SS": ["x", "y"]}}


def test_row_when_it_has_no_value_for_the_condition_is_rejected_and_named(tmp_path: Path) -> None:
    found, rejects = lines(tmp_path, CSV + "condition: price <> ${price}\n", a_csv="sku,price\na,1.50\nb,\n")
    assert [line["Item"]["sku"]["S"] for line in found] == ["a"]
    assert [(reject["line"], reject["column"]) for reject in rejects] == [(3, "price")]


def test_item_when_it_has_no_value_for_the_condition_is_rejected_and_named(tmp_path: Path) -> None:
    text = '{"Item": {"sku": {"S": "a"}}}\n{"Item": {"sku": {"S": "b"}, "price": {"N": "1"}}}\n'
    found, rejects = lines(tmp_path, ITEMS + "condition: price <> ${price}\n", a_json=text)
    assert [line["Item"]["sku"]["S"] for line in found] == ["b"]
    assert [reject["line"] for reject in rejects] == [1]
