"""Items are equal here exactly where they are equal to DynamoDB."""

import json
import random
from base64 import b64decode
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_testing.item_strategies import (
    ITEMS,
)
from dynamodb_bulk.item_files.canonical import canonical_item, canonical_items


def meaning(value: Any) -> Any:
    """What a value is, in Python's own types, which know when they are equal."""
    [(kind, content)] = value.items()
    match kind:
        case "N":
            return "N", Decimal(content)
        case "B":
            return "B", b64decode(content)
        case "SS":
            return "SS", frozenset(content)
        case "NS":
            return "NS", frozenset(map(Decimal, content))
        case "BS":
            return "BS", frozenset(map(b64decode, content))
        case "M":
            return "M", {name: meaning(inner) for name, inner in content.items()}
        case "L":
            return "L", [meaning(inner) for inner in content]
        case _:
            return kind, content


def otherwise(value: Any, order: random.Random) -> Any:
    """The same value, written in another way."""
    [(kind, content)] = value.items()
    match kind:
        case "N":
            return {kind: number_otherwise(content, order)}
        case "SS" | "BS":
            return {kind: order.sample(content, len(content))}
        case "NS":
            return {kind: [number_otherwise(one, order) for one in order.sample(content, len(content))]}
        case "M":
            names = order.sample(list(content), len(content))
            return {kind: {name: otherwise(content[name], order) for name in names}}
        case "L":
            return {kind: [otherwise(inner, order) for inner in content]}
        case _:
            return value


def number_otherwise(text: str, order: random.Random) -> str:
    number = Decimal(text)
    forms = [text, f"{number:f}", f"{number:E}"]
    if "." in text and "E" not in text.upper():
        forms.append(text + "00")
    return order.choice(forms)


@given(item=ITEMS, seed=st.integers(0, 999))
def test_item_written_in_another_way_is_the_same(item: dict[str, Any], seed: int) -> None:
    order = random.Random(seed)
    names = order.sample(list(item), len(item))
    other = {name: otherwise(item[name], order) for name in names}
    assert canonical_item(other) == canonical_item(item)


@given(one=ITEMS, other=ITEMS)
def test_items_are_the_same_only_if_they_mean_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    same = meaning({"M": one}) == meaning({"M": other})
    assert (canonical_item(one) == canonical_item(other)) == same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"N": "12345678901234567890123456789012345678"}, {"N": "12345678901234567890123456789012345679"}),
        ({"N": "1"}, {"S": "1"}),
        ({"SS": ["a"]}, {"L": [{"S": "a"}]}),
        ({"L": [{"N": "1"}, {"N": "2"}]}, {"L": [{"N": "2"}, {"N": "1"}]}),
        ({"S": '"N":"1.0"'}, {"S": '"N":"1"'}),
        ({"N": "0.1"}, {"N": "0.1000000000000000055511151231257827"}),
    ],
)
def test_values_that_differ_in_one_detail_are_distinguished(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert canonical_item({"a": one}) != canonical_item({"a": other})


def test_items_of_a_batch_are_each_by_themselves() -> None:
    items = [{"a": {"N": "1.0"}}, {"a": {"S": "x"}}, {"a": {"NS": ["2", "1.0"]}}]
    texts = canonical_items(items).to_list()
    assert [json.loads(text) for text in texts] == [
        {"a": {"N": "1"}},
        {"a": {"S": "x"}},
        {"a": {"NS": ["1", "2"]}},
    ]
