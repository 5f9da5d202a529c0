"""A run of a task: the full load of its tables, several at once, then changes, and what failures mean."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from dynamodb_bulk.dms.definition import ExternalTable
from local_aws.dataplane.change_stream import ChangeStream
from local_aws.dataplane.exceptions_table import OF_FULL_LOADS, ExceptionsTable
from local_aws.dataplane.job import Job, Outcome, StoppedError, SuspendedTableError, TableLoadError, TaskError
from local_aws.dataplane.objects import SourceError
from local_aws.dataplane.plan import Plan
from local_aws.dataplane.progress import Position, TableName, TableProgress
from local_aws.dataplane.roles import DeniedError
from local_aws.dataplane.table_load import TableLoad, csv_format, is_parquet

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
    """Load MaxFullLoadSubTasks tables at once; what ends the task ends the load of the others, too."""
    if not is_parquet(job.source):
        csv_format(job.source)
    exceptions = ExceptionsTable(OF_FULL_LOADS, job.region, job.task_name, job.assume_target())
    tables = [one for one in plan.tables if progress[one.owner, one.name].state != "Table completed"]
    errors, ended = _TableErrors(job), threading.Event()

    def load(table: ExternalTable) -> None:
        state = progress[table.owner, table.name]
        try:
            _load_table(job, plan, table, exceptions, state, lambda: stop.is_set() or ended.is_set(), errors)
        except BaseException:
            ended.set()
            raise

    at_once = int(job.section("FullLoadSettings").get("MaxFullLoadSubTasks", 8))
    with ThreadPoolExecutor(at_once, thread_name_prefix=job.task_name) as pool:
        loads = [pool.submit(load, table) for table in tables]
    failures = [failure for one in loads if (failure := one.exception())]
    if failures:  # those that were only stopped come last: they do not say why
        raise min(failures, key=lambda failure: isinstance(failure, StoppedError))


class _TableErrors:
    """The tables of a task that could not be loaded, judged by its error policies."""

    def __init__(self, job: Job) -> None:
        behaviour = job.section("ErrorBehavior")
        self._policy = behaviour.get("TableErrorPolicy", "SUSPEND_TABLE")
        self._most = int(behaviour.get("TableErrorEscalationCount", 0))
        self._lock = threading.Lock()
        self._suspended = 0

    def take(self, failure: TableLoadError) -> None:
        """Take note of a table; raise TaskError if the settings say that it ends the task."""
        with self._lock:
            self._suspended += 1
            reached = 0 < self._most <= self._suspended
        if self._policy == "STOP_TASK" and not isinstance(failure, SuspendedTableError):
            raise TaskError(f"TableErrorPolicy STOP_TASK: {failure}")
        if reached:
            raise TaskError(f"TableErrorEscalationCount {self._most} reached: {failure}")


def _load_table(
    job: Job,
    plan: Plan,
    table: ExternalTable,
    exceptions: ExceptionsTable,
    state: TableProgress,
    stopped: Callable[[], bool],
    errors: _TableErrors,
) -> None:
    if stopped():
        raise StoppedError
    name = f"{table.owner}.{table.name}"
    mapping = plan.mappings.object_mapping(table.owner, table.name)
    filters = plan.mappings.source_filters(table.owner, table.name)
    try:
        TableLoad(job, table, mapping, filters, exceptions).run(state, stopped)
    except TableLoadError as failure:
        state.end("Table error")
        job.log.add("TASK_MANAGER", "E", f"Table {name} is suspended: {failure}")
        errors.take(failure)
        return
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
