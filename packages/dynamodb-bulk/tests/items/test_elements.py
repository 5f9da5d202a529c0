"""Bytes, sets and lists made from text."""

import json
from base64 import b64decode, b64encode
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from boto3.dynamodb.types import Binary, TypeDeserializer
from hypothesis import given
from hypothesis import strategies as st

from dynamodb_bulk.csv.reader import CsvFormat, read_rows
from dynamodb_bulk.dms.mappings import ObjectMapping
from dynamodb_bulk.items.row_to_item import RowToItem
from dynamodb_bulk.spec.columns import Column

MAPPING = ObjectMapping.model_validate(
    {
        "rule-id": "1",
        "rule-name": "map",
        "rule-action": "map-record-to-record",
        "object-locator": {"schema-name": "s", "table-name": "t"},
        "target-table-name": "t",
        "mapping-parameters": {"exclude-columns": ["v"]},
    }
)


def made(value: dict[str, Any], *texts: str) -> tuple[list[Any], list[str]]:
    """What each text becomes as the value's template `${v}`, and the reasons of the rejected ones."""
    columns = [Column(name="k", type="CLOB"), Column(name="v", type="CLOB")]
    to_item = RowToItem(columns, MAPPING, None, {"x": value})
    file = "".join('k,"' + text.replace('"', '""') + '"\n' for text in texts).encode()
    items: list[Any] = []
    reasons: list[str] = []
    for batch in read_rows(BytesIO(file), "f", ["k", "v"], CsvFormat(null_value="NULL")):
        result = to_item(batch)
        items += [json.loads(item).get("x") for item in result.items]
        reasons += [rejected.reason for rejected in result.rejected]
    return items, reasons


def split(kind: str, delimiter: str = ";", of: str = "S") -> dict[str, Any]:
    content = {"split": "${v}", "delimiter": delimiter}
    return {kind: {**content, "of": of} if kind == "L" else content}


def test_binary_when_hexadecimal_is_base64_of_the_bytes() -> None:
    items, _ = made({"B": "${v}"}, "00ffAB", "")
    assert items == [{"B": b64encode(bytes.fromhex("00ffab")).decode()}, {"B": ""}]


@pytest.mark.parametrize("text", ["0", "0g", "00 ff"])
def test_binary_when_not_hexadecimal_is_rejected(text: str) -> None:
    assert made({"B": "${v}"}, text) == ([], ["not bytes in hexadecimal, two digits each"])


def test_set_when_split_holds_each_element() -> None:
    assert made(split("SS"), "a;b", 'q";\\', "x")[0] == [
        {"SS": ["a", "b"]},
        {"SS": ['q"', "\\"]},
        {"SS": ["x"]},
    ]


def test_set_when_the_text_is_null_is_not_written() -> None:
    assert made(split("SS"), "NULL") == ([None], [])


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        ("SS", "a;a", "an element is twice in the set, which DynamoDB refuses"),
        ("SS", "", "a set without elements, which DynamoDB does not hold"),
        ("NS", "1;1.0", "an element is twice in the set, which DynamoDB refuses"),
        ("NS", "1;x", "element 'x': not a number"),
        ("NS", "1;;2", "element '': not a number"),
        ("BS", "00;0", "element '0': not bytes in hexadecimal, two digits each"),
    ],
)
def test_set_when_dynamodb_would_refuse_it_is_rejected(kind: str, text: str, reason: str) -> None:
    assert made(split(kind), text) == ([], [reason])


def test_number_set_when_the_delimiter_is_a_sign_is_cut_at_each() -> None:
    assert made(split("NS", "-"), "1-2", "1--2") == ([{"NS": ["1", "2"]}], ["element '': not a number"])


def test_list_when_split_holds_typed_elements_in_order() -> None:
    items, _ = made(split("L", of="N"), "3;1;1", "1.50;2e3", "")
    assert items == [
        {"L": [{"N": "3"}, {"N": "1"}, {"N": "1"}]},
        {"L": [{"N": "1.50"}, {"N": "2e3"}]},
        {"L": []},
    ]


@pytest.mark.parametrize("kind", ["BYTE", "BLOB"])
def test_column_of_bytes_when_converted_is_binary(kind: str) -> None:
    column = Column.model_validate({"name": "v", "type": kind, **({"length": 2} if kind == "BYTE" else {})})
    mapping = MAPPING.model_copy(update={"mapping_parameters": type(MAPPING.mapping_parameters)()})
    to_item = RowToItem([column], mapping, None, {})
    (batch,) = read_rows(BytesIO(b"00ff\n"), "f", ["v"], CsvFormat())
    assert to_item(batch).items.to_list() == ['{"v":{"B":"AP8="}}']


TEXT = st.text(st.characters(codec="utf-8", exclude_characters=";\r\n"), max_size=4)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-999, max_value=999)


@given(
    texts=st.lists(TEXT, min_size=1, max_size=4, unique=True),
    numbers=st.lists(NUMBERS, min_size=1, max_size=4, unique=True),
    chunks=st.lists(st.binary(max_size=4), min_size=1, max_size=4, unique=True),
)
def test_sets_when_read_back_by_boto3_are_the_values(
    texts: list[str], numbers: list[Decimal], chunks: list[bytes]
) -> None:
    def back(kind: str, elements: list[str]) -> object:
        (item,), _ = made(split(kind), ";".join(elements))
        return TypeDeserializer().deserialize(_decoded(item))

    if texts != [""] and ";".join(texts) != "NULL":
        assert back("SS", texts) == set(texts)
    assert back("NS", [str(number) for number in numbers]) == set(numbers)
    if chunks != [b""]:
        assert back("BS", [chunk.hex() for chunk in chunks]) == {Binary(chunk) for chunk in chunks}


def _decoded(value: dict[str, Any]) -> Any:
    return {
        kind: [b64decode(one) for one in content] if kind == "BS" else content
        for kind, content in value.items()
    }
