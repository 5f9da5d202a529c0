"""One DMS task: how DMS describes it, what it logged, and its stop.

Sources: https://docs.aws.amazon.com/dms/latest/APIReference/API_DescribeTableStatistics.html
https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Monitoring.html
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.clock import aws_now
from dynamodb_bulk.aws.polling import poll
from dynamodb_bulk.loads.dms.load import TaskLoad
from dynamodb_bulk.loads.log import LogLine, logged, milliseconds
from dynamodb_bulk.spec.errors import InputError

if TYPE_CHECKING:
    from types_boto3_dms.type_defs import (
        ReplicationTaskStatsTypeDef,
        ReplicationTaskTypeDef,
        TableStatisticsTypeDef,
    )

SETTLING = ("creating", "modifying", "moving", "testing", "starting", "stopping")
_STOP_SECONDS = 3600
_GONE = "gone"
# Stop reasons that a user asks for by the settings of the task or its stop position.
_ENDS_OF_CHANGES = ("AFTER_FULL_LOAD", "AFTER_CACHED_EVENTS", "AT_SERVER_TIME", "AT_COMMIT_TIME")
_OPERATIONS = {"Inserts": "INSERT", "Updates": "UPDATE", "Deletes": "DELETE"}
# DMS marks the lines of errors and warnings so.
_MARKS = ("]E:", "]W:")


@dataclass(frozen=True, kw_only=True)
class TableCounts:
    """DMS's counts for one table (DescribeTableStatistics).

    `read`: changes by their operations; `applied`: those of them that the target took.
    """

    table: str
    state: str
    loaded: int
    condition_failed: int
    errors: int
    read: Counter[str] = field(default_factory=Counter[str])
    applied: Counter[str] = field(default_factory=Counter[str])


@dataclass(frozen=True, kw_only=True)
class TaskState:
    """A task at one time; `seconds` is the time of its full load so far.

    `started` is when AWS says that it was last started, which changes with every start; "" when it never was.
    `loads` says whether the task has a full load, `applies` whether it applies changes after that. `since` is
    when it was started first, or reloaded.
    """

    status: str
    loads: bool = True
    applies: bool = False
    full_load_over: bool = False
    stop_reason: str = ""
    failure: str = ""
    started: str = ""
    since: datetime | None = None
    percent: int = 0
    tables_errored: int = 0
    seconds: float = 0.0
    tables: tuple[TableCounts, ...] = ()

    @property
    def loaded(self) -> int:
        """Rows that became items."""
        return sum(table.loaded for table in self.tables)

    @property
    def condition_failed(self) -> int:
        """Rows whose condition failed."""
        return sum(table.condition_failed for table in self.tables)

    @property
    def errors(self) -> int:
        """Rows that DMS dropped."""
        return sum(table.errors for table in self.tables)

    @property
    def changes_read(self) -> Counter[str]:
        """Changes that DMS read, by their operations."""
        return sum((table.read for table in self.tables), Counter[str]())

    @property
    def changes_applied(self) -> Counter[str]:
        """Those of them that were applied."""
        return sum((table.applied for table in self.tables), Counter[str]())

    @property
    def has_run(self) -> bool:
        """Whether it was ever started."""
        return bool(self.started)

    @property
    def busy(self) -> bool:
        """Whether it is at work, or about to be."""
        return self.status in (*SETTLING, "running")

    @property
    def finished(self) -> bool:
        """Whether DMS reports the end that the task was given, good or bad."""
        ends = ("FULL_LOAD_ONLY_FINISHED", *(_ENDS_OF_CHANGES if self.applies else ()))
        return self.status == "stopped" and any(end in self.stop_reason for end in ends)

    @property
    def ended_without_changes(self) -> bool:
        """Whether it ended after its full load, as its settings say."""
        return self.finished and self.applies and "STOPPED_AFTER_FULL_LOAD" in self.stop_reason

    @property
    def stopped(self) -> bool:
        """Whether it was at work until someone stopped it, or it came to the end that it was given."""
        return self.status == "stopped" and (self.finished or "NORMAL" in self.stop_reason)

    @property
    def applying(self) -> bool:
        """Whether there is nothing left to wait for: the task applies changes until it is stopped."""
        return self.applies and self.status == "running" and (self.full_load_over or not self.loads)


def describe_task(load: TaskLoad, aws: Aws) -> TaskState:
    """The task now; raises InputError when it is gone."""
    task = _described(load.task_arn, aws)
    if task is None:
        raise InputError(
            f"load {load.name}",
            f"its task does not exist: {load.task_arn}",
            "run `pulumi refresh`, then `pulumi up`",
        )
    statistics = task.get("ReplicationTaskStats", {})
    started = statistics.get("StartDate") or statistics.get("FreshStartDate")
    return TaskState(
        status=task.get("Status", "unknown"),
        loads=load.migration_type != "cdc",
        applies=load.migration_type != "full-load",
        full_load_over=_full_load_over(statistics),
        stop_reason=task.get("StopReason", ""),
        failure=task.get("LastFailureMessage", ""),
        started=started.astimezone(UTC).isoformat() if started else "",
        since=statistics.get("FreshStartDate") or started,
        percent=statistics.get("FullLoadProgressPercent", 0),
        tables_errored=statistics.get("TablesErrored", 0),
        seconds=_seconds(task, statistics),
        tables=tuple(_table_counts(load, aws)) if started else (),
    )


def stop_task(aws: Aws, *, task_arn: str) -> None:
    """Wait until the task is at rest or gone; raises LoadFailed when it does not come to rest in an hour.

    The provider stops one that is running, and waits five minutes; one that is starting it cannot delete.
    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/dms/replication_task.go
    """

    def look() -> str:
        task = _described(task_arn, aws)
        status = task.get("Status", _GONE) if task else _GONE
        if status == "running":
            with suppress(aws.dms.exceptions.InvalidResourceStateFault):  # it has ended since
                aws.dms.stop_replication_task(ReplicationTaskArn=task_arn)
        return status

    poll(
        look,
        lambda status: status not in (*SETTLING, "running"),
        limit_seconds=_STOP_SECONDS,
        what=f"the end of the task {task_arn}",
    )


def task_log(load: TaskLoad, aws: Aws, since: datetime | None = None) -> Iterator[LogLine]:
    """Yield the lines of the task's log stream, oldest first; none when there is no log."""
    request: dict[str, Any] = {"logGroupName": load.log_group, "logStreamName": _stream(load)}
    request |= {"startFromHead": True, "startTime": milliseconds(since)}
    with suppress(aws.logs.exceptions.ResourceNotFoundException):
        while True:
            answer = aws.logs.get_log_events(**request)
            for event in answer.get("events", []):
                yield logged(event.get("message", ""), event.get("timestamp"))
            token = answer.get("nextForwardToken")
            # At its end the stream gives back the token that it was asked with.
            if not token or token == request.get("nextToken"):
                return
            request["nextToken"] = token


