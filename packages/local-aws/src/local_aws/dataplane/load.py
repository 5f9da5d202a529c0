"""A task's full load: its tables one after the other, and what their failures mean for the task."""

import threading
from collections.abc import Mapping

from dynamodb_bulk.dms.definition import ExternalTable
from local_aws.dataplane.exceptions_table import ExceptionsTable
from local_aws.dataplane.job import Job, Outcome, TableLoadError, TaskError
from local_aws.dataplane.objects import SourceError
from local_aws.dataplane.plan import Plan
from local_aws.dataplane.progress import TableProgress
from local_aws.dataplane.roles import DeniedError
from local_aws.dataplane.row_errors import SuspendedTableError
from local_aws.dataplane.source import csv_format
from local_aws.dataplane.table_load import StoppedError, TableLoad

FINISHED = "Stop Reason FULL_LOAD_ONLY_FINISHED"
STOPPED = "Stop Reason NORMAL"
FATAL = "Stop Reason FATAL_ERROR"

TableName = tuple[str, str]


def full_load(
    job: Job, plan: Plan, progress: Mapping[TableName, TableProgress], stop: threading.Event
) -> Outcome:
    """Load every planned table that is not completed; what goes wrong is in the outcome."""
    try:
        _load_tables(job, plan, progress, stop)
    except StoppedError:
        job.log.add("TASK_MANAGER", "I", "Task is stopped")
        return Outcome(stop_reason=STOPPED)
    except (TaskError, DeniedError, SourceError) as error:
        return failed(job, str(error))
    finally:
        job.log.flush()
    job.log.add("TASK_MANAGER", "I", "Full load finished")
    job.log.flush()
    return Outcome(stop_reason=FINISHED)


def failed(job: Job, what: str) -> Outcome:
    """Return the outcome of a task that cannot continue, in the form of AWS's messages."""
    job.log.add("TASK_MANAGER", "E", what)
    job.log.flush()
    return Outcome(stop_reason=FATAL, failure=f"Last Error {what} {FATAL} Error Level FATAL")


def _load_tables(
    job: Job, plan: Plan, progress: Mapping[TableName, TableProgress], stop: threading.Event
) -> None:
    csv_format(job.source)
    exceptions = ExceptionsTable(job.region, job.task_name, job.assume_target())
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
    try:
        TableLoad(job, table, mapping, exceptions).run(state, stop)
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
