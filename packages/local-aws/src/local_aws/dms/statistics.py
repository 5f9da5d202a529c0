"""Table statistics.

Source: https://docs.aws.amazon.com/dms/latest/APIReference/API_DescribeTableStatistics.html
"""

from local_aws.dataplane.progress import TableProgress
from local_aws.dms.paging import filtered, page
from local_aws.dms.region import Fields, Region, Request

_MOST_RECORDS = 500
_FILTERS = {"schema-name": ("SchemaName",), "table-name": ("TableName",), "table-state": ("TableState",)}
_CHANGES = {"Inserts": "INSERT", "Deletes": "DELETE", "Updates": "UPDATE", "Ddls": ""}
_VALIDATED = ("ValidationPendingRecords", "ValidationFailedRecords", "ValidationSuspendedRecords")
_ZEROES = dict.fromkeys(_VALIDATED, 0)


def describe(region: Region, request: Request) -> Fields:
    """DescribeTableStatistics."""
    task = region.task(request["ReplicationTaskArn"])
    run = region.runs.get(task.arn)
    tables = filtered(request, map(_shown, run.tables.values()) if run else (), _FILTERS, "Table")
    shown = page(request, "TableStatistics", tables, maximum=_MOST_RECORDS)
    return {"ReplicationTaskArn": task.arn, **shown}


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
