"""DMS task settings: the generated set, and the check of a hand-written one.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.html
"""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from dynamodb_bulk.dms.task_setting_model import mistakes
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.json_reading import read_json

Settings = dict[str, Any]
TABLES_AT_ONCE = 8
"""MaxFullLoadSubTasks where nobody says it."""
_DOCUMENT = TypeAdapter(Settings)

_LOGGED = ("SOURCE_UNLOAD", "TARGET_LOAD", "TASK_MANAGER")

# AWS writes these and refuses them from others:
# https://github.com/hashicorp/terraform-provider-aws/issues/11025
READ_ONLY_LOGGING = ("CloudWatchLogGroup", "CloudWatchLogStream")

# https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.DynamoDB.html and, of LOBs, CHAP_Source.S3.html
_REFUSED: dict[tuple[str, str], object] = {
    ("TargetMetadata", "FullLobMode"): True,
    ("FullLoadSettings", "TargetTablePrepMode"): "TRUNCATE_BEFORE_LOAD",
    ("TargetMetadata", "BatchApplyEnabled"): True,
    ("TargetMetadata", "TaskRecoveryTableEnabled"): True,
}
# What becomes of a row that cannot be loaded. Not of a DELETE: its row is gone from DynamoDB in any case.
_OF_ROWS = (
    "DataErrorPolicy",
    "DataTruncationErrorPolicy",
    "ApplyErrorInsertPolicy",
    "ApplyErrorUpdatePolicy",
)
_IGNORED_CONTROL_TABLES = ("HistoryTableEnabled", "SuspendedTablesTableEnabled", "StatusTableEnabled")


def generate_task_settings(tables: int = 1, threads: int = 0, buffer: int = 0) -> Settings:
    """AWS's defaults for a full load from S3 into DynamoDB, with logs on and the table kept.

    So many `tables` are loaded at once, each by `threads` that hold a `buffer` of records.
    A row that cannot be loaded is logged and counted (LOG_ERROR), so that the verdict can list it.
    """
    return {
        "TargetMetadata": {
            "SupportLobs": True,
            "FullLobMode": False,
            "LimitedSizeLobMode": True,
            "LobMaxSize": 32,
            "ParallelLoadThreads": threads,
            "ParallelLoadBufferSize": buffer,
            "BatchApplyEnabled": False,
        },
        "FullLoadSettings": {
            "TargetTablePrepMode": "DO_NOTHING",
            "MaxFullLoadSubTasks": max(TABLES_AT_ONCE, tables),
            "TransactionConsistencyTimeout": 600,
            "CommitRate": 10000,
        },
        "Logging": {
            "EnableLogging": True,
            "LogComponents": [
                {"Id": component, "Severity": "LOGGER_SEVERITY_DEFAULT"} for component in _LOGGED
            ],
        },
        "ErrorBehavior": {
            "DataErrorPolicy": "LOG_ERROR",
            "DataErrorEscalationPolicy": "STOP_TASK",
            "DataErrorEscalationCount": 0,
            "TableErrorPolicy": "SUSPEND_TABLE",
            "FailOnNoTablesCaptured": True,
        },
    }


def parse_task_settings(text: str, where: str) -> tuple[Settings, tuple[str, ...]]:
    """Read hand-written settings: the document without AWS's read-only keys, and the warnings.

    Raise InputError for what AWS does not take, and for what DMS refuses with these endpoints.
    """
    try:
        settings = _DOCUMENT.validate_python(read_json(text, where))
    except ValidationError:
        raise InputError(where, "task settings are one JSON object") from None
    warnings: list[str] = []
    for mistake in mistakes(settings):
        error = InputError(f"{where}: {mistake.path}", mistake.what, mistake.remedy)
        if not mistake.doubtful:
            raise error
        warnings.append(str(error))
    for (section, key), value in _REFUSED.items():
        if _section(settings, section).get(key) == value:
            raise InputError(
                f"{where}: {section}.{key}",
                f"{json.dumps(value)} is not supported from S3 into DynamoDB",
                "use DO_NOTHING" if isinstance(value, str) else "write false",
            )
    logging = _section(settings, "Logging")
    dropped = [key for key in READ_ONLY_LOGGING if key in logging]
    if dropped:
        kept = {key: value for key, value in logging.items() if key not in dropped}
        settings = {**settings, "Logging": kept}
        warnings.append(f"{where}: Logging.{' and Logging.'.join(dropped)} dropped: AWS alone writes them")
    control = _section(settings, "ControlTablesSettings")
    ignored = [key for key in _IGNORED_CONTROL_TABLES if control.get(key) is True]
    if ignored:
        warnings.append(f"{where}: {', '.join(ignored)}: DMS does not keep this table in DynamoDB")
    errors = _section(settings, "ErrorBehavior")
    hidden = [key for key in _OF_ROWS if errors.get(key) == "IGNORE_RECORD"]
    if hidden:
        what = "DMS drops a row without a line in the log; LOG_ERROR names it"
        warnings.append(f"{where}: ErrorBehavior.{', '.join(hidden)}: {what}")
    return settings, tuple(warnings)


def drops_the_table(settings: Settings) -> bool:
    """Return whether DMS would delete the target table and make its own in its place."""
    return _section(settings, "FullLoadSettings").get("TargetTablePrepMode") == "DROP_AND_CREATE"


def tables_at_once(settings: Settings) -> int:
    """Return how many tables DMS loads at the same time."""
    most = _section(settings, "FullLoadSettings").get("MaxFullLoadSubTasks")
    return TABLES_AT_ONCE if most is None else most


def load_threads(settings: Settings) -> int:
    """Return how many threads load each table; 0 where AWS's single one does."""
    return _section(settings, "TargetMetadata").get("ParallelLoadThreads") or 0


def _section(settings: Settings, name: str) -> Mapping[str, Any]:
    section = settings.get(name)
    return section if isinstance(section, dict) else {}  # pyright: ignore[reportUnknownVariableType]
