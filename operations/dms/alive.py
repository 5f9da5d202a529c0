"""What of DMS is at work in a Region, or can be, whoever it belongs to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from operations.aws import Aws


@dataclass(frozen=True, kw_only=True)
class Alive:
    """Identifiers of instances, tasks and serverless replications; the private addresses of the instances."""

    instances: tuple[str, ...]
    addresses: tuple[str, ...]
    tasks: tuple[str, ...]
    serverless: tuple[str, ...]


def find_alive(aws: Aws) -> Alive:
    """All of the account and Region."""
    instances = [
        found
        for page in aws.dms.get_paginator("describe_replication_instances").paginate()
        for found in page.get("ReplicationInstances", [])
    ]
    return Alive(
        instances=tuple(each.get("ReplicationInstanceIdentifier", "") for each in instances),
        addresses=tuple(
            address for each in instances for address in each.get("ReplicationInstancePrivateIpAddresses", [])
        ),
        tasks=tuple(
            found.get("ReplicationTaskIdentifier", "")
            for page in aws.dms.get_paginator("describe_replication_tasks").paginate(WithoutSettings=True)
            for found in page.get("ReplicationTasks", [])
        ),
        serverless=tuple(_serverless(aws)),
    )


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
