"""Complete what was left half created, so that the provider can import it."""

from collections.abc import Collection, Mapping
from typing import Any

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report, poll
from dynamodb_bulk.loads.dms.task import SETTLING
from dynamodb_bulk.loads.native.settings import active_table, enable_expiry, enable_recovery

_DMS_SECONDS = 3600


def bucket_is_empty(aws: Aws, name: str) -> bool:
    """Return whether it holds nothing, no old version either."""
    found = aws.s3.list_object_versions(Bucket=name, MaxKeys=1)
    return not found.get("Versions") and not found.get("DeleteMarkers")


def delete_empty_bucket(aws: Aws, name: str) -> None:
    """Delete it, and wait until it is gone; S3 refuses one that holds anything."""
    aws.s3.delete_bucket(Bucket=name)
    aws.s3.get_waiter("bucket_not_exists").wait(Bucket=name, WaiterConfig={"Delay": 2})


def table_is_ready(aws: Aws, name: str, wanted: Mapping[str, Any], report: Report) -> None:
    """Active, with the settings that the provider makes by calls of their own after it has made the table."""
    active_table(name, aws, report)
    recovery: Mapping[str, Any] = wanted.get("point_in_time_recovery") or {}
    if recovery.get("enabled"):
        enable_recovery(name, aws, report)
    expiry: Mapping[str, Any] = wanted.get("ttl") or {}
    if expiry.get("enabled"):
        enable_expiry(name, expiry["attribute_name"], aws, report)


def log_group_is_ready(aws: Aws, name: str, wanted: Mapping[str, Any], _report: Report) -> None:
    """With its retention: the group that DMS makes by itself has none."""
    if days := wanted.get("retention_in_days"):
        aws.logs.put_retention_policy(logGroupName=name, retentionInDays=days)


def instance_is_ready(aws: Aws, name: str, _wanted: Mapping[str, Any], report: Report) -> None:
    """Available: nothing can be made on it before."""
    unready = ("creating", "modifying", "upgrading", "rebooting")
    _await(aws, "instance", name, "ReplicationInstanceStatus", unready, report)


def task_is_ready(aws: Aws, name: str, _wanted: Mapping[str, Any], report: Report) -> None:
    """At rest, or running."""
    _await(aws, "task", name, "Status", SETTLING, report)


def _await(aws: Aws, what: str, name: str, status: str, unready: Collection[str], report: Report) -> None:
    describe: Any = getattr(aws.dms, f"describe_replication_{what}s")

    def look() -> str:
        found = describe(Filters=[{"Name": f"replication-{what}-id", "Values": [name]}])
        return found[f"Replication{what.title()}s"][0].get(status, "")

    poll(
        look,
        lambda seen: seen not in unready,
        limit_seconds=_DMS_SECONDS,
        what=f"{what} {name}",
        report=report,
    )
