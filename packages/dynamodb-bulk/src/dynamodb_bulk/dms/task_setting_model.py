"""The task settings that AWS documents: section by section the type, the default and what is valid.

AWS takes other types and words for errors of the task, or the provider crashes on them. A setting that is
not here may be newer than this program. Each section names the page of the user guide that its defaults are
from; a few of AWS's pages give none, and those are what AWS returns of a task without settings.
"""

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

_GUIDE = "https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings"
_TYPES: Mapping[type, str] = {
    bool: "true or false",
    int: "a whole number",
    str: "text",
    list: "a list",
    dict: "keys and values",
}
_NEAR = 0.85  # how alike names are of which one is a slip of the other


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A setting of a JSON type, with what AWS takes where it is not set.

    `words`: the texts that are valid, all where there are none. `least` and `most`: of a number.
    """

    type: type
    default: bool | int | str | None
    words: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None

    def mistake(self, value: object) -> tuple[str, str] | None:
        """Return what is wrong with a value and what to do; None where it is valid."""
        if type(value) is not self.type:
            remedy = "write it as AWS does: true and 5 without quotes"
            return f"expected {_TYPES[self.type]}, got {json.dumps(value)[:80]}", remedy
        if self.words and value not in self.words:
            return f"{json.dumps(value)} is not valid", _meant(str(value), self.words)
        if isinstance(value, int) and not isinstance(value, bool):
            least, most = self.least, self.most
            if (least is not None and value < least) or (most is not None and value > most):
                limits = f"{least or 0:,} to {most:,}" if most is not None else f"{least:,} or more"
                return f"{value:,} is not valid", f"valid: {limits}"
        return None


@dataclass(frozen=True, kw_only=True)
class Section:
    """A section of settings, and the page that its defaults are from."""

    page: str
    settings: Mapping[str, Setting]


def _switch(default: bool | None) -> Setting:
    return Setting(type=bool, default=default)


def _number(default: int | None, least: int | None = None, most: int | None = None) -> Setting:
    return Setting(type=int, default=default, least=least, most=most)


def _text(default: str | None, *words: str) -> Setting:
    return Setting(type=str, default=default, words=words)


def _nested(kind: type) -> Setting:
    return Setting(type=kind, default=None)


_POLICIES = ("IGNORE_RECORD", "LOG_ERROR", "SUSPEND_TABLE", "STOP_TASK")

SECTIONS: Mapping[str, Section] = {
    "TargetMetadata": Section(
        page=f"{_GUIDE}.TargetMetadata.html",
        settings={
            "TargetSchema": _text(""),
            "SupportLobs": _switch(True),
            "FullLobMode": _switch(False),
            "LobChunkSize": _number(64, 0),
            "LimitedSizeLobMode": _switch(True),
            "LobMaxSize": _number(32, 0, 102_400),
            "InlineLobMaxSize": _number(0, 0),
            "LoadMaxFileSize": _number(0, 0),
            "ParallelLoadThreads": _number(0, 0, 200),
            "ParallelLoadBufferSize": _number(0, 0, 1000),
            "ParallelLoadQueuesPerThread": _number(0, 0),
            "ParallelApplyThreads": _number(0, 0),
            "ParallelApplyBufferSize": _number(0, 0),
            "ParallelApplyQueuesPerThread": _number(0, 0),
            "BatchApplyEnabled": _switch(False),
            "TaskRecoveryTableEnabled": _switch(False),
        },
    ),
    "FullLoadSettings": Section(
        page=f"{_GUIDE}.FullLoad.html",
        settings={
            "TargetTablePrepMode": _text(
                "DO_NOTHING", "DO_NOTHING", "DROP_AND_CREATE", "TRUNCATE_BEFORE_LOAD"
            ),
            "CreatePkAfterFullLoad": _switch(False),
            "StopTaskCachedChangesApplied": _switch(False),
            "StopTaskCachedChangesNotApplied": _switch(False),
            "MaxFullLoadSubTasks": _number(8, 1, 49),
            "TransactionConsistencyTimeout": _number(600, 0),
            "CommitRate": _number(10_000, 1, 50_000),
        },
    ),
    "TTSettings": Section(
        page=f"{_GUIDE}.TimeTravel.html",
        settings={
            "EnableTT": _switch(False),
            "TTS3Settings": _nested(dict),
            "TTRecordSettings": _nested(dict),
        },
    ),
    "Logging": Section(
        page=f"{_GUIDE}.Logging.html",
        settings={
            "EnableLogging": _switch(False),
            "EnableLogContext": _switch(False),
            "DeleteTaskLogs": _switch(False),
            "LogComponents": _nested(list),
            "CloudWatchLogGroup": _text(None),
            "CloudWatchLogStream": _text(None),
        },
    ),
    "ControlTablesSettings": Section(
        page=f"{_GUIDE}.ControlTable.html",
        settings={
            "ControlSchema": _text(""),
            "HistoryTimeslotInMinutes": _number(5, 0),
            "historyTimeslotInMinutes": _number(5, 0),  # AWS writes both
            "HistoryTableEnabled": _switch(False),
            "SuspendedTablesTableEnabled": _switch(False),
            "StatusTableEnabled": _switch(False),
            "FullLoadExceptionTableEnabled": _switch(False),
        },
    ),
    "StreamBufferSettings": Section(
        page=f"{_GUIDE}.StreamBuffer.html",
        settings={
            "StreamBufferCount": _number(3, 1),
            "StreamBufferSizeInMB": _number(8, 1),
            "CtrlStreamBufferSizeInMB": _number(5, 1),
        },
    ),
    "ChangeProcessingTuning": Section(
        page=f"{_GUIDE}.ChangeProcessingTuning.html",
        settings={
            "BatchApplyPreserveTransaction": _switch(True),
            "BatchApplyTimeoutMin": _number(1, 0),
            "BatchApplyTimeoutMax": _number(30, 0),
            "BatchApplyMemoryLimit": _number(500, 0),
            "BatchSplitSize": _number(0, 0),
            "MinTransactionSize": _number(1000, 0),
            "CommitTimeout": _number(1, 0),
            "MemoryLimitTotal": _number(1024, 0),
            "MemoryKeepTime": _number(60, 0),
            "StatementCacheSize": _number(50, 0, 200),
            "RecoveryTimeout": _number(-1, -1),
        },
    ),
    "ChangeProcessingDdlHandlingPolicy": Section(
        page=f"{_GUIDE}.DDLHandling.html",
        settings={
            "HandleSourceTableDropped": _switch(True),
            "HandleSourceTableTruncated": _switch(True),
            "HandleSourceTableAltered": _switch(True),
        },
    ),
    "LoopbackPreventionSettings": Section(
        page=f"{_GUIDE}.html",
        settings={
            "EnableLoopbackPrevention": _switch(None),
            "SourceSchema": _text(None),
            "TargetSchema": _text(None),
        },
    ),
    "CharacterSetSettings": Section(
        page=f"{_GUIDE}.CharacterSubstitution.html",
        settings={"CharacterReplacements": _nested(list), "CharacterSetSupport": _nested(dict)},
    ),
    "BeforeImageSettings": Section(
        page=f"{_GUIDE}.BeforeImage.html",
        settings={
            "EnableBeforeImage": _switch(None),
            "FieldName": _text(None),
            "ColumnFilter": _text(None, "pk-only", "non-lob", "all"),
        },
    ),
    "ErrorBehavior": Section(
        page=f"{_GUIDE}.ErrorHandling.html",
        settings={
            "DataErrorPolicy": _text("LOG_ERROR", *_POLICIES),
            "EventErrorPolicy": _text("IGNORE", "IGNORE", "STOP_TASK"),
            "DataTruncationErrorPolicy": _text("LOG_ERROR", *_POLICIES),
            "DataMaskingErrorPolicy": _text("STOP_TASK", *_POLICIES),
            "DataErrorEscalationPolicy": _text("SUSPEND_TABLE", *_POLICIES[1:]),
            "DataErrorEscalationCount": _number(0, 0),
            "TableErrorPolicy": _text("SUSPEND_TABLE", *_POLICIES[2:]),
            "TableErrorEscalationPolicy": _text("STOP_TASK", *_POLICIES[2:]),
            "TableErrorEscalationCount": _number(0, 0),
            "RecoverableErrorCount": _number(-1, -1),
            "RecoverableErrorInterval": _number(5, 0),
            "RecoverableErrorThrottling": _switch(True),
            "RecoverableErrorThrottlingMax": _number(1800, 0),
            "RecoverableErrorStopRetryAfterThrottlingMax": _switch(True),
            "ApplyErrorDeletePolicy": _text("IGNORE_RECORD", *_POLICIES),
            "ApplyErrorInsertPolicy": _text("LOG_ERROR", *_POLICIES, "INSERT_RECORD", "UPDATE_RECORD"),
            "ApplyErrorUpdatePolicy": _text("LOG_ERROR", *_POLICIES, "INSERT_RECORD", "UPDATE_RECORD"),
            "ApplyErrorEscalationPolicy": _text("LOG_ERROR", *_POLICIES[1:]),
            "ApplyErrorEscalationCount": _number(0, 0),
            "ApplyErrorFailOnTruncationDdl": _switch(False),
            "FullLoadIgnoreConflicts": _switch(True),
            "FailOnTransactionConsistencyBreached": _switch(False),
            "FailOnNoTablesCaptured": _switch(True),
        },
    ),
    "ValidationSettings": Section(
        page=f"{_GUIDE}.DataValidation.html",
        settings={
            "EnableValidation": _switch(False),
            "ValidationMode": _text("ROW_LEVEL"),
            "ThreadCount": _number(5, 0),
            "PartitionSize": _number(10_000, 0),
            "FailureMaxCount": _number(10_000, 0),
            "TableFailureMaxCount": _number(1000, 0),
            "HandleCollationDiff": _switch(False),
            "ValidationOnly": _switch(False),
            "SkipLobColumns": _switch(False),
            "ValidationPartialLobSize": _number(0, 0),
            "ValidationQueryCdcDelaySeconds": _number(0, 0),
            "RecordFailureDelayLimitInMinutes": _number(0, 0),
            "RecordFailureDelayInMinutes": _number(5, 0),
            "RecordSuspendDelayInMinutes": _number(30, 0),
            "MaxKeyColumnSize": _number(8096, 0),
        },
    ),
}
_BESIDE_SECTIONS = ("PostProcessingRules", "FailTaskWhenCleanTaskResourceFailed", "DataResyncSettings")

_COMPONENTS = (
    "SOURCE_UNLOAD",
    "SOURCE_CAPTURE",
    "TARGET_LOAD",
    "TARGET_APPLY",
    "TASK_MANAGER",
    "TABLES_MANAGER",
    "TRANSFORMATION",
    "METADATA_MANAGER",
    "FILE_FACTORY",
    "FILE_TRANSFER",
    "SORTER",
    "COMMON",
    "ADDONS",
    "DATA_STRUCTURE",
    "COMMUNICATION",
    "VALIDATOR",
    "VALIDATOR_EXT",
    "DATA_RESYNC",
    "RESYNC_UNLOAD",
    "RESYNC_APPLY",
    "REST_SERVER",
    "IO",
    "INFRASTRUCTURE",
    "PERFORMANCE",
)
_SEVERITIES = [
    f"LOGGER_SEVERITY_{name}" for name in ("ERROR", "WARNING", "INFO", "DEFAULT", "DEBUG", "DETAILED_DEBUG")
]


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A setting that AWS does not take; `doubtful` where it may only be newer than this program."""

    path: str
    what: str
    remedy: str
    doubtful: bool = False


