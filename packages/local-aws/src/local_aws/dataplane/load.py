"""A run of a task: the full load of its tables, one after the other, then changes, and what failures mean."""

import threading
from collections.abc import Mapping

from dynamodb_bulk.dms.definition import ExternalTable
from local_aws.dataplane.change_stream import ChangeStream
from local_aws.dataplane.exceptions_table import OF_FULL_LOADS, ExceptionsTable
from local_aws.dataplane.job import Job, Outcome, StoppedError, SuspendedTableError, TableLoadError, TaskError
from local_aws.dataplane.objects import SourceError
from local_aws.dataplane.plan import Plan
from local_aws.dataplane.progress import Position, TableName, TableProgress
from local_aws.dataplane.roles import DeniedError
from local_aws.dataplane.table_load import TableLoad, csv_format

FINISHED = "Stop Reason FULL_LOAD_ONLY_FINISHED"
STOPPED = "Stop Reason NORMAL"
AFTER_FULL_LOAD = "Stop Reason STOPPED_AFTER_FULL_LOAD"
AFTER_CACHED = "Stop Reason STOPPED_AFTER_CACHED_EVENTS"
AT_SERVER_TIME = "Stop Reason STOPPED_AT_SERVER_TIME"
FATAL = "Stop Reason FATAL_ERROR"


def run_task(
    job: Job,
    plan: Plan,
    progress: Mapping[TableName, TableProgress],
    position: Position,
    stop: threading.Event,
) -> Outcome:
    """Load the tables that are not completed, then apply changes; what goes wrong is in the outcome."""
    try:
        if job.loads:
            _load_tables(job, plan, progress, stop)
            job.log.add("TASK_MANAGER", "I", "Full load finished")
            job.log.flush()
        return _apply_changes(job, plan, progress, position, stop) if job.applies else _ended(FINISHED)
    except StoppedError:
        job.log.add("TASK_MANAGER", "I", "Task is stopped")
        return _ended(STOPPED)
    except (TaskError, DeniedError, SourceError, TableLoadError) as error:
        return failed(job, str(error))
    finally:
        job.log.flush()


def _apply_changes(
    job: Job,
    plan: Plan,
    progress: Mapping[TableName, TableProgress],
    position: Position,
    stop: threading.Event,
) -> Outcome:
    settings = job.section("FullLoadSettings")
    if job.loads and settings.get("StopTaskCachedChangesNotApplied"):
        return _ended(AFTER_FULL_LOAD)
    for table in () if job.loads else progress.values():
        table.state = "Table completed"
    stream = ChangeStream(job, plan, progress, position)
    if job.loads and settings.get("StopTaskCachedChangesApplied"):
        stream.catch_up(stop)
        return _ended(AFTER_CACHED)
    stream.follow(stop)
    return _ended(AT_SERVER_TIME)


def _ended(reason: str) -> Outcome:
    return Outcome(stop_reason=reason)


def failed(job: Job, what: str) -> Outcome:
    """Return the outcome of a task that cannot continue, in the form of AWS's messages."""
    job.log.add("TASK_MANAGER", "E", what)
    job.log.flush()
    return Outcome(stop_reason=FATAL, failure=f"Last Error {what} {FATAL} Error Level FATAL")


def _load_tables(
    job: Job, plan: Plan, progress: Mapping[TableName, TableProgress], stop: threading.Event
) -> None:
    csv_format(job.source)
    exceptions = ExceptionsTable(OF_FULL_LOADS, job.region, job.task_name, job.assume_target())
    behaviour = job.section("ErrorBehavior")
    suspended = 0
    for table in plan.tables:
        state = progress[table.owner, table.name]
        if state.state == "Table completed":
            continue
        if stop.is_set():
            raise StoppedError
        failure = _load_table(job, plan, table, exceptions, state, stop)
        if failure is None:
            continue
        suspended += 1
        policy = behaviour.get("TableErrorPolicy", "SUSPEND_TABLE")
        if policy == "STOP_TASK" and not isinstance(failure, SuspendedTableError):
            raise TaskError(f"TableErrorPolicy STOP_TASK: {failure}")
        most = int(behaviour.get("TableErrorEscalationCount", 0))
        if 0 < most <= suspended:
            raise TaskError(f"TableErrorEscalationCount {most} reached: {failure}")


def _load_table(
    job: Job,
    plan: Plan,
    table: ExternalTable,
    exceptions: ExceptionsTable,
    state: TableProgress,
    stop: threading.Event,
) -> TableLoadError | None:
    name = f"{table.owner}.{table.name}"
    mapping = plan.mappings.object_mapping(table.owner, table.name)
    filters = plan.mappings.source_filters(table.owner, table.name)
    try:
        TableLoad(job, table, mapping, filters, exceptions).run(state, stop)
    except TableLoadError as failure:
        state.end("Table error")
        job.log.add("TASK_MANAGER", "E", f"Table {name} is suspended: {failure}")
        return failure
    except StoppedError:
        state.end("Table cancelled")
        raise
    except (TaskError, DeniedError, SourceError):
        state.end("Table error")
        raise
    state.end("Table completed")
    job.log.add(
        "TASK_MANAGER",
        "I",
        f"Table {name} finished: {state.rows} rows loaded, {state.refused} refused by the condition, "
        f"{state.errors} in error",
    )
    return None
