"""The JSON types of DMS task settings: others crash the AWS provider, or make AWS refuse the task.

Sources: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.html and
the pages below it.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

_TYPES: Mapping[str, tuple[type, str]] = {
    "switch": (bool, "true or false"),
    "number": (int, "a whole number"),
    "text": (str, "text"),
    "list": (list, "a list"),
    "section": (dict, "keys and values"),
}
_SETTINGS: Mapping[str, Mapping[str, str]] = {
    "TargetMetadata": {
        "switch": "SupportLobs FullLobMode LimitedSizeLobMode BatchApplyEnabled TaskRecoveryTableEnabled",
        "number": "LobChunkSize LobMaxSize InlineLobMaxSize LoadMaxFileSize ParallelLoadThreads "
        "ParallelLoadBufferSize ParallelLoadQueuesPerThread ParallelApplyThreads ParallelApplyBufferSize "
        "ParallelApplyQueuesPerThread",
        "text": "TargetSchema",
    },
    "FullLoadSettings": {
        "switch": "CreatePkAfterFullLoad StopTaskCachedChangesApplied StopTaskCachedChangesNotApplied",
        "number": "MaxFullLoadSubTasks TransactionConsistencyTimeout CommitRate",
        "text": "TargetTablePrepMode",
    },
    "TTSettings": {"switch": "EnableTT", "section": "TTS3Settings TTRecordSettings"},
    "Logging": {"switch": "EnableLogging EnableLogContext DeleteTaskLogs", "list": "LogComponents"},
    "ControlTablesSettings": {
        "switch": "HistoryTableEnabled SuspendedTablesTableEnabled StatusTableEnabled "
        "FullLoadExceptionTableEnabled",
        "number": "HistoryTimeslotInMinutes historyTimeslotInMinutes",
        "text": "ControlSchema",
    },
    "StreamBufferSettings": {"number": "StreamBufferCount StreamBufferSizeInMB CtrlStreamBufferSizeInMB"},
    "ChangeProcessingTuning": {
        "switch": "BatchApplyPreserveTransaction",
        "number": "BatchApplyTimeoutMin BatchApplyTimeoutMax BatchApplyMemoryLimit BatchSplitSize "
        "MinTransactionSize CommitTimeout MemoryLimitTotal MemoryKeepTime StatementCacheSize RecoveryTimeout",
    },
    "ChangeProcessingDdlHandlingPolicy": {
        "switch": "HandleSourceTableDropped HandleSourceTableTruncated HandleSourceTableAltered",
    },
    "LoopbackPreventionSettings": {
        "switch": "EnableLoopbackPrevention",
        "text": "SourceSchema TargetSchema",
    },
    "CharacterSetSettings": {"list": "CharacterReplacements", "section": "CharacterSetSupport"},
    "BeforeImageSettings": {"switch": "EnableBeforeImage", "text": "FieldName ColumnFilter"},
    "ErrorBehavior": {
        "switch": "RecoverableErrorThrottling RecoverableErrorStopRetryAfterThrottlingMax "
        "ApplyErrorFailOnTruncationDdl FailOnTransactionConsistencyBreached FailOnNoTablesCaptured "
        "FullLoadIgnoreConflicts",
        "number": "DataErrorEscalationCount TableErrorEscalationCount RecoverableErrorCount "
        "RecoverableErrorInterval RecoverableErrorThrottlingMax ApplyErrorEscalationCount",
        "text": "DataErrorPolicy EventErrorPolicy DataTruncationErrorPolicy DataMaskingErrorPolicy "
        "DataErrorEscalationPolicy TableErrorPolicy TableErrorEscalationPolicy ApplyErrorDeletePolicy "
        "ApplyErrorInsertPolicy ApplyErrorUpdatePolicy ApplyErrorEscalationPolicy",
    },
    "ValidationSettings": {
        "switch": "EnableValidation HandleCollationDiff ValidationOnly SkipLobColumns",
        "number": "ThreadCount FailureMaxCount TableFailureMaxCount RecordFailureDelayLimitInMinutes "
        "RecordFailureDelayInMinutes RecordSuspendDelayInMinutes ValidationPartialLobSize "
        "ValidationQueryCdcDelaySeconds PartitionSize MaxKeyColumnSize",
        "text": "ValidationMode",
    },
}


def mistyped(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the path of each setting of another type than AWS's, and what was expected.

    null, which AWS itself writes, is none; neither is a setting that is not known here.
    """
    for section, kinds in _SETTINGS.items():
        written = settings.get(section)
        if written is None:
            continue
        if not isinstance(written, dict):
            yield section, _expected("section", written)
            continue
        for kind, names in kinds.items():
            for name in names.split():
                value = cast("Mapping[str, Any]", written).get(name)
                if value is not None and type(value) is not _TYPES[kind][0]:
                    yield f"{section}.{name}", _expected(kind, value)


def _expected(kind: str, value: object) -> str:
    return f"expected {_TYPES[kind][1]}, got {json.dumps(value)[:80]}"
