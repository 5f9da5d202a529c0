"""A task's full load: the tables that its documents select, one after the other, and what failures mean."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from dynamodb_bulk.dms.definition import ExternalTable, parse_definition
from dynamodb_bulk.dms.mappings import TableMappings, parse_mappings
from dynamodb_bulk.spec.errors import InputError
from local_aws.dataplane.exceptions_table import ExceptionsTable
from local_aws.dataplane.job import Job, Outcome, TableLoadError, TaskError
from local_aws.dataplane.objects import SourceError
from local_aws.dataplane.progress import TableProgress
from local_aws.dataplane.roles import DeniedError
from local_aws.dataplane.table_load import StoppedError, SuspendedTableError, TableLoad, csv_format

FINISHED = "Stop Reason FULL_LOAD_ONLY_FINISHED"
STOPPED = "Stop Reason NORMAL"
FATAL = "Stop Reason FATAL_ERROR"

TableName = tuple[str, str]

_NOTHING_CAPTURED = (
    "No tables were found at task startup. Either the selected table(s) or schema(s) no longer exist or no "
    "match was found for the table selection pattern(s)"
)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Holds the selected tables and the rules for their rows."""

    tables: tuple[ExternalTable, ...]
    mappings: TableMappings


def plan(job: Job) -> Plan:
    """Read the documents; raise TaskError if they cannot be used."""
    try:
        definition = parse_definition(job.source["ExternalTableDefinition"], "ExternalTableDefinition")
        mappings = parse_mappings(job.table_mappings, "TableMappings")
    except InputError as error:
        raise TaskError(str(error)) from None
    selected = [table for table in definition if mappings.selects(table.owner, table.name)]
    for table in selected:
        try:
            mappings.refuse_uncarried(table.owner, table.name, "TableMappings")
        except InputError as error:
            raise TaskError(f"local AWS does not support this: {error}") from None
    if not selected and job.section("ErrorBehavior").get("FailOnNoTablesCaptured", True):
        known = ", ".join(f"{table.owner}.{table.name}" for table in definition)
        raise TaskError(f"{_NOTHING_CAPTURED}; the external table definition holds {known or 'no table'}")
    selected.sort(key=lambda table: -_load_order(mappings, table))
    return Plan(tables=tuple(selected), mappings=mappings)


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


def _load_order(mappings: TableMappings, table: ExternalTable) -> int:
    orders = (rule.load_order for rule in mappings.selections if rule.selects(table.owner, table.name))
    return max(orders, default=0)
