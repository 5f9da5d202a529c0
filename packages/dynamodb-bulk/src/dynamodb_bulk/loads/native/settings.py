"""The settings of a table that ImportTable does not take, set when the import is over.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableCreationParameters.html
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report, poll
from dynamodb_bulk.aws.table_identity import is_active
from dynamodb_bulk.loads.native.load import NativeLoad
from dynamodb_bulk.spec.table import Table

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import (
        TableDescriptionTypeDef,
        TagTypeDef,
        TimeToLiveSpecificationTypeDef,
    )

Change = dict[str, Any]
_LIMIT_SECONDS = 3600
# DynamoDB says up to an hour:
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
_EXPIRY_SECONDS = 2 * 3600


def settle_table(load: NativeLoad, wanted: Table, aws: Aws, report: Report) -> None:
    """Bring the table to what the dataset says; what is so already is left alone."""
    described = active_table(load.table, aws, report)
    for what, change in _changes(load, wanted, described):
        report(f"setting the table's {what}")
        aws.dynamodb.update_table(TableName=load.table, **change)
        active_table(load.table, aws, report)
    if load.point_in_time_recovery:
        report("setting the table's point-in-time recovery")
        enable_recovery(load.table, aws, report)
    if wanted.time_to_live:
        report("setting the table's time to live")
        enable_expiry(load.table, wanted.time_to_live, aws, report)
    if load.tags:
        tags: list[TagTypeDef] = [{"Key": key, "Value": value} for key, value in sorted(load.tags.items())]
        aws.dynamodb.tag_resource(ResourceArn=described.get("TableArn", ""), Tags=tags)


def _changes(
    load: NativeLoad, wanted: Table, described: "TableDescriptionTypeDef"
) -> Iterator[tuple[str, Change]]:
    stream = described.get("StreamSpecification", {})
    if wanted.stream and stream.get("StreamViewType") != wanted.stream:
        enabled = {"StreamEnabled": True, "StreamViewType": wanted.stream}
        yield "stream", {"StreamSpecification": enabled}
    if described.get("TableClassSummary", {}).get("TableClass", "STANDARD") != wanted.class_:
        yield "class", {"TableClass": wanted.class_}
    if wanted.warm_throughput:
        # AWS raises it by itself, and refuses to lower it.
        has = described.get("WarmThroughput", {})
        has = {key: has.get(key, 0) for key in ("ReadUnitsPerSecond", "WriteUnitsPerSecond")}
        units = (wanted.warm_throughput.read, wanted.warm_throughput.write)
        warm = {key: max(actual, unit) for (key, actual), unit in zip(has.items(), units, strict=True)}
        if has != warm:
            yield "warm throughput", {"WarmThroughput": warm}
    there = {replica.get("RegionName") for replica in described.get("Replicas", [])}
    for region in wanted.replicas:
        if region not in there:
            yield f"replica in {region}", {"ReplicaUpdates": [{"Create": {"RegionName": region}}]}
    if load.deletion_protection and not described.get("DeletionProtectionEnabled"):
        yield "deletion protection", {"DeletionProtectionEnabled": True}


def enable_recovery(table: str, aws: Aws, report: Report = lambda _: None) -> None:
    """Turn point-in-time recovery on, and wait while AWS is still enabling the backups of a new table."""

    def recovers() -> bool:
        try:
            answer = aws.dynamodb.update_continuous_backups(
                TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
            )["ContinuousBackupsDescription"]
        except aws.dynamodb.exceptions.ContinuousBackupsUnavailableException:
            return False
        return answer.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") == "ENABLED"

    what = f"point-in-time recovery of {table}"
    poll(recovers, bool, limit_seconds=_LIMIT_SECONDS, what=what, report=report)


def enable_expiry(table: str, attribute: str, aws: Aws, report: Report = lambda _: None) -> None:
    """Turn time to live on, and wait until DynamoDB has: while it does so, the provider reads it as off."""
    wanted: TimeToLiveSpecificationTypeDef = {"AttributeName": attribute, "Enabled": True}
    asked = False

    def look() -> str:
        nonlocal asked
        found = aws.dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        status = found.get("TimeToLiveStatus", "DISABLED")
        if status == "DISABLED" and not asked:
            aws.dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=wanted)
            asked = True
        elif status != "ENABLED":
            report("waiting for DynamoDB to enable time to live: it takes up to an hour")
        return status

    poll(
        look,
        lambda status: status == "ENABLED",
        limit_seconds=_EXPIRY_SECONDS,
        what=f"time to live of {table}",
        report=report,
    )


def active_table(table: str, aws: Aws, report: Report = lambda _: None) -> "TableDescriptionTypeDef":
    """Return the table as DynamoDB describes it, once it and its indexes and replicas are active."""

    def look() -> "TableDescriptionTypeDef":
        return aws.dynamodb.describe_table(TableName=table)["Table"]

    return poll(look, is_active, limit_seconds=_LIMIT_SECONDS, what=f"table {table}", report=report)
