"""Table mappings: which tables a task takes, and what is wrong with a document."""

import json
from typing import Any

import pytest

from dynamodb_bulk.dms.mappings import TableMappings, parse_mappings, placeholders, unescape
from dynamodb_bulk.dms.selection import Locator
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


FILTER = {
    "filter-type": "source",
    "column-name": "id",
    "filter-conditions": [{"filter-operator": "eq", "value": 1}],
}


def test_mappings_as_aws_gives_them_back_are_taken() -> None:
    given = {
        **selection(action="explicit"),
        "rule-id": 0,
        "rule-name": 0,
        "filters": None,
        "parallel-load": None,
        "object-locator": {"schema-name": "shop", "table-name": "orders", "load-order": "2"},
    }
    other = {
        **object_mapping(**{"sort-key-name": None, "condition-expression": None}),
        "rule-id": 1,
        "rule-action": None,
    }
    read = mappings(given, other)
    assert (read.selections[0].rule_id, read.selections[0].load_order) == ("0", 2)
    assert read.object_mappings[0].rule_action == "map-record-to-record"


def test_mappings_when_the_selection_is_not_include_have_no_filters() -> None:
    kept = mappings({**selection(), "filters": [FILTER]})
    dropped = mappings({**selection("explicit"), "filters": [FILTER]})
    assert [len(one.source_filters("shop", "orders")) for one in (kept, dropped)] == [1, 0]


def test_filters_when_the_table_is_a_pattern_are_refused() -> None:
    assert "rule 1" in mistake({**selection(table="ord%"), "filters": [FILTER]})


@pytest.mark.parametrize(
    ("rule", "refused"),
    [
        ({"rule-type": "transformation", "rule-action": "rename", "rule-target": "table"}, True),
        ({"rule-type": "transformation", "object-locator": {"schema-name": "o%"}}, False),
        ({"rule-type": "table-settings", "parallel-load": {"type": "none"}}, False),
        ({"rule-type": "table-settings", "lob-settings": {"mode": "limited"}}, True),
        ({"rule-type": "post-processing"}, True),
    ],
)
def test_rule_of_another_type_is_refused_when_it_may_change_the_rows(
    rule: dict[str, Any], refused: bool
) -> None:
    locator = {"schema-name": "shop", "table-name": "%"}
    read = mappings(selection(), {"rule-id": "5", "rule-name": "5", "object-locator": locator, **rule})
    if refused:
        with pytest.raises(InputError, match="rule 5"):
            read.refuse_uncarried("shop", "orders", "mappings.json")
    else:
        read.refuse_uncarried("shop", "orders", "mappings.json")


def test_filters_when_a_name_has_an_underscore_are_taken() -> None:
    read = mappings({**selection(table="order_items"), "filters": [FILTER]})
    assert len(read.source_filters("shop", "order_items")) == 1


def test_filters_when_two_rules_include_the_table_are_refused() -> None:
    read = mappings({**selection(), "filters": [FILTER]}, selection(table="%", number=2))
    with pytest.raises(InputError, match="rules 1 and 2"):
        read.refuse_uncarried("shop", "orders", "mappings.json")
