"""Runs one load through DMS: starts or re-attaches, follows, judges. Safe to repeat at any point."""

from contextlib import suppress

from dataset.dataset import open_dataset
from dataset.wording import number_of
from operations.aws import Aws
from operations.dms.connections import reach_endpoints
from operations.dms.log import last_errors
from operations.dms.state import TaskState
from operations.dms.task import SETTLING, describe_task
from operations.dms.verdict import judge
from operations.load import DmsLoad, LoadFailed, Report
from operations.polling import poll
from operations.run_record import Outcome, RunRecord, read_record, write_record
from operations.stale_objects import remove_stale
from operations.survey import Survey, survey
from operations.verdict import Verdict

APPLYING = "changes are applied as their files arrive"


def run_dms_load(load: DmsLoad, digest: str, aws: Aws, report: Report, *, wait: bool = True) -> str:
    """Bring the task to the end of a run for this digest, and judge it.

    What was loaded well for the digest is not loaded again, by another task neither. A running task is
    joined, a task that finished for the digest is only judged, any other is started or reloaded. Says how it
    went; raises LoadFailed unless every row of the files is accounted for. A task that applies changes has no
    end: it is left running once its full load, if it has one, is over, and another one is started anew.
    """
    last = read_record(load.records_bucket, load.name, aws)
    loaded = last and last.digest == digest and last.outcome and last.outcome.good
    if last and last.outcome and loaded and load.migration_type == "full-load":
        return f"{number_of(last.outcome.written, 'row')} loaded before; nothing has changed since"
    counted = _counted(load, aws, report)
    spoiled = last.spoiled_before(digest) if last else 0
    record = RunRecord(digest=digest, rows_in_files=counted.rows, spoiled=spoiled)
    task = _settled(load, aws)
    if not _is_this_run(task, last, digest):
        if task.status == "running":
            report("another run is under way for older data: stopping it")
            task = stop_task(load, aws)
        if load.objects:
            remove_stale(load.records_bucket, load.prefix, lambda key: key not in load.objects, aws)
        reach_endpoints(load, aws, report)
        write_record(load.records_bucket, load.name, record, aws)
        _start(load, task, aws)
    if not wait:
        return f"started; follow it with `bulk watch {load.name}`"
    task = follow(load, counted.rows, aws, report)
    verdict = judge(task, counted.rows)
    write_record(load.records_bucket, load.name, record.ended(_outcome(task, verdict)), aws)
    if not verdict.good:
        raise LoadFailed(_failure(load, verdict, counted, last_errors(load, aws)))
    return _success(task)


def _counted(load: DmsLoad, aws: Aws, report: Report) -> Survey:
    if load.migration_type == "cdc":
        return Survey(rows=0, rejected=0, examples=())
    report("counting the rows of the files")
    return survey(open_dataset(load.dataset), aws)


def follow(load: DmsLoad, rows_in_files: int, aws: Aws, report: Report) -> TaskState:
    """Watch the task until it only applies changes, or nothing; raises LoadFailed past the load's limit."""

    def look() -> TaskState:
        task = describe_task(load, aws)
        report(progress(task, rows_in_files))
        return task

    def ended(task: TaskState) -> bool:
        return task.applying or task.status not in (*SETTLING, "running")

    return poll(look, ended, limit_seconds=load.limit_minutes * 60, what=f"load {load.name}", report=report)


def progress(task: TaskState, rows_in_files: int) -> str:
    """One line on a running task."""
    if task.status != "running":
        return f"task {task.status}"
    if task.applying:
        return APPLYING
    done = task.loaded + task.condition_failed + task.errors
    percent = 100 * done // rows_in_files if rows_in_files else task.percent
    rate = f", {done / task.seconds:,.0f} rows/s" if task.seconds >= 1 else ""
    rejected = f", {task.errors:,} rejected" if task.errors else ""
    return f"loading {percent} %: {done:,} of {rows_in_files:,} rows{rate}{rejected}"


def stop_task(load: DmsLoad, aws: Aws) -> TaskState:
    """Stop the task and wait until it has."""
    with suppress(aws.dms.exceptions.InvalidResourceStateFault):  # it ended meanwhile
        aws.dms.stop_replication_task(ReplicationTaskArn=load.task_arn)
    return _polled(load, aws, (*SETTLING, "running"))


def _settled(load: DmsLoad, aws: Aws) -> TaskState:
    return _polled(load, aws, SETTLING)


def _polled(load: DmsLoad, aws: Aws, busy: tuple[str, ...]) -> TaskState:
    return poll(
        lambda: describe_task(load, aws),
        lambda task: task.status not in busy,
        limit_seconds=1800,
        what=f"the task of load {load.name}",
    )


def _is_this_run(task: TaskState, record: RunRecord | None, digest: str) -> bool:
    if record is None or record.digest != digest:
        return False
    return task.status == "running" or (task.finished and record.outcome is None)


def _start(load: DmsLoad, task: TaskState, aws: Aws) -> None:
    again = "reload-target" if task.loads else "resume-processing"
    kind = again if task.has_run else "start-replication"
    aws.dms.start_replication_task(ReplicationTaskArn=load.task_arn, StartReplicationTaskType=kind)


def _outcome(task: TaskState, verdict: Verdict) -> Outcome:
    return Outcome(
        good=verdict.good,
        verdict="good" if verdict.good else "; ".join(verdict.reasons),
        written=task.loaded,
        refused=task.condition_failed,
        rejected=task.errors,
        seconds=task.seconds,
    )


def _success(task: TaskState) -> str:
    if not task.loads:
        return APPLYING
    refused = f", {task.condition_failed:,} refused by the condition" if task.condition_failed else ""
    then = f"; {APPLYING}" if task.applies else ""
    return f"{number_of(task.loaded, 'row')} loaded in {task.seconds:,.1f} s{refused}{then}"


def _failure(load: DmsLoad, verdict: Verdict, counted: Survey, log: tuple[str, ...]) -> str:
    lines = [f"load {load.name} into {load.table} is not good: {'; '.join(verdict.reasons)}"]
    lines += [
        f"  {row.file}, line {row.line}{f', column {row.column}' if row.column else ''}: {row.reason}"
        for row in counted.examples
    ]
    if counted.rejected > len(counted.examples):
        lines.append(f"  and {counted.rejected - len(counted.examples):,} more")
    if not counted.examples:
        lines += [f"  DMS: {line}" for line in log]
    lines.append(f"  what was loaded stays; mend the rows and run `pulumi up` again (log: {load.log_group})")
    return "\n".join(lines)
