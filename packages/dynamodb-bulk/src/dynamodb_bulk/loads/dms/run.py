"""Runs one load through DMS: starts or re-attaches, follows, judges. Safe to repeat at any point."""

import time
from dataclasses import replace

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import poll
from dynamodb_bulk.cleanup.task import stop_task
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.loads.dms.connections import reach_endpoints
from dynamodb_bulk.loads.dms.log import last_errors
from dynamodb_bulk.loads.dms.start import start_task
from dynamodb_bulk.loads.dms.state import SETTLING, TaskState
from dynamodb_bulk.loads.dms.task import describe_task
from dynamodb_bulk.loads.dms.verdict import judge
from dynamodb_bulk.loads.listing import changed_objects
from dynamodb_bulk.loads.load import DmsLoad, LoadFailed, Report
from dynamodb_bulk.loads.row_counts import Counted, count_dataset
from dynamodb_bulk.loads.run_record import Outcome, RunRecord, read_record, write_record
from dynamodb_bulk.loads.source_check import SourceCheck, unchecked
from dynamodb_bulk.loads.stale_objects import remove_stale
from dynamodb_bulk.loads.verdict import Verdict
from dynamodb_bulk.spec.wording import number_of

APPLYING = "changes are applied as their files arrive"
_SETTLING_SECONDS = 1800
# AWS's statistics follow its answers; a task at rest without the new start by then was not started.
_SHOWN_SECONDS = 120


def run_dms_load(
    load: DmsLoad,
    digest: str,
    aws: Aws,
    report: Report,
    *,
    wait: bool = True,
    check: SourceCheck | None = None,
) -> str:
    """Bring the task to the end of a run for this digest, and judge it.

    A digest with a good load is not loaded again, even by a different task. A recorded run is resumed while
    it is in progress, and only judged when it has finished; otherwise the task is started or reloaded. Return
    the result; raise LoadFailed unless every row of the files is accounted for. A task that applies changes
    has no end: it stays running after its full load, if it has one; a different one is started again.
    """
    last = read_record(load.records_bucket, load.name, aws)
    loaded = last and last.digest == digest and last.outcome and last.outcome.accepted
    if last and last.outcome and loaded and load.migration_type == "full-load":
        return f"{number_of(last.outcome.written, 'row')} loaded before; nothing has changed since"
    check = check or unchecked(load.dataset, aws)
    check.settle(report)
    with check.unchanged():
        counted = _counted(load, check.dataset, aws, report)
    record = _begun(load, digest, counted, last, check, aws, report)
    if not wait:
        return f"started; follow it with `bulk watch {load.name}`"
    return _conclude(load, record, counted, aws, report)


def join_dms_load(load: DmsLoad, aws: Aws, report: Report) -> str:
    """Follow the last run to its end and judge it by what its files held when it began.

    One that was judged before is not judged again. Raise LoadFailed as `run_dms_load` does, and when there
    was no run.
    """
    record, task = read_record(load.records_bucket, load.name, aws), describe_task(load, aws)
    if record and record.outcome:
        return record.outcome.verdict
    if record is None or not (task.busy or record.is_run(load.task_arn, task.started)):
        raise LoadFailed(f"load {load.name}: not started; run `pulumi up`")
    return _conclude(load, record, record.counted, aws, report)


def progress(task: TaskState, rows_in_files: int | None) -> str:
    """Return one line on a running task."""
    if task.status != "running":
        return f"task {task.status}"
    if task.applying:
        return APPLYING
    done = task.loaded + task.condition_failed + task.errors
    percent = 100 * done // rows_in_files if rows_in_files else task.percent
    of = "" if rows_in_files is None else f" of {rows_in_files:,}"
    rate = f", {done / task.seconds:,.0f} rows/s" if task.seconds >= 1 else ""
    rejected = f", {task.errors:,} rejected" if task.errors else ""
    return f"loading {percent} %: {done:,}{of} rows{rate}{rejected}"


def _counted(load: DmsLoad, dataset: Dataset, aws: Aws, report: Report) -> Counted:
    if load.migration_type == "cdc":
        return Counted(rows=0)
    report("counting the rows of the files")
    return count_dataset(dataset, aws, report, always=True)


