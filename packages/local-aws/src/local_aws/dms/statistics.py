"""Table statistics, and the reload of single tables.

Source: https://docs.aws.amazon.com/dms/latest/APIReference/API_DescribeTableStatistics.html
"""

from local_aws.dataplane.progress import TableProgress
from local_aws.dms.faults import invalid_state
from local_aws.dms.paging import filtered, page
from local_aws.dms.region import Fields, Region, Request

_MOST_RECORDS = 500
_ZEROES = dict.fromkeys(
    (
        *(
            f"{applied}{kind}"
            for applied in ("", "Applied")
            for kind in ("Inserts", "Deletes", "Updates", "Ddls")
        ),
        *(f"Validation{kind}Records" for kind in ("Pending", "Failed", "Suspended")),
    ),
    0,
)


def describe(region: Region, request: Request) -> Fields:
    """DescribeTableStatistics."""
    task = region.task(request["ReplicationTaskArn"])
    run = region.runs.get(task.arn)
    tables = filtered(
        request,
        list(run.tables.values()) if run else [],
        {
            "schema-name": lambda table: table.schema,
            "table-name": lambda table: table.table,
            "table-state": lambda table: table.state,
        },
        "Table",
    )
    tables, marker = page(request, tables, maximum=_MOST_RECORDS)
    return {
        "ReplicationTaskArn": task.arn,
        "TableStatistics": [_shown(table) for table in tables],
        **marker,
    }


def reload(region: Region, request: Request) -> Fields:
    """ReloadTables, which DMS does not do for an S3 source.

    https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html
    """
    task = region.task(request["ReplicationTaskArn"])
    raise invalid_state(
        f"ReloadTables is not available for the S3 source of Replication Task {task.arn}; start the task "
        "with reload-target to load all of its tables again."
    )


def _shown(table: TableProgress) -> Fields:
    moments = {
        "FullLoadStartTime": table.started,
        "FullLoadEndTime": table.ended,
        "LastUpdateTime": table.updated,
    }
    return {
        "SchemaName": table.schema,
        "TableName": table.table,
        **_ZEROES,
        "FullLoadRows": table.rows,
        "FullLoadCondtnlChkFailedRows": table.refused,
        "FullLoadErrorRows": table.errors,
        "FullLoadReloaded": table.reloaded,
        "TableState": table.state,
        "ValidationState": "Not enabled",
        **{name: moment for name, moment in moments.items() if moment is not None},
    }
