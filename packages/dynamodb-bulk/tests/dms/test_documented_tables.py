"""The tables of AWS's guide to DMS with S3 and DynamoDB, line by line, as the program has them.

CHAP_Source.S3, CHAP_Target.DynamoDB, CHAP_Tasks.CustomizingTasks.* and CHAP_ReplicationInstance.Types in
https://docs.aws.amazon.com/dms/latest/userguide/ as of November 2026. What is tested elsewhere: wildcards and
rules of other types in test_mappings.py; limits of task settings, those that the endpoints do not support,
and their defaults against the API's answer, in test_task_settings.py; memory of instance classes in
loads/dms/test_instances.py.
"""

import json
from typing import Any

import pytest

from dynamodb_bulk.column_types.registry import column_types
from dynamodb_bulk.dms.definition import parse_definition
from dynamodb_bulk.dms.mappings import ConditionExpression, parse_mappings
from dynamodb_bulk.dms.task_setting_model import SECTIONS, mistakes
from dynamodb_bulk.spec.errors import InputError


def read_column(**changes: Any) -> Any:
    """Return what is read of a column with these keys."""
    column = {"ColumnName": "a", **changes}
    table = {"TableName": "t", "TablePath": "s/t/", "TableOwner": "s", "TableColumnsTotal": "1"}
    tables = [{**table, "TableColumns": [column]}]
    return parse_definition(json.dumps({"TableCount": "1", "Tables": tables}), "d.json")[0].columns[0]


def rules(*more: dict[str, Any], **selection: Any) -> str:
    first = {
        "rule-type": "selection",
        "rule-id": "1",
        "rule-name": "1",
        "rule-action": "include",
        "object-locator": {"schema-name": "s", "table-name": "t"},
        **selection,
    }
    return json.dumps({"rules": [first, *more]})


def mapping(**changes: Any) -> dict[str, Any]:
    return {
        "rule-type": "object-mapping",
        "rule-id": "2",
        "rule-name": "2",
        "rule-action": "map-record-to-record",
        "object-locator": {"schema-name": "s", "table-name": "t"},
        "target-table-name": "t",
        **changes,
    }


@pytest.mark.parametrize(
    ("name", "written", "needs"),
    [
        ("STRING", "S", {"ColumnLength": "9"}),
        ("CLOB", "S", {}),
        ("DATE", "S", {}),
        ("DATETIME", "S", {}),
        ("BOOLEAN", "BOOL", {}),
        ("NUMERIC", "N", {"ColumnPrecision": "5", "ColumnScale": "2"}),
        ("REAL4", "N", {}),
        ("REAL8", "N", {}),
        *((f"{sign}INT{size}", "N", {}) for sign in ("", "U") for size in (1, 2, 4, 8)),
        ("TIME", None, {}),
        ("BYTE", None, {}),
        ("BLOB", None, {}),
    ],
)
def test_column_type_of_csv_becomes_its_type_in_dynamodb(
    name: str, written: str | None, needs: dict[str, str]
) -> None:
    kind = column_types()[name]
    assert (kind.becomes if kind.by_dms else None) == written
    read_column(ColumnType=name, **needs)
    for key in needs:
        with pytest.raises(InputError, match="needs"):
            read_column(ColumnType=name, **{each: needs[each] for each in needs if each != key})


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("INT1", -(2**7), 2**7 - 1),
        ("INT2", -(2**15), 2**15 - 1),
        ("INT4", -(2**31), 2**31 - 1),
        ("INT8", -(2**63), 2**63 - 1),
        ("UINT1", 0, 2**8 - 1),
        ("UINT2", 0, 2**16 - 1),
        ("UINT4", 0, 2**32 - 1),
        ("UINT8", 0, 2**64 - 1),
    ],
)
def test_whole_numbers_are_those_of_their_bytes(name: str, least: int, most: int) -> None:
    parse = column_types()[name].values(read_column(ColumnType=name)).parse
    assert [parse(str(value)) for value in (least, most)] == [str(least), str(most)]
    for value in (least - 1, most + 1):
        with pytest.raises(ValueError, match=r"."):
            parse(str(value))


