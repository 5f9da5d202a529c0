"""Task settings: generated ones, and hand-written ones with AWS's own keys in them."""

import json
from importlib.resources import files
from typing import Any

import pytest

from dynamodb_bulk.dms.task_settings import drops_the_table, generate_task_settings, parse_task_settings
from dynamodb_bulk.spec.errors import InputError


def parse(settings: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    return parse_task_settings(json.dumps(settings), "settings.json")


def test_generated_settings_keep_the_table_and_log_rejected_rows() -> None:
    settings = generate_task_settings()
    assert not drops_the_table(settings)
    assert settings["Logging"]["EnableLogging"] is True
    assert settings["ErrorBehavior"]["DataErrorPolicy"] == "LOG_ERROR"


def test_settings_when_they_name_a_log_group_drop_it_with_a_warning() -> None:
    settings, warnings = parse(
        {"Logging": {"EnableLogging": True, "CloudWatchLogGroup": None, "CloudWatchLogStream": "x"}}
    )
    assert settings == {"Logging": {"EnableLogging": True}}
    assert warnings == (
        "settings.json: Logging.CloudWatchLogGroup and Logging.CloudWatchLogStream dropped: "
        "AWS alone writes them",
    )


def test_settings_warn_when_they_ask_for_control_tables() -> None:
    _, warnings = parse({"ControlTablesSettings": {"HistoryTableEnabled": True}})
    assert warnings == ("settings.json: HistoryTableEnabled: DMS does not keep this table in DynamoDB",)


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("FullLoadSettings", "TargetTablePrepMode", "TRUNCATE_BEFORE_LOAD"),
        ("TargetMetadata", "BatchApplyEnabled", True),
        ("TargetMetadata", "TaskRecoveryTableEnabled", True),
    ],
)
def test_settings_when_dynamodb_does_not_support_them_are_refused(
    section: str, key: str, value: object
) -> None:
    with pytest.raises(InputError, match=f"{section}.{key}: .* is not supported with DynamoDB"):
        parse({section: {key: value}})


def test_settings_when_not_json_name_the_line() -> None:
    with pytest.raises(InputError, match=r"settings\.json, line 1: not JSON"):
        parse_task_settings("{", "settings.json")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"Logging": {"EnableLogging": "true"}}, 'Logging.EnableLogging: expected true or false, got "true"'),
        ({"ErrorBehavior": {"FailOnNoTablesCaptured": 1}}, "expected true or false, got 1"),
        (
            {"FullLoadSettings": {"MaxFullLoadSubTasks": "5"}},
            'FullLoadSettings.MaxFullLoadSubTasks: expected a whole number, got "5"',
        ),
        ({"FullLoadSettings": {"CommitRate": True}}, "expected a whole number, got true"),
        ({"FullLoadSettings": {"CommitRate": 5.5}}, "expected a whole number, got 5.5"),
        ({"ErrorBehavior": {"DataErrorPolicy": False}}, "expected text, got false"),
        ({"Logging": {"LogComponents": {"Id": "SORTER"}}}, "expected a list, got {"),
        ({"TargetMetadata": []}, "settings.json: TargetMetadata: expected keys and values, got []"),
        # of another type, DMS's own refusal of it would not be seen
        (
            {"TargetMetadata": {"BatchApplyEnabled": "true"}},
            "TargetMetadata.BatchApplyEnabled: expected true",
        ),
    ],
)
def test_settings_of_other_types_than_aws_s_are_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(settings)
    assert said in str(caught.value)


def test_settings_as_aws_writes_them_pass() -> None:
    whole = json.loads(files("local_aws.dms").joinpath("task_settings.json").read_text())
    assert parse(whole)[0].keys() == whole.keys()
    unknown = {"TargetMetadata": None, "Logging": {"LogComponents": None}, "New": {"Setting": "1"}}
    assert parse(unknown) == (unknown, ())
