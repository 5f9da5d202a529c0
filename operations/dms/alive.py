"""What of DMS is at work in a Region, or can be, whoever it belongs to."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from operations.aws import Aws


def live_instances(aws: Aws) -> dict[str, list[str]]:
    """The private addresses of each replication instance, by its identifier."""
    return {
        found.get("ReplicationInstanceIdentifier", ""): found.get("ReplicationInstancePrivateIpAddresses", [])
        for page in aws.dms.get_paginator("describe_replication_instances").paginate()
        for found in page.get("ReplicationInstances", [])
    }


def live_tasks(aws: Aws) -> list[str]:
    """The identifiers of tasks."""
    return [
        found.get("ReplicationTaskIdentifier", "")
        for page in aws.dms.get_paginator("describe_replication_tasks").paginate(WithoutSettings=True)
        for found in page.get("ReplicationTasks", [])
    ]


def live_serverless(aws: Aws) -> list[str]:
    """What serverless replications are called: by their identifiers, and by the last part of their ARNs."""
    return list(_serverless(aws))


def _serverless(aws: Aws) -> Iterator[str]:
    more: dict[str, Any] = {}
    while True:  # boto3 has no paginator for it
        try:
            page = aws.dms.describe_replication_configs(**more)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "UnknownOperationException":
                raise
            return  # AWS on this machine has none
        for found in page.get("ReplicationConfigs", []):
            yield found.get("ReplicationConfigIdentifier", "")
            yield found.get("ReplicationConfigArn", "").rpartition(":")[2].lower()
        if not page.get("Marker"):
            return
        more = {"Marker": page["Marker"]}
