"""Table mappings: which tables a task takes, and what is wrong with a document."""

import json
from typing import Any

import pytest

from dynamodb_bulk.dms.mappings import Locator, TableMappings, parse_mappings, placeholders, unescape
from dynamodb_bulk.spec.errors import InputError


def selection(
    action: str = "include", schema: str = "shop", table: str = "orders", number: int = 1
) -> dict[str, Any]:
    return {
        "rule-type": "selection",
        "rule-id": str(number),
        "rule-name": f"s{number}",
        "rule-action": action,
        "object-locator": {"schema-name": schema, "table-name": table},
    }


def object_mapping(**parameters: Any) -> dict[str, Any]:
    return {
        "rule-type": "object-mapping",
        "rule-id": "9",
        "rule-name": "m9",
        "rule-action": "map-record-to-record",
        "object-locator": {"schema-name": "shop", "table-name": "orders"},
        "target-table-name": "orders",
        "mapping-parameters": parameters,
    }


def mappings(*rules: dict[str, Any]) -> TableMappings:
    return parse_mappings(json.dumps({"rules": rules}), "mappings.json")


def mistake(*rules: dict[str, Any]) -> str:
    with pytest.raises(InputError) as caught:
        mappings(*rules)
    return str(caught.value)


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("order_items", "orderXitems", True),
        ("order[_]items", "orderXitems", False),
        ("order[_]items", "order_items", True),
        ("%", "anything", True),
        ("ord%", "orders", True),
        ("[ab]x", "bx", True),
        ("[a-d]x", "ex", False),
        ("orders", "Orders", False),
        ("a.b", "aXb", False),
    ],
)
def test_locator_when_names_are_patterns_matches_as_dms_does(pattern: str, name: str, matches: bool) -> None:
    assert (
        Locator.model_validate({"schema-name": "%", "table-name": pattern}).matches("shop", name) is matches
    )


def test_selection_when_a_table_is_excluded_does_not_take_it() -> None:
    rules = mappings(selection(table="%"), selection("exclude", table="orders", number=2))
    assert (rules.selects("shop", "orders"), rules.selects("shop", "items")) == (False, True)


def test_selection_when_explicit_takes_wildcards_literally() -> None:
    assert not mappings(selection("explicit", table="order_")).selects("shop", "orders")


def test_mappings_when_there_is_no_selection_rule_are_refused() -> None:
    assert "no selection rule" in mistake(object_mapping())


def test_mappings_when_a_rule_id_is_used_twice_are_refused() -> None:
    assert "mappings.json: rule 1: rule-id '1' is used twice" in mistake(selection(), selection())


def test_mappings_when_the_action_is_unknown_suggest_the_nearest() -> None:
    wrong = {**object_mapping(), "rule-action": "map-record-to-records"}
    assert "did you mean map-record-to-record?" in mistake(selection(), wrong)


def test_mappings_when_a_document_holds_no_map_are_refused() -> None:
    attribute = {
        "target-attribute-name": "a",
        "attribute-type": "document",
        "attribute-sub-type": "dynamodb-map",
        "value": {"L": []},
    }
    assert 'the value of a dynamodb-map is {"M": …}' in mistake(
        selection(), object_mapping(**{"attribute-mappings": [attribute]})
    )


def test_mappings_when_the_text_is_not_json_name_the_line() -> None:
    with pytest.raises(InputError, match=r"m\.json, line 2: not JSON"):
        parse_mappings('{\n"rules": [}', "m.json")


def test_placeholders_when_escaped_for_another_tool_are_unescaped() -> None:
    assert placeholders(unescape("a $${x}|$${y}")) == ("x", "y")