@pytest.mark.parametrize(
    ("key", "others", "most"),
    [
        ("ColumnLength", {"ColumnType": "STRING"}, 2_147_483_647),
        ("ColumnPrecision", {"ColumnType": "NUMERIC", "ColumnScale": "0"}, 38),
        ("ColumnScale", {"ColumnType": "NUMERIC", "ColumnPrecision": "38"}, 31),
        ("ColumnScale", {"ColumnType": "DATETIME"}, 9),
    ],
)
def test_key_of_a_column_has_its_limit(key: str, others: dict[str, str], most: int) -> None:
    read_column(**others, **{key: str(most)})
    with pytest.raises(InputError):
        read_column(**others, **{key: str(most + 1)})


@pytest.mark.parametrize(
    "day", ["YYYY-MM-dd HH:mm:ss", "YYYY/MM/dd HH:mm:ss", "MM/dd/YYYY HH:mm:ss", "YYYYMMdd HH:mm:ss"]
)
def test_date_format_is_one_of_four_with_or_without_a_fraction(day: str) -> None:
    for pattern in (day, f"{day}.F"):
        assert read_column(ColumnType="DATETIME", ColumnDateFormat=pattern).date_format == pattern
    with pytest.raises(InputError, match="is not among the formats of DMS"):
        read_column(ColumnType="DATETIME", ColumnDateFormat=day.replace(":ss", ""))


@pytest.mark.parametrize("action", ["include", "exclude", "explicit"])
def test_selection_has_its_actions_and_an_order(action: str) -> None:
    read = parse_mappings(rules(**{"rule-action": action, "load-order": 2_147_483_647}), "m.json")
    assert read.selects("s", "t") is (action != "exclude")
    with pytest.raises(InputError):
        parse_mappings(rules(**{"rule-action": action, "load-order": 2_147_483_648}), "m.json")


@pytest.mark.parametrize(
    ("operator", "values"),
    [
        *((one, ("value",)) for one in ("lte", "ste", "gte", "eq", "noteq")),
        *((one, ("start-value", "end-value")) for one in ("between", "notbetween")),
        *((one, ()) for one in ("null", "notnull")),
    ],
)
def test_filter_operator_takes_its_values_and_no_others(operator: str, values: tuple[str, ...]) -> None:
    def read(*given: str) -> None:
        condition = {"filter-operator": operator, **dict.fromkeys(given, "1")}
        one = {"filter-type": "source", "column-name": "a", "filter-conditions": [condition]}
        parse_mappings(rules(filters=[one]), "m.json")

    read(*values)
    for wrong in {("value",), ("start-value", "end-value"), ()} - {values}:
        with pytest.raises(InputError):
            read(*wrong)


@pytest.mark.parametrize("action", ["map-record-to-record", "map-record-to-document"])
def test_object_mapping_has_its_actions(action: str) -> None:
    (read,) = parse_mappings(rules(mapping(**{"rule-action": action})), "m.json").object_mappings
    assert read.rule_action == action


@pytest.mark.parametrize(
    ("kind", "sub_type", "value", "becomes"),
    [
        ("scalar", "string", "${a}", "S"),
        ("document", "dynamodb-map", {"M": {"x": {"S": "${a}"}}}, "M"),
        ("document", "dynamodb-list", {"L": [{"N": "${a}"}]}, "L"),
    ],
)
def test_attribute_of_a_mapping_has_its_type(kind: str, sub_type: str, value: Any, becomes: str) -> None:
    attribute = {
        "target-attribute-name": "x",
        "attribute-type": kind,
        "attribute-sub-type": sub_type,
        "value": value,
    }
    rule = mapping(**{"mapping-parameters": {"attribute-mappings": [attribute]}})
    (read,) = parse_mappings(rules(rule), "m.json").object_mappings
    assert read.attribute_types == {"x": becomes}


def test_condition_holds_in_a_full_load_and_not_for_changes_where_it_does_not_say() -> None:
    condition = ConditionExpression(expression="attribute_not_exists(id)")
    assert (condition.apply_during_full_load, condition.apply_during_cdc) == (True, False)


