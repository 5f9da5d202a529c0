"""Task settings: a caller's part of them, completed with what DMS takes for the rest.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.html
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, cast

from local_aws.dms.faults import DmsError, invalid_value

Settings = dict[str, Any]

READ_ONLY = ("CloudWatchLogGroup", "CloudWatchLogStream")
_DATA_POLICIES = ("IGNORE_RECORD", "LOG_ERROR", "SUSPEND_TABLE", "STOP_TASK")
_TABLE_POLICIES = ("SUSPEND_TABLE", "STOP_TASK")
_CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
    ("FullLoadSettings", "TargetTablePrepMode"): ("DO_NOTHING", "DROP_AND_CREATE", "TRUNCATE_BEFORE_LOAD"),
    ("ErrorBehavior", "DataErrorPolicy"): _DATA_POLICIES,
    ("ErrorBehavior", "DataErrorEscalationPolicy"): _DATA_POLICIES[1:],
    ("ErrorBehavior", "TableErrorPolicy"): _TABLE_POLICIES,
    ("ErrorBehavior", "TableErrorEscalationPolicy"): _TABLE_POLICIES[1:],
}
_RANGES: dict[tuple[str, str], tuple[int, int]] = {
    ("FullLoadSettings", "MaxFullLoadSubTasks"): (1, 49),
    ("FullLoadSettings", "CommitRate"): (1, 50000),
    ("TargetMetadata", "ParallelLoadThreads"): (0, 200),
    ("TargetMetadata", "ParallelLoadBufferSize"): (0, 1000),
}
# https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.DynamoDB.html
_NOT_WITH_DYNAMODB: dict[tuple[str, str], object] = {
    ("FullLoadSettings", "TargetTablePrepMode"): "TRUNCATE_BEFORE_LOAD",
    ("TargetMetadata", "BatchApplyEnabled"): True,
    ("TargetMetadata", "TaskRecoveryTableEnabled"): True,
}


def complete(text: str | None, before: Settings | None = None) -> Settings:
    """Return the settings of a task: `text` over `before` over the defaults.

    Raise InvalidParameterValueException for what is no JSON object, for unknown sections, for the two keys
    that AWS alone writes, and for what DMS refuses with a DynamoDB target.
    """
    given = _parsed(text) if text else {}
    logging: Settings = given.get("Logging") or {}
    if any(key in logging for key in READ_ONLY):
        # https://github.com/hashicorp/terraform-provider-aws/issues/21512
        raise invalid_value(
            "Task Settings CloudWatchLogGroup or CloudWatchLogStream cannot be set on create."
        )
    merged = _merged(before or json.loads(_defaults()), given)
    for (section, key), choices in _CHOICES.items():
        value = _value(merged, section, key)
        if value is not None and value not in choices:
            raise _wrong(section, key, value, f"one of {', '.join(choices)}")
    for (section, key), (least, most) in _RANGES.items():
        value = _value(merged, section, key)
        if value is not None and not (isinstance(value, int) and least <= value <= most):
            raise _wrong(section, key, value, f"a whole number from {least} to {most}")
    for (section, key), refused in _NOT_WITH_DYNAMODB.items():
        if _value(merged, section, key) == refused:
            raise _wrong(
                section, key, refused, "another value: this one is not supported with a DynamoDB target"
            )
    return merged


def _parsed(text: str) -> Settings:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise invalid_value(f"Invalid task settings JSON, line {error.lineno}: {error.msg}") from None
    if not isinstance(document, dict):
        raise invalid_value("Invalid task settings JSON: the settings are one object")
    settings = cast("Settings", document)
    for section in settings:
        if section not in json.loads(_defaults()):
            raise invalid_value(f"Invalid task settings JSON: there is no section {section}")
    return settings


def _merged(base: Settings, given: Settings) -> Settings:
    merged = dict(base)
    for key, value in given.items():
        if isinstance(value, dict) and merged.get(key):
            merged[key] = _merged(merged[key], cast("Settings", value))
        else:
            merged[key] = _typed(base.get(key), cast("object", value))
    return merged


def _typed(default: object, value: object) -> object:
    """Return a value in the JSON type that DMS has for it, if it reads as one: "true" is true to it."""
    if isinstance(default, bool) and str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    if type(default) is int and isinstance(value, str) and value.lstrip("-").isdecimal():
        return int(value)
    if isinstance(default, str) and isinstance(value, (bool, int, float)):
        return json.dumps(value)
    return value


def _value(settings: Settings, section: str, key: str) -> Any:
    written: Settings = settings.get(section) or {}
    return written.get(key)


def _wrong(section: str, key: str, value: object, wanted: str) -> DmsError:
    return invalid_value(f"Invalid task settings JSON: {section}.{key} is {value!r}; it must be {wanted}")


@cache
def _defaults() -> str:
    return Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
