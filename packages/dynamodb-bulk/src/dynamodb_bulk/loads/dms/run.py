"""Runs one load through DMS: resumes, follows, judges. Safe to repeat at any point.

DMS says "finished" of a load that dropped rows, too, so its word is not enough.
Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.ErrorHandling.html
"""

import time
from collections.abc import Iterator
from dataclasses import replace

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report, poll
from dynamodb_bulk.aws.records import Superseded
from dynamodb_bulk.loads.dms.applied import await_changes
from dynamodb_bulk.loads.dms.begin import settled
from dynamodb_bulk.loads.dms.load import TaskLoad
from dynamodb_bulk.loads.dms.start import reach_endpoints, start_task
from dynamodb_bulk.loads.dms.task import COMPLETED, TaskState, describe_task, last_errors
from dynamodb_bulk.loads.listing import changed_objects
from dynamodb_bulk.loads.progress import Progress, TableProgress
from dynamodb_bulk.loads.run_record import Outcome, RunRecord
from dynamodb_bulk.loads.verdict import FIX_AND_REPEAT, Counted, Fates, Verdict, account, not_good
from dynamodb_bulk.one_line import unless_denied
from dynamodb_bulk.spec.errors import LoadFailed

APPLYING = "changes are applied as their files arrive"
# AWS's statistics follow its answers; a task at rest without the new start by then was not started.
_SHOWN_SECONDS = 120
# After maintenance AWS resumes tasks; how soon is not documented.
# https://docs.aws.amazon.com/dms/latest/userguide/CHAP_ReplicationInstance.MaintenanceWindow.html
_RESUMED_SECONDS = 300


def progress(task: TaskState, rows_in_files: int | None) -> str:
    """Return one line on a running task."""
    if task.status != "running":
        return f"{task.noun} {task.shown}"
    if task.applying:
        return APPLYING
    done = task.loaded + task.condition_failed + task.errors
    percent = 100 * done // rows_in_files if rows_in_files else task.percent
    of = "" if rows_in_files is None else f" of {rows_in_files:,}"
    rate = f", {done / task.seconds:,.0f} rows/s" if task.seconds >= 1 else ""
    rejected = f", {task.errors:,} rejected" if task.errors else ""
    return f"loading {percent} %: {done:,}{of} rows{rate}{rejected}"


def shown_progress(task: TaskState, rows_in_files: int | None, log: str) -> Progress | None:
    """Return how far the full load of a task at work has come."""
    if not task.busy or task.applying:
        return None
    return Progress(
        state=task.shown,
        seconds=task.seconds,
        rows=task.loaded + task.condition_failed + task.errors,
        total_rows=rows_in_files,
        tables=tuple(
            TableProgress(
                table=one.table,
                state=one.state,
                rows=one.loaded + one.condition_failed + one.errors,
                rejected=one.errors,
            )
            for one in task.tables
        ),
        log=log,
    )


def go_on(load: TaskLoad, last: RunRecord, aws: Aws, report: Report, *, wait: bool) -> str | None:
    """Have a task that was loaded well, and stopped after that, go on with its changes.

    Its full load is not judged again: AWS does not document what of its counts outlasts a stop. Return how it
    went; None where the task is at work, is being started by someone else, or was never started.
    """
    task = settled(load, aws)
    if task.status == "running" or not task.has_run:
        return None
    if task.finished:
        return "changes ended as the dataset says"
    reach_endpoints(load, aws, report)
    task = describe_task(load, aws)
    record = last.model_copy(update={"task": load.task_arn, "started_before": task.started})
    try:
        record.write_after(last, load.records_bucket, load.name, aws)
    except Superseded:  # someone else was faster: their start is followed
        return None
    start_task(load, task, aws, report, on=True)
    if not wait:
        return f"started; follow it with `bulk watch {load.name}`"
    task = _follow(load, record, aws, report)
    if not task.applying:
        raise LoadFailed(
            f"load {load.name}: the {task.noun} is {task.status}: {task.failure or task.stop_reason}"
        )
    return "; ".join([APPLYING, *_awaited(load, aws, report)])