@pytest.mark.parametrize(
    "action",
    [
        *("rename", "remove-column", "include-column", "add-column", "change-data-type"),
        *("convert-lowercase", "convert-uppercase", "define-primary-key", "add-before-image-columns"),
        *(f"{verb}-{end}" for verb in ("add", "remove", "replace") for end in ("prefix", "suffix")),
        *("data-masking-digits-mask", "data-masking-digits-randomize", "data-masking-hash-mask"),
    ],
)
def test_transformation_is_refused_by_its_name(action: str) -> None:
    rule = {
        "rule-type": "transformation",
        "rule-id": "3",
        "rule-name": "3",
        "rule-action": action,
        "rule-target": "column",
        "object-locator": {"schema-name": "s", "table-name": "t", "column-name": "a"},
    }
    with pytest.raises(InputError, match=f"rule 3: {action} is a transformation"):
        parse_mappings(rules(rule), "m.json").refuse_uncarried("s", "t", "m.json")


ALL_POLICIES = ("IGNORE_RECORD", "LOG_ERROR", "SUSPEND_TABLE", "STOP_TASK")


@pytest.mark.parametrize(
    ("key", "default", "words"),
    [
        ("DataErrorPolicy", "LOG_ERROR", ALL_POLICIES),
        ("DataTruncationErrorPolicy", "LOG_ERROR", ALL_POLICIES),
        ("DataMaskingErrorPolicy", "STOP_TASK", ALL_POLICIES),
        ("DataErrorEscalationPolicy", "SUSPEND_TABLE", ALL_POLICIES[1:]),
        ("EventErrorPolicy", "IGNORE", ("IGNORE", "STOP_TASK")),
        ("TableErrorPolicy", "SUSPEND_TABLE", ALL_POLICIES[2:]),
        ("TableErrorEscalationPolicy", "STOP_TASK", ALL_POLICIES[2:]),
        ("ApplyErrorDeletePolicy", "IGNORE_RECORD", ALL_POLICIES),
        ("ApplyErrorInsertPolicy", "LOG_ERROR", (*ALL_POLICIES, "INSERT_RECORD")),
        ("ApplyErrorUpdatePolicy", "LOG_ERROR", (*ALL_POLICIES, "UPDATE_RECORD")),
        ("ApplyErrorEscalationPolicy", "LOG_ERROR", ALL_POLICIES[1:]),
    ],
)
def test_error_policy_has_its_default_and_its_words(key: str, default: str, words: tuple[str, ...]) -> None:
    assert SECTIONS["ErrorBehavior"].settings[key].default == default
    for word in words:
        assert list(mistakes({"ErrorBehavior": {key: word}})) == []
    assert list(mistakes({"ErrorBehavior": {key: "RETRY"}}))


@pytest.mark.parametrize("mode", ["DO_NOTHING", "DROP_AND_CREATE", "TRUNCATE_BEFORE_LOAD"])
def test_prepare_mode_is_one_of_three(mode: str) -> None:
    assert list(mistakes({"FullLoadSettings": {"TargetTablePrepMode": mode}})) == []


@pytest.mark.parametrize(
    "component",
    [
        *("SOURCE_UNLOAD", "SOURCE_CAPTURE", "TARGET_LOAD", "TARGET_APPLY", "TASK_MANAGER", "TABLES_MANAGER"),
        *(
            "TRANSFORMATION",
            "METADATA_MANAGER",
            "FILE_FACTORY",
            "FILE_TRANSFER",
            "SORTER",
            "COMMON",
            "ADDONS",
        ),
        *("DATA_STRUCTURE", "COMMUNICATION", "VALIDATOR", "VALIDATOR_EXT", "DATA_RESYNC", "RESYNC_UNLOAD"),
        "RESYNC_APPLY",
    ],
)
def test_component_is_logged_with_each_severity(component: str) -> None:
    severities = ("ERROR", "WARNING", "INFO", "DEFAULT", "DEBUG", "DETAILED_DEBUG")
    logged = [{"Id": component, "Severity": f"LOGGER_SEVERITY_{one}"} for one in severities]
    assert list(mistakes({"Logging": {"LogComponents": logged}})) == []
