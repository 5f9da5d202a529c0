"""What the rows of a table become, and the DynamoDB table that takes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dynamodb_bulk.dms.definition import ExternalTable
from dynamodb_bulk.dms.mappings import ObjectMapping
from dynamodb_bulk.dms.selection import SourceFilter
from dynamodb_bulk.items.row_filter import RowFilter
from dynamodb_bulk.items.row_to_item import RowToItem
from dynamodb_bulk.spec.errors import InputError
from local_aws.dataplane.job import Job, TaskError
from local_aws.dataplane.sink import table_sink
from local_aws.dataplane.tables import demands_of
from local_aws.dataplane.targets import default_mapping, prepare, table_arn
from local_aws.dataplane.written import ConditionError, Sink

_OF_CHANGES = ("dynamodb:UpdateItem", "dynamodb:DeleteItem")


@dataclass(frozen=True, kw_only=True)
class TableTarget:
    """The rows that are `loaded`, the items that they become, and where these go."""

    loaded: RowFilter
    to_item: RowToItem
    sink: Sink


def open_target(
    job: Job,
    table: ExternalTable,
    mapping: ObjectMapping | None,
    filters: Sequence[SourceFilter],
    *,
    changes: bool = False,
) -> TableTarget:
    """Find or make the table; with `changes` it is not made anew, whatever the settings for full loads say.

    Raise DeniedError, TableLoadError or TaskError.
    """
    mapping = mapping or default_mapping(table)
    role = job.assume_target()
    settings: Mapping[str, Any] = {} if changes else job.section("FullLoadSettings")
    target, keys = prepare(table, mapping, role, job.region, settings)
    if changes:
        role.require(_OF_CHANGES, table_arn(job.region, mapping.target_table_name))
    condition = mapping.mapping_parameters.condition_expression
    try:
        return TableTarget(
            loaded=RowFilter(table.columns, filters),
            to_item=RowToItem(table.columns, mapping, keys, index_keys=demands_of(target).index_keys),
            sink=table_sink(target, condition, changes=changes),
        )
    except (InputError, ConditionError) as error:
        raise TaskError(str(error)) from None
