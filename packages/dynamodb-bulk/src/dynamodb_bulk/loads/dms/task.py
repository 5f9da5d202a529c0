"""What runs a load in DMS: how DMS describes it, what it logged, and its stop.

Sources: https://docs.aws.amazon.com/dms/latest/APIReference/API_DescribeTableStatistics.html
https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Monitoring.html
"""

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws, is_denied
from dynamodb_bulk.aws.clock import aws_now
from dynamodb_bulk.aws.polling import poll
from dynamodb_bulk.loads.dms.load import TaskLoad
from dynamodb_bulk.loads.dms.runner import runner_of
from dynamodb_bulk.loads.log import LogLine, logged, milliseconds
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.migration import MigrationType

if TYPE_CHECKING:
    from types_boto3_dms.type_defs import (
        FilterTypeDef,
        ReplicationTaskStatsTypeDef,
        TableStatisticsTypeDef,
    )

SETTLING = ("creating", "modifying", "moving", "testing", "starting", "stopping")
COMPLETED = "Table completed"
_STOP_SECONDS = 3600
_GONE = "gone"
_NEVER = datetime.min.replace(tzinfo=UTC)
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
    """A task or a serverless replication, as `noun` says, at one time.

    `seconds` is the time of its full load so far. `phase`: what it does while it starts, if that is known.
    `idle_until`: how long AWS keeps the capacity of one that is stopped, which costs meanwhile.

    `started` is when AWS says that it was last started, which changes with every start; "" when it never was.
    `loads` says whether the task has a full load, `applies` whether it applies changes after that. `since` is
    when it was started first, or reloaded. `alone`: no other load shares it; else `tables` are of one load.
    `interruption`: what its replication instance does, so that it is at rest before its end, such as
    "maintenance"; AWS resumes it after that, but not after a reboot.
    """

    status: str
    noun: str = "task"
    alone: bool = True
    phase: str = ""
    idle_until: datetime | None = None
    loads: bool = True
    applies: bool = False
    full_load_over: bool = False
    stop_reason: str = ""
    failure: str = ""
    interruption: str = ""
    started: str = ""
    since: datetime | None = None
    percent: int = 0
    tables_errored: int = 0
    seconds: float = 0.0
    tables: tuple[TableCounts, ...] = ()

    @property
    def shown(self) -> str:
        """Its state in words."""
        if self.interruption:
            return f"{self.status}: its replication instance is in the state {self.interruption}"
        return f"{self.status}: {self.phase}" if self.phase else self.status

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
        return self.settling or self.status == "running"

    @property
    def settling(self) -> bool:
        """Whether its state changes by itself soon."""
        return self.status in SETTLING or bool(self.interruption)

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
    def completed(self) -> bool:
        """Whether DMS has loaded its tables, if it is a full load alone, whatever became of other loads'."""
        tables, ended = self.tables, not self.busy and not self.applies
        return ended and bool(tables) and all(table.state == COMPLETED for table in tables)

    @property
    def stopped(self) -> bool:
        """Whether it was at work until someone stopped it, or it came to the end that it was given."""
        return self.status == "stopped" and (self.finished or "NORMAL" in self.stop_reason)

    @property
    def applying(self) -> bool:
        """Whether there is nothing left to wait for: the task applies changes until it is stopped."""
        return self.applies and self.status == "running" and (self.full_load_over or not self.loads)


def describe_task(load: TaskLoad, aws: Aws) -> TaskState:
    """What runs the load, now; raises InputError when it is gone."""
    runner = runner_of(load.task_arn)
    task = runner.described(load.task_arn, aws)
    if task is None:
        raise InputError(
            f"load {load.name}",
            f"its {runner.noun} does not exist: {load.task_arn}",
            "run `pulumi refresh`, then `pulumi up`",
        )
    statistics = task.statistics
    started = statistics.get("StartDate") or statistics.get("FreshStartDate")
    state = TaskState(
        noun=runner.noun,
        alone=not load.task,
        status=task.status,
        phase=task.phase,
        loads=load.migration_type != "cdc",
        applies=load.migration_type != "full-load",
        full_load_over=_full_load_over(statistics),
        stop_reason=task.stop_reason,
        failure=task.failure,
        started=started.astimezone(UTC).isoformat() if started else "",
        since=statistics.get("FreshStartDate") or started,
        idle_until=task.idle_until,
        percent=statistics.get("FullLoadProgressPercent", 0),
        tables_errored=0 if load.task else statistics.get("TablesErrored", 0),
        seconds=_seconds(task.status, statistics),
        tables=tuple(_table_counts(load, aws)) if started else (),
    )
    if task.instance and task.status in ("stopped", "failed") and not state.finished:
        return replace(state, interruption=_interruption(task.instance, aws))
    return state


