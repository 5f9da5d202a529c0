"""Find what DMS has in a Region, of any owner: what runs or can run, and the network interfaces it makes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws, pages_of

if TYPE_CHECKING:
    from types_boto3_ec2.type_defs import FilterTypeDef

# Only their addresses tell them apart:
# https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2484
_INTERFACE = "DMSNetworkInterface"


@dataclass(frozen=True, kw_only=True)
class Interface:
    """A network interface of DMS; what is `free` nothing holds."""

    id: str
    subnet: str
    address: str
    status: str

    @property
    def free(self) -> bool:
        """Whether nothing holds it, so that it can be deleted."""
        return self.status == "available"


def live_instances(aws: Aws) -> dict[str, list[str]]:
    """Return the private addresses of each replication instance, by its identifier."""
    return {
        found.get("ReplicationInstanceIdentifier", ""): found.get("ReplicationInstancePrivateIpAddresses", [])
        for page in aws.dms.get_paginator("describe_replication_instances").paginate()
        for found in page.get("ReplicationInstances", [])
    }


def dms_in_vpc(aws: Aws, vpc: str) -> list[str]:
    """The identifiers of replication instances and serverless replications that stand in a VPC, or will."""
    users = [
        found.get("ReplicationInstanceIdentifier", "")
        for page in aws.dms.get_paginator("describe_replication_instances").paginate()
        for found in page.get("ReplicationInstances", [])
        if found.get("ReplicationSubnetGroup", {}).get("VpcId", "") == vpc
        and found.get("ReplicationInstanceStatus") != "deleting"
    ]
    configs = list(_serverless_configs(aws))
    if not configs:
        return users
    vpcs = {
        found.get("ReplicationSubnetGroupIdentifier", ""): found.get("VpcId", "")
        for page in aws.dms.get_paginator("describe_replication_subnet_groups").paginate()
        for found in page.get("ReplicationSubnetGroups", [])
    }
    # One that names no group stands in the default VPC.
    return users + [
        found.get("ReplicationConfigIdentifier", "")
        for found in configs
        if vpcs.get(found.get("ComputeConfig", {}).get("ReplicationSubnetGroupId", ""), vpc) == vpc
    ]


def live_tasks(aws: Aws) -> list[str]:
    """Return the identifiers of tasks."""
    return [
        found.get("ReplicationTaskIdentifier", "")
        for page in aws.dms.get_paginator("describe_replication_tasks").paginate(WithoutSettings=True)
        for found in page.get("ReplicationTasks", [])
    ]


def live_serverless(aws: Aws) -> list[str]:
    """Return the names of serverless replications: identifiers, and the last parts of their ARNs."""
    return [
        name
        for found in _serverless_configs(aws)
        for name in (
            found.get("ReplicationConfigIdentifier", ""),
            found.get("ReplicationConfigArn", "").rpartition(":")[2].lower(),
        )
    ]


def _serverless_configs(aws: Aws) -> Iterator[dict[str, Any]]:
    try:
        yield from pages_of(aws.dms.describe_replication_configs, "ReplicationConfigs", "Marker")
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "UnknownOperationException":  # local AWS's
            raise


def dms_interfaces(aws: Aws, subnets: Sequence[str] = ()) -> Iterator[Interface]:
    """Yield the network interfaces in these subnets, or in all."""
    filters: list[FilterTypeDef] = [{"Name": "description", "Values": [_INTERFACE]}]
    if subnets:
        filters.append({"Name": "subnet-id", "Values": list(subnets)})
    for page in aws.ec2.get_paginator("describe_network_interfaces").paginate(Filters=filters):
        for found in page.get("NetworkInterfaces", []):
            yield Interface(
                id=found.get("NetworkInterfaceId", ""),
                subnet=found.get("SubnetId", ""),
                address=found.get("PrivateIpAddress", ""),
                status=found.get("Status", ""),
            )