def last_errors(load: TaskLoad, aws: Aws, count: int = 5) -> tuple[str, ...]:
    """The last error and warning lines of the task's log stream, oldest first; none when there is no log."""
    lines = last_lines(load, aws, 500)
    return tuple(line for line in lines if any(mark in line for mark in _MARKS))[-count:]


def last_lines(load: TaskLoad, aws: Aws, count: int) -> list[str]:
    """The last lines of the task's log stream, oldest first; none when there is no log."""
    try:
        answer = aws.logs.get_log_events(
            logGroupName=load.log_group, logStreamName=_stream(load), limit=count, startFromHead=False
        )
    except aws.logs.exceptions.ResourceNotFoundException:
        return []
    return [event.get("message", "").strip() for event in answer.get("events", [])]


def task_by_arn(arn: str, aws: Aws) -> TaskLoad:
    """Return a task that no stack is known of; raise InputError where there is none."""
    task = _described(arn, aws)
    if task is None:
        raise InputError(arn, "DMS has no such task", "check the ARN and its account")
    return TaskLoad(
        name=task.get("ReplicationTaskIdentifier", arn),
        dataset=Path(),
        table="",
        records_bucket="",
        task_arn=arn,
        instance_arn=task.get("ReplicationInstanceArn", ""),
        source_endpoint_arn=task.get("SourceEndpointArn", ""),
        target_endpoint_arn=task.get("TargetEndpointArn", ""),
        log_group="",
        migration_type=task.get("MigrationType", "full-load"),
    )


def _stream(load: TaskLoad) -> str:
    return f"dms-task-{load.task_arn.rsplit(':', 1)[-1]}"


def _described(task_arn: str, aws: Aws) -> "ReplicationTaskTypeDef | None":
    try:
        tasks = aws.dms.describe_replication_tasks(
            Filters=[{"Name": "replication-task-arn", "Values": [task_arn]}], WithoutSettings=True
        ).get("ReplicationTasks", [])
    except aws.dms.exceptions.ResourceNotFoundFault:
        return None
    return tasks[0] if tasks else None


def _table_counts(load: TaskLoad, aws: Aws) -> Iterator[TableCounts]:
    pages = aws.dms.get_paginator("describe_table_statistics").paginate(ReplicationTaskArn=load.task_arn)
    for page in pages:
        for table in page.get("TableStatistics", []):
            yield TableCounts(
                table=f"{table.get('SchemaName', '')}.{table.get('TableName', '')}",
                state=table.get("TableState", ""),
                loaded=table.get("FullLoadRows", 0),
                condition_failed=table.get("FullLoadCondtnlChkFailedRows", 0),
                errors=table.get("FullLoadErrorRows", 0),
                read=_changes(table, ""),
                applied=_changes(table, "Applied"),
            )


def _changes(table: "TableStatisticsTypeDef", prefix: str) -> Counter[str]:
    counts = cast("Mapping[str, int]", table)
    return Counter({name: counts.get(f"{prefix}{each}", 0) for each, name in _OPERATIONS.items()})


def _full_load_over(statistics: "ReplicationTaskStatsTypeDef") -> bool:
    start, end = statistics.get("FullLoadStartDate"), statistics.get("FullLoadFinishDate")
    return end is not None and (start is None or start <= end)


def _seconds(task: "ReplicationTaskTypeDef", statistics: "ReplicationTaskStatsTypeDef") -> float:
    start = statistics.get("FullLoadStartDate") or statistics.get("StartDate")
    if start is None:
        return 0.0
    end = statistics.get("FullLoadFinishDate") or statistics.get("StopDate")
    running = task.get("Status") == "running" and not _full_load_over(statistics)
    finish = aws_now() if running or end is None or end < start else end
    return max((finish - start).total_seconds(), 0.0)