def _awaited(load: TaskLoad, aws: Aws, report: Report) -> list[str]:
    return [await_changes(load, aws, report)] if load.wait_for else []


def conclude(load: TaskLoad, record: RunRecord, counted: Counted, aws: Aws, report: Report) -> str:
    """Follow the run to its end, judge it, and keep the verdict."""
    task = _follow(load, record, aws, report)
    verdict = judge(task, counted).with_reasons(changed_objects(record.listing, aws))
    outcome = Outcome.of(verdict, _fates(task), task.seconds)
    record.ended(outcome).write(load.records_bucket, load.name, aws)
    if not verdict.good:
        remedy = f"{FIX_AND_REPEAT} The log: {load.log_group}"
        raise not_good(load, verdict.words, _examples(load, counted, aws), remedy=remedy)
    told = [outcome.loaded("row")] if task.loads else []
    if task.idle_until:
        told.append(f"AWS keeps its capacity, which costs, until {task.idle_until:%Y-%m-%d %H:%M} UTC")
    if task.applying:
        told.append(APPLYING)
    if task.applies:
        told += _awaited(load, aws, report)
    return "; ".join(told)


def _follow(load: TaskLoad, record: RunRecord, aws: Aws, report: Report) -> TaskState:
    """Watch the run until it only applies changes, or nothing.

    Raise LoadFailed past the load's limit, and when DMS shows no start of the task.
    """
    shown_by, resumed_by = time.monotonic() + _SHOWN_SECONDS, 0.0

    def look() -> TaskState:
        task = describe_task(load, aws)
        if not record.is_run(load.task_arn, task.started):
            # What DMS counted is of the run before.
            task = replace(task, tables=(), started="")
        report(progress(task, record.rows_in_files))
        return task

    def ended(task: TaskState) -> bool:
        nonlocal resumed_by
        if task.interruption:
            resumed_by = time.monotonic() + _RESUMED_SECONDS
        elif task.status == "stopped" and not task.finished and time.monotonic() < resumed_by:
            return False
        return (task.has_run and task.applying) or (
            not task.busy and (task.has_run or time.monotonic() > shown_by)
        )

    task = poll(look, ended, limit_seconds=load.limit_minutes * 60, what=f"load {load.name}", report=report)
    if not task.has_run:
        why = f": {task.failure}" if task.failure else ""
        raise LoadFailed(
            f"load {load.name}: DMS shows no start of the {task.noun}, which is {task.status}{why}; "
            "run `pulumi up` again"
        )
    return task


def _examples(load: TaskLoad, counted: Counted, aws: Aws) -> list[str]:
    """The first rows that do not fit; where all of them do, the last errors that DMS logged."""
    if not counted.examples:
        return [f"DMS: {line}" for line in unless_denied(lambda: last_errors(load, aws), lambda why: (why,))]
    more = counted.rejected + counted.duplicates - len(counted.examples)
    return [*counted.examples, *([f"and {more:,} more"] if more > 0 else [])]


def _fates(task: TaskState) -> Fates:
    return Fates(written=task.loaded, condition_failed=task.condition_failed, rejected=task.errors)


def judge(task: TaskState, counted: Counted) -> Verdict:
    """Compare what DMS says and counted with the rows that the files hold.

    Of a task that applies changes the full load is judged, and that it runs; the changes are not.
    """
    reasons = tuple(_reasons(task))
    if not task.loads:
        return Verdict(reasons=reasons)
    return account(counted, _fates(task), reasons=reasons)


def _reasons(task: TaskState) -> Iterator[str]:
    if not (task.finished or task.applying or (task.completed and not task.alone)):
        told = task.failure or task.stop_reason or "DMS gave no reason"
        yield f"the {task.noun} is {task.status}: {told}"
    if task.tables_errored:
        yield f"{task.tables_errored} table(s) ended in error"
    if not task.loads:
        return
    for table in task.tables:
        if table.state != COMPLETED:
            yield f"table {table.table} is {table.state!r}, not {COMPLETED!r}"
    if not task.tables:
        yield "DMS loaded no table"
