"""The leftovers of ImportTable: one log group per account and Region, with a stream of each import's errors.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Validation.html
"""

from collections.abc import Iterator
from functools import partial

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.table_identity import described_table
from dynamodb_bulk.aws.tags import owner_of, table_tags
from dynamodb_bulk.cleanup.leftover import Leftover, from_milliseconds
from dynamodb_bulk.loads.native.errors import LOG_GROUP
from dynamodb_bulk.loads.native.started import listed_imports, table_of


def import_leftovers(aws: Aws) -> Iterator[Leftover]:
    """Streams of imports whose tables are gone, and the group when it would be empty without them."""
    groups = aws.logs.describe_log_groups(logGroupNamePrefix=LOG_GROUP).get("logGroups", [])
    group = next((each for each in groups if each.get("logGroupName") == LOG_GROUP), None)
    if group is None:
        return
    imports = {
        found.get("ImportArn", "").rpartition("/")[2]: (found.get("ImportStatus", ""), table_of(found))
        for found in listed_imports(aws)
    }
    used = any(status == "IN_PROGRESS" for status, _ in imports.values())
    for page in aws.logs.get_paginator("describe_log_streams").paginate(logGroupName=LOG_GROUP):
        for stream in page.get("logStreams", []):
            name = stream.get("logStreamName", "")
            status, table = imports.get(name.partition("/")[0], ("", ""))
            if table and (owner := _owner(aws, table)) is not None:
                used = True
                if status != "IN_PROGRESS":
                    yield Leftover(
                        kind="log stream",
                        name=f"{LOG_GROUP} {name}",
                        reason="items that an import rejected",
                        owner=owner,
                        created=from_milliseconds(stream.get("creationTime")),
                        retained=f"the table {table} exists",
                    )
                continue
            yield Leftover(
                kind="log stream",
                name=f"{LOG_GROUP} {name}",
                reason=f"items that an import rejected; its table {table or 'is unknown'}"
                + (" is gone" if table else ""),
                created=from_milliseconds(stream.get("creationTime")),
                delete=partial(aws.logs.delete_log_stream, logGroupName=LOG_GROUP, logStreamName=name),
            )
    yield Leftover(
        kind="log group",
        name=LOG_GROUP,
        reason="made by the account's first import",
        created=from_milliseconds(group.get("creationTime")),
        retained="imports of existing tables log to it" if used else "",
        delete=partial(aws.logs.delete_log_group, logGroupName=LOG_GROUP),
    )


def _owner(aws: Aws, table: str) -> str | None:
    """Return whose table it is; None if it is gone."""
    found = described_table(table, aws)
    return owner_of(table_tags(aws, found.get("TableArn", ""))) if found else None