def mistakes(settings: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield what is wrong with settings. A null, which AWS itself writes, is nothing."""
    for name, written in settings.items():
        section = SECTIONS.get(name)
        if section is None:
            if name not in _BESIDE_SECTIONS:
                yield _unknown(name, name, SECTIONS)
        elif isinstance(written, dict):
            yield from _mistakes_in(name, section, cast("dict[str, Any]", written))
        elif written is not None:
            what = f"expected keys and values, got {json.dumps(written)[:80]}"
            yield Mistake(path=name, what=what, remedy="write it as AWS does")


def _mistakes_in(name: str, section: Section, written: Mapping[str, Any]) -> Iterator[Mistake]:
    for key, value in written.items():
        setting, path = section.settings.get(key), f"{name}.{key}"
        if setting is None:
            yield _unknown(path, key, section.settings)
        elif value is not None and (found := setting.mistake(value)):
            yield Mistake(path=path, what=found[0], remedy=found[1])
        elif key == "LogComponents":
            yield from _mistakes_in_components(path, value or [])


def _mistakes_in_components(path: str, components: Sequence[Any]) -> Iterator[Mistake]:
    for component in components:
        named = cast("dict[str, Any]", component) if isinstance(component, dict) else {}
        for key, words in (("Id", _COMPONENTS), ("Severity", _SEVERITIES)):
            value = named.get(key)
            if not isinstance(value, str):
                what = f"expected an Id and a Severity, got {json.dumps(component)[:80]}"
                yield Mistake(path=path, what=what, remedy="write both as text")
                break
            if value not in words:
                yield _unknown(f"{path}.{key}", value, words)


def _unknown(path: str, word: str, words: Mapping[str, Any] | Sequence[str]) -> Mistake:
    near = difflib.get_close_matches(word.lower(), [one.lower() for one in words], n=1, cutoff=_NEAR)
    if near:
        return Mistake(path=path, what=f"AWS does not document {word}", remedy=_meant(word, tuple(words)))
    return Mistake(
        path=path,
        what=f"AWS does not document {word}, as far as this program knows",
        remedy="it is passed on unchanged",
        doubtful=True,
    )


def _meant(word: str, words: Sequence[str]) -> str:
    lowered = {one.lower(): one for one in words}
    near = difflib.get_close_matches(word.lower(), lowered, n=1, cutoff=0.6)
    return f"did you mean {lowered[near[0]]}?" if near else f"valid: {', '.join(words)}"