def _begun(
    load: DmsLoad,
    digest: str,
    counted: Counted,
    last: RunRecord | None,
    check: SourceCheck,
    aws: Aws,
    report: Report,
) -> RunRecord:
    """The record of the run for this digest that is in progress or over; else of one that is started now."""
    task = _settled(load, aws)
    if (
        last
        and last.digest == digest
        and last.is_run(load.task_arn, task.started)
        and (task.status == "running" or (task.finished and last.outcome is None))
    ):
        return last
    if task.status == "running":
        report("stopping another run")
        stop_task(aws, task_arn=load.task_arn)
    if load.objects:
        remove_stale(load.records_bucket, load.prefix, lambda key: key not in load.objects, aws)
    reach_endpoints(load, aws, report)
    task = describe_task(load, aws)
    record = RunRecord(
        digest=digest,
        rows_in_files=counted.rows,
        rejected_in_files=counted.rejected,
        duplicates_in_files=counted.duplicates,
        task=load.task_arn,
        started_before=task.started,
        spoiled=last.spoiled_before(digest) if last else 0,
        listing=check.listing,
    )
    write_record(load.records_bucket, load.name, record, aws)
    start_task(load, task, aws, report)
    return record


def _settled(load: DmsLoad, aws: Aws) -> TaskState:
    return poll(
        lambda: describe_task(load, aws),
        lambda task: task.status not in SETTLING,
        limit_seconds=_SETTLING_SECONDS,
        what=f"the task of load {load.name}",
    )


def _conclude(load: DmsLoad, record: RunRecord, counted: Counted, aws: Aws, report: Report) -> str:
    """Follow the run to its end, judge it, and keep the verdict."""
    task = _follow(load, record, aws, report)
    verdict = judge(task, counted).with_reasons(changed_objects(record.listing, aws))
    outcome = Outcome(
        good=verdict.good,
        verdict=verdict.words,
        written=task.loaded,
        refused=task.condition_failed,
        rejected=task.errors,
        seconds=task.seconds,
    )
    write_record(load.records_bucket, load.name, record.ended(outcome), aws)
    if not verdict.good:
        raise LoadFailed(_failure(load, verdict, counted, last_errors(load, aws)))
    return _success(task)


def _follow(load: DmsLoad, record: RunRecord, aws: Aws, report: Report) -> TaskState:
    """Watch the run until it only applies changes, or nothing.

    Raise LoadFailed past the load's limit, and when DMS shows no start of the task.
    """
    shown_by = time.monotonic() + _SHOWN_SECONDS

    def look() -> TaskState:
        task = describe_task(load, aws)
        if not record.is_run(load.task_arn, task.started):
            # What DMS counted is of the run before.
            task = replace(task, tables=(), started="")
        report(progress(task, record.rows_in_files))
        return task

    def ended(task: TaskState) -> bool:
        return (task.has_run and task.applying) or (
            not task.busy and (task.has_run or time.monotonic() > shown_by)
        )

    task = poll(look, ended, limit_seconds=load.limit_minutes * 60, what=f"load {load.name}", report=report)
    if not task.has_run:
        said = f": {task.failure}" if task.failure else ""
        raise LoadFailed(
            f"load {load.name}: DMS shows no start of the task, which is {task.status}{said}; "
            "run `pulumi up` again"
        )
    return task


def _success(task: TaskState) -> str:
    if not task.loads:
        return APPLYING
    failed = f", {task.condition_failed:,} condition failed" if task.condition_failed else ""
    then = f"; {APPLYING}" if task.applies else ""
    return f"{number_of(task.loaded, 'row')} loaded in {task.seconds:,.1f} s{failed}{then}"


def _failure(load: DmsLoad, verdict: Verdict, counted: Counted, log: tuple[str, ...]) -> str:
    lines = [f"load {load.name} into {load.table} is not good: {'; '.join(verdict.reasons)}"]
    lines += [f"  {line}" for line in counted.examples]
    if (more := counted.rejected + counted.duplicates - len(counted.examples)) > 0 and counted.examples:
        lines.append(f"  and {more:,} more")
    if not counted.examples:
        lines += [f"  DMS: {line}" for line in log]
    lines.append(
        f"  Items already written are kept. Fix the files and run `pulumi up` again (log: {load.log_group})"
    )
    return "\n".join(lines)