def _interruption(instance_arn: str, aws: Aws) -> str:
    """Return the state of the instance, unless it is available; "" where that is not known."""
    filters: list[FilterTypeDef] = [{"Name": "replication-instance-arn", "Values": [instance_arn]}]
    try:
        found = aws.dms.describe_replication_instances(Filters=filters).get("ReplicationInstances", [])
    except ClientError as error:
        if is_denied(error) or isinstance(error, aws.dms.exceptions.ResourceNotFoundFault):
            return ""
        raise
    status = found[0].get("ReplicationInstanceStatus", "") if found else ""
    return "" if status in ("available", "deleting") else status


def stop_task(aws: Aws, *, task_arn: str) -> None:
    """Wait until it is at rest or gone; raises LoadFailed when it does not come to rest in an hour.

    The provider stops one that is running, and waits five minutes; one that is starting it cannot delete.
    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/dms/replication_task.go
    A serverless one is asked to stop while it starts, too, which takes most of an hour; AWS does not document
    whether it then does.
    """
    runner = runner_of(task_arn)

    def look() -> str:
        task = runner.described(task_arn, aws)
        status = task.status if task else _GONE
        if status in runner.stoppable:
            with suppress(aws.dms.exceptions.InvalidResourceStateFault):  # it has ended since
                runner.stop(task_arn, aws)
        return status

    poll(
        look,
        lambda status: status not in (*SETTLING, "running"),
        limit_seconds=_STOP_SECONDS,
        what=f"the end of the {runner.noun} {task_arn}",
    )


def task_log(load: TaskLoad, aws: Aws, since: datetime | None = None) -> Iterator[LogLine]:
    """Yield the lines of its log streams, oldest first; none when there is no log."""
    with suppress(aws.logs.exceptions.ResourceNotFoundException):
        streams = runner_of(load.task_arn).log_streams(load.task_arn, load.log_group, aws)
        read = (_stream_lines(load.log_group, stream, aws, since) for stream in streams)
        yield from heapq.merge(*read, key=lambda line: line.time or _NEVER)


def _stream_lines(group: str, stream: str, aws: Aws, since: datetime | None) -> Iterator[LogLine]:
    request: dict[str, Any] = {"logGroupName": group, "logStreamName": stream}
    request |= {"startFromHead": True, "startTime": milliseconds(since)}
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
    """The last error and warning lines of the latest log stream, oldest first; none when there is no log."""
    lines = last_lines(load, aws, 500)
    return tuple(line for line in lines if any(mark in line for mark in _MARKS))[-count:]


def last_lines(load: TaskLoad, aws: Aws, count: int, since: datetime | None = None) -> list[str]:
    """The last lines of the latest log stream, from a time on, oldest first; none when there is no log."""
    with suppress(aws.logs.exceptions.ResourceNotFoundException):
        for stream in runner_of(load.task_arn).log_streams(load.task_arn, load.log_group, aws):
            answer = aws.logs.get_log_events(
                logGroupName=load.log_group,
                logStreamName=stream,
                limit=count,
                startFromHead=False,
                startTime=milliseconds(since),
            )
            return [event.get("message", "").strip() for event in answer.get("events", [])]
    return []


def task_by_arn(arn: str, aws: Aws) -> TaskLoad:
    """Return one that no stack is known of; raise InputError where there is none."""
    runner = runner_of(arn)
    task = runner.described(arn, aws)
    if task is None:
        raise InputError(arn, f"DMS has no such {runner.noun}", "check the ARN and its account")
    return TaskLoad(
        name=task.name,
        dataset=Path(),
        table="",
        records_bucket="",
        task_arn=arn,
        instance_arn=task.instance,
        source_endpoint_arn=task.source,
        target_endpoint_arn=task.target,
        log_group="",
        migration_type=cast("MigrationType", task.migration_type),
    )


def _table_counts(load: TaskLoad, aws: Aws) -> Iterator[TableCounts]:
    for table in runner_of(load.task_arn).tables(load.task_arn, aws):
        name = f"{table.get('SchemaName', '')}.{table.get('TableName', '')}"
        if load.task and name not in load.tables:
            continue
        yield TableCounts(
            table=name,
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


def _seconds(status: str, statistics: "ReplicationTaskStatsTypeDef") -> float:
    start = statistics.get("FullLoadStartDate") or statistics.get("StartDate")
    if start is None:
        return 0.0
    end = statistics.get("FullLoadFinishDate") or statistics.get("StopDate")
    running = status == "running" and not _full_load_over(statistics)
    finish = aws_now() if running or end is None or end < start else end
    return max((finish - start).total_seconds(), 0.0)
