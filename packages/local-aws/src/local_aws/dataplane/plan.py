"""What a task's documents ask for: the tables that it selects, in order, and the rules for their rows."""

from dataclasses import dataclass

from dynamodb_bulk.dms.definition import ExternalTable, parse_definition
from dynamodb_bulk.dms.mappings import TableMappings, parse_mappings
from dynamodb_bulk.spec.errors import InputError
from local_aws.dataplane.job import Job, TaskError

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


def _load_order(mappings: TableMappings, table: ExternalTable) -> int:
    orders = (rule.load_order for rule in mappings.selections if rule.selects(table.owner, table.name))
    return max(orders, default=0)
