"""One DMS task, as DMS describes it.

Source: https://docs.aws.amazon.com/dms/latest/APIReference/API_DescribeTableStatistics.html
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.loads.dms.state import TableCounts, TaskState
from dynamodb_bulk.loads.load import DmsLoad
from dynamodb_bulk.spec.errors import InputError

if TYPE_CHECKING:
    from types_boto3_dms.type_defs import ReplicationTaskStatsTypeDef, ReplicationTaskTypeDef


def describe_task(load: DmsLoad, aws: Aws) -> TaskState:
    """Return the task now; raise InputError when it is gone."""
    tasks: list[ReplicationTaskTypeDef] = []
    with suppress(aws.dms.exceptions.ResourceNotFoundFault):
        tasks = aws.dms.describe_replication_tasks(
            Filters=[{"Name": "replication-task-arn", "Values": [load.task_arn]}], WithoutSettings=True
        ).get("ReplicationTasks", [])
    if not tasks:
        raise InputError(
            f"load {load.name}",
            f"its task does not exist: {load.task_arn}",
            "run `pulumi refresh`, then `pulumi up`",
        )
    task = tasks[0]
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
        percent=statistics.get("FullLoadProgressPercent", 0),
        tables_errored=statistics.get("TablesErrored", 0),
        seconds=_seconds(task, statistics),
        tables=tuple(_table_counts(load, aws)) if started else (),
    )


def _table_counts(load: DmsLoad, aws: Aws) -> Iterator[TableCounts]:
    pages = aws.dms.get_paginator("describe_table_statistics").paginate(ReplicationTaskArn=load.task_arn)
    for page in pages:
        for table in page.get("TableStatistics", []):
            yield TableCounts(
                table=f"{table.get('SchemaName', '')}.{table.get('TableName', '')}",
                state=table.get("TableState", ""),
                loaded=table.get("FullLoadRows", 0),
                condition_failed=table.get("FullLoadCondtnlChkFailedRows", 0),
                errors=table.get("FullLoadErrorRows", 0),
            )


def _full_load_over(statistics: "ReplicationTaskStatsTypeDef") -> bool:
    start, end = statistics.get("FullLoadStartDate"), statistics.get("FullLoadFinishDate")
    return end is not None and (start is None or start <= end)


def _seconds(task: "ReplicationTaskTypeDef", statistics: "ReplicationTaskStatsTypeDef") -> float:
    start = statistics.get("FullLoadStartDate") or statistics.get("StartDate")
    if start is None:
        return 0.0
    end = statistics.get("FullLoadFinishDate") or statistics.get("StopDate")
    running = task.get("Status") == "running" and not _full_load_over(statistics)
    finish = datetime.now(UTC) if running or end is None or end < start else end
    return max((finish - start).total_seconds(), 0.0)
