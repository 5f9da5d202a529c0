"""How a load through DMS stands, and its end before its time."""

from operations.aws import Aws
from operations.dms.run import APPLYING, follow, progress, stop_task
from operations.dms.state import TaskState
from operations.dms.task import SETTLING, describe_task
from operations.dms.verdict import judge
from operations.listing import changed_objects
from operations.load import DmsLoad, Report
from operations.run_record import RunRecord, read_record
from operations.status import LoadStatus, recorded


def dms_status(load: DmsLoad, aws: Aws) -> LoadStatus:
    """The load now: its last run's rows, what DMS counted, and the verdict."""
    task, record = describe_task(load, aws), read_record(load.records_bucket, load.name, aws)
    if record and record.outcome and not task.has_run:  # another task loaded it, before the window closed
        row = LoadStatus(load=load.name, method="dms", table=load.table)
        return recorded(row, record.rows_in_files, record.outcome)
    good, verdict = _verdict(task, record, aws)
    return LoadStatus(
        load=load.name,
        method="dms",
        table=load.table,
        rows_in_files=_rows(record),
        items_written=task.loaded,
        condition_failed=task.condition_failed,
        rejected=task.errors,
        seconds=round(task.seconds, 1),
        good=good,
        verdict=verdict,
    )


def watch_dms(load: DmsLoad, aws: Aws, report: Report) -> None:
    """Follow the task until it is no longer at work, or does nothing but apply changes."""
    follow(load, _rows(read_record(load.records_bucket, load.name, aws)), aws, report)


def stop_dms(load: DmsLoad, aws: Aws, report: Report) -> str:
    """Stop the task and wait until it has; what it loaded stays."""
    if describe_task(load, aws).status not in (*SETTLING, "running"):
        return "nothing is running"
    report("stopping the task")
    stop_task(load, aws)
    return "stopped; what was loaded stays"


def _verdict(task: TaskState, record: RunRecord | None, aws: Aws) -> tuple[bool | None, str]:
    if record is None or not task.has_run:
        return None, "not started"
    if task.status in (*SETTLING, "running") and not task.applying:
        return None, progress(task, _rows(record))
    if record.outcome and not record.outcome.good:
        return False, record.outcome.verdict
    changes = () if record.outcome else changed_objects(record.listing, aws)
    verdict = judge(task, _rows(record)).with_reasons(changes)
    good = f"good; {APPLYING}" if task.applying else "good"
    return verdict.good, good if verdict.good else "; ".join(verdict.reasons)


def _rows(record: RunRecord | None) -> int:
    return (record and record.rows_in_files) or 0
