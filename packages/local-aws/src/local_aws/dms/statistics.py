"""Table statistics, of tasks and of serverless replications.

Sources: https://docs.aws.amazon.com/dms/latest/APIReference/API_DescribeTableStatistics.html
https://docs.aws.amazon.com/dms/latest/APIReference/API_DescribeReplicationTableStatistics.html
"""

from local_aws.dataplane.progress import TableProgress
from local_aws.dms.paging import filtered, page
from local_aws.dms.region import Fields, Region, Request, Resource

_MOST_RECORDS = 500
_FILTERS = {"schema-name": ("SchemaName",), "table-name": ("TableName",), "table-state": ("TableState",)}
_CHANGES = {"Inserts": "INSERT", "Deletes": "DELETE", "Updates": "UPDATE", "Ddls": ""}
_VALIDATED = ("ValidationPendingRecords", "ValidationFailedRecords", "ValidationSuspendedRecords")
_ZEROES = dict.fromkeys(_VALIDATED, 0)


def describe(region: Region, request: Request) -> Fields:
    """DescribeTableStatistics."""
    task = region.task(request["ReplicationTaskArn"])
    return {"ReplicationTaskArn": task.arn, **_page(region, task, request, "TableStatistics")}


def describe_of_replication(region: Region, request: Request) -> Fields:
    """DescribeReplicationTableStatistics."""
    replication = region.replication(request["ReplicationConfigArn"])
    shown = _page(region, replication, request, "ReplicationTableStatistics")
    return {"ReplicationConfigArn": replication.arn, **shown}


def _page(region: Region, resource: Resource, request: Request, name: str) -> Fields:
    run = region.runs.get(resource.arn)
    tables = filtered(request, map(_shown, run.tables.values()) if run else (), _FILTERS, "Table")
    return page(request, name, tables, maximum=_MOST_RECORDS)


def _shown(table: TableProgress) -> Fields:
    moments = {
        "FullLoadStartTime": table.started,
        "FullLoadEndTime": table.ended,
        "LastUpdateTime": table.updated,
    }
    return {
        "SchemaName": table.schema,
        "TableName": table.table,
        **{name: table.changes[operation] for name, operation in _CHANGES.items()},
        **{f"Applied{name}": table.applied[operation] for name, operation in _CHANGES.items()},
        **_ZEROES,
        "FullLoadRows": table.rows,
        "FullLoadCondtnlChkFailedRows": table.refused,
        "FullLoadErrorRows": table.errors,
        "FullLoadReloaded": table.reloaded,
        "TableState": table.state,
        "ValidationState": "Not enabled",
        **{name: moment for name, moment in moments.items() if moment is not None},
    }
