"""Task settings: generated ones, and hand-written ones with AWS's own keys in them."""

import json
from importlib.resources import files
from typing import Any

import pytest

from dynamodb_bulk.dms.task_setting_model import SECTIONS
from dynamodb_bulk.dms.task_settings import drops_the_table, generate_task_settings, parse_task_settings
from dynamodb_bulk.spec.errors import InputError
from local_aws.dms.task_settings import complete


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
        ("TargetMetadata", "FullLobMode", True),
        ("TargetMetadata", "BatchApplyEnabled", True),
        ("TargetMetadata", "TaskRecoveryTableEnabled", True),
    ],
)
def test_settings_when_dynamodb_does_not_support_them_are_refused(
    section: str, key: str, value: object
) -> None:
    with pytest.raises(InputError, match=f"{section}.{key}: .* is not supported from S3"):
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
    assert parse(whole)[1] == ()


def test_settings_that_are_null_or_newer_than_the_program_are_passed_on() -> None:
    settings = {"TargetMetadata": None, "Logging": {"LogComponents": None}, "Novel": {"Setting": "1"}}
    kept, warnings = parse(settings)
    assert kept == settings
    (told,) = warnings
    assert told.startswith("settings.json: Novel: AWS does not document Novel")


@pytest.mark.parametrize(
    ("settings", "where", "remedy"),
    [
        ({"TargetMetaData": {}}, "TargetMetaData", "TargetMetadata"),
        (
            {"TargetMetadata": {"ParalelLoadThreads": 8}},
            "TargetMetadata.ParalelLoadThreads",
            "ParallelLoadThreads",
        ),
        ({"ErrorBehavior": {"DataErrorPolicy": "LOG_ERORR"}}, "ErrorBehavior.DataErrorPolicy", "LOG_ERROR"),
        (
            {"Logging": {"LogComponents": [{"Id": "TARGET_LOADS", "Severity": "LOGGER_SEVERITY_DEFAULT"}]}},
            "Logging.LogComponents.Id",
            "TARGET_LOAD",
        ),
        (
            {"Logging": {"LogComponents": [{"Id": "SORTER", "Severity": "LOGGER_SEVERITY_WARN"}]}},
            "Logging.LogComponents.Severity",
            "LOGGER_SEVERITY_WARNING",
        ),
    ],
)
def test_settings_with_a_wrong_word_name_the_nearest(
    settings: dict[str, Any], where: str, remedy: str
) -> None:
    with pytest.raises(InputError) as caught:
        parse(settings)
    assert (caught.value.where, caught.value.remedy) == (
        f"settings.json: {where}",
        f"did you mean {remedy}?",
    )


@pytest.mark.parametrize(
    ("section", "key", "valid", "wrong"),
    [
        ("FullLoadSettings", "MaxFullLoadSubTasks", 49, 50),
        ("FullLoadSettings", "CommitRate", 50_000, 50_001),
        ("TargetMetadata", "LobMaxSize", 102_400, 102_401),
        ("TargetMetadata", "ParallelLoadThreads", 200, 201),
        ("TargetMetadata", "ParallelLoadBufferSize", 1000, 1001),
        ("ChangeProcessingTuning", "RecoveryTimeout", -1, -2),
    ],
)
def test_settings_beyond_the_documented_limits_are_refused(
    section: str, key: str, valid: int, wrong: int
) -> None:
    parse({section: {key: valid}})
    with pytest.raises(InputError, match=f"{section}.{key}: "):
        parse({section: {key: wrong}})


def test_settings_warn_when_dropped_rows_are_not_logged() -> None:
    _, warnings = parse({"ErrorBehavior": {"DataErrorPolicy": "IGNORE_RECORD"}})
    assert [one.partition(": DMS drops")[0] for one in warnings] == [
        "settings.json: ErrorBehavior.DataErrorPolicy"
    ]


def test_defaults_are_what_aws_returns_of_a_task_without_settings() -> None:
    """The file is of the API's answer, the model of the user guide."""
    whole = json.loads(files("local_aws.dms").joinpath("task_settings.json").read_text())
    for name, section in SECTIONS.items():
        for key, value in (whole[name] or {}).items():
            if key != "LogComponents":
                assert section.settings[key].default == value, f"{name}.{key}"


def test_generated_settings_are_valid_and_unchanged_by_aws() -> None:
    """Else each `up` would find a difference."""
    settings = generate_task_settings()
    assert parse(settings) == (settings, ())
    for name, written in settings.items():
        assert written.items() <= complete(json.dumps(settings))[name].items()
