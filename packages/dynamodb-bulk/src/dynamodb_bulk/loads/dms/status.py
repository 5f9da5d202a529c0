"""Show the status of a load through DMS, and stop it."""

from dataclasses import replace

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.cleanup.task import stop_task
from dynamodb_bulk.loads.dms.run import APPLYING, join_dms_load, progress
from dynamodb_bulk.loads.dms.state import TaskState
from dynamodb_bulk.loads.dms.task import describe_task
from dynamodb_bulk.loads.load import DmsLoad, Report
from dynamodb_bulk.loads.run_record import RunRecord, read_record
from dynamodb_bulk.loads.status import LoadStatus, recorded


def dms_status(load: DmsLoad, aws: Aws) -> LoadStatus:
    """The load now: the verdict on its last run, or what DMS counted so far of one that is not judged."""
    task, record = describe_task(load, aws), read_record(load.records_bucket, load.name, aws)
    row = LoadStatus(load=load.name, method="dms", table=load.table)
    if record is None:
        return row
    if record.outcome:
        row = recorded(row, record.rows_in_files, record.outcome)
        return _with_changes(row, task) if task.applies and row.good else row
    row = replace(row, rows_in_files=record.rows_in_files)
    if not record.is_run(load.task_arn, task.started):
        return replace(row, verdict=_not_begun(task, record))
    ended = f"the task is {task.status}, not judged yet: run `bulk watch {load.name}`"
    return replace(
        row,
        items_written=task.loaded,
        condition_failed=task.condition_failed,
        rejected=task.errors,
        seconds=round(task.seconds, 1),
        verdict=progress(task, record.rows_in_files) if task.busy and not task.applying else ended,
    )


def watch_dms(load: DmsLoad, aws: Aws, report: Report) -> None:
    """Follow the run until it is over, or does nothing but apply changes, and judge it."""
    join_dms_load(load, aws, report)


def stop_dms(load: DmsLoad, aws: Aws, report: Report) -> str:
    """Stop the task and wait until it has; what it loaded stays."""
    if not describe_task(load, aws).busy:
        return "nothing is running"
    report("stopping the task")
    stop_task(aws, task_arn=load.task_arn)
    return "stopped; items already written are kept"


def _with_changes(row: LoadStatus, task: TaskState) -> LoadStatus:
    """Return the row of a load that is good, as long as the task continues with the changes."""
    if task.applying:
        return replace(row, verdict=f"{row.verdict}; {APPLYING}")
    told = task.failure or task.stop_reason or "DMS gave no reason"
    return replace(row, good=False, verdict=f"changes are not applied: the task is {task.status}: {told}")


def _not_begun(task: TaskState, record: RunRecord) -> str:
    if task.busy:
        return f"task {task.status}"
    return "not started" if record.task else "unknown: an earlier version of this program started it"
