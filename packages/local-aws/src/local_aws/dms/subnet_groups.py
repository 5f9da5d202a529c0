"""Replication subnet groups: where in a network an instance stands.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_ReplicationInstance.VPC.html
"""

from collections.abc import Sequence
from typing import Any

from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends

from local_aws.account import ACCOUNT
from local_aws.dms.account_roles import require_vpc_role
from local_aws.dms.faults import DmsError, already_exists, invalid_state, not_found
from local_aws.dms.identifiers import checked_subnet_group, subnet_group_arn
from local_aws.dms.paging import filtered, page
from local_aws.dms.region import Fields, Region, Request

_ENOUGH_ZONES = 2
_FILTERS = {"replication-subnet-group-id": ("ReplicationSubnetGroupIdentifier",)}


def create(region: Region, request: Request) -> Fields:
    """CreateReplicationSubnetGroup."""
    require_vpc_role()
    name = checked_subnet_group(request["ReplicationSubnetGroupIdentifier"])
    if name in region.subnet_groups:
        raise already_exists(f"The subnet group '{name}' already exists.")
    description = request["ReplicationSubnetGroupDescription"]
    group = _group(name, description, _covered(region.name, request["SubnetIds"]))
    region.subnet_groups[name] = group
    region.tag(subnet_group_arn(region.name, name), request.get("Tags", []))
    return {"ReplicationSubnetGroup": group}


def describe(region: Region, request: Request) -> Fields:
    """DescribeReplicationSubnetGroups."""
    groups = region.subnet_groups.values()
    found = filtered(request, groups, _FILTERS, "Replication Subnet Group")
    return page(request, "ReplicationSubnetGroups", found)


def modify(region: Region, request: Request) -> Fields:
    """ModifyReplicationSubnetGroup."""
    require_vpc_role()
    group = find(region, request["ReplicationSubnetGroupIdentifier"])
    group.update(_covered(region.name, request["SubnetIds"]))
    if "ReplicationSubnetGroupDescription" in request:
        group["ReplicationSubnetGroupDescription"] = request["ReplicationSubnetGroupDescription"]
    return {"ReplicationSubnetGroup": group}


def delete(region: Region, request: Request) -> Fields:
    """DeleteReplicationSubnetGroup."""
    group = find(region, request["ReplicationSubnetGroupIdentifier"])
    name = group["ReplicationSubnetGroupIdentifier"]
    for instance in region.instances.values():
        if instance.fields["ReplicationSubnetGroup"] is group:
            raise invalid_state(
                f"Cannot delete the subnet group '{name}' because at least one database instance: "
                f"{instance.fields['ReplicationInstanceIdentifier']} is still using it."
            )
    for replication in region.replications.values():
        if replication.fields["ComputeConfig"]["ReplicationSubnetGroupId"] == name:
            raise invalid_state(
                f"Cannot delete the subnet group '{name}', which a serverless replication is still using: "
                f"{replication.fields['ReplicationConfigIdentifier']}"
            )
    del region.subnet_groups[name]
    region.tags.pop(subnet_group_arn(region.name, name), None)
    return {}


def find(region: Region, name: str) -> Fields:
    """Return the subnet group of this name, or ResourceNotFoundFault."""
    if name.lower() not in region.subnet_groups:
        raise not_found(f"Replication Subnet Group {name} not found.")
    return region.subnet_groups[name.lower()]


def default(region_name: str) -> Fields:
    """Return the group that DMS makes of the default VPC where none is named."""
    subnets = ec2_backends[ACCOUNT][region_name].get_default_subnets().values()
    placed = _covered(region_name, [subnet.id for subnet in subnets])
    vpc = placed["VpcId"]
    return _group(f"default-{vpc}", f"default group created by console for vpc id {vpc}", placed)


def _group(name: str, description: str, covered: Fields) -> Fields:
    return {
        "ReplicationSubnetGroupIdentifier": name,
        "ReplicationSubnetGroupDescription": description,
        "SubnetGroupStatus": "Complete",
        "SupportedNetworkTypes": ["IPV4"],
        **covered,
    }


def _covered(region_name: str, subnet_ids: Sequence[str]) -> Fields:
    subnets = [_subnet(region_name, subnet_id) for subnet_id in subnet_ids]
    vpcs = {subnet.vpc_id for subnet in subnets}
    if len(vpcs) > 1:
        raise DmsError("InvalidSubnet", f"The subnets are in more than one VPC: {', '.join(sorted(vpcs))}")
    zones = {subnet.availability_zone for subnet in subnets}
    if len(zones) < _ENOUGH_ZONES:
        raise DmsError(
            "ReplicationSubnetGroupDoesNotCoverEnoughAZs",
            "Replication Subnet Group doesn't meet availability zone coverage requirement. Please add "
            f"subnets to cover at least {_ENOUGH_ZONES} availability zones. Current coverage: {len(zones)}",
        )
    return {
        "VpcId": vpcs.pop(),
        "Subnets": [
            {
                "SubnetIdentifier": subnet.id,
                "SubnetAvailabilityZone": {"Name": subnet.availability_zone},
                "SubnetStatus": "Active",
            }
            for subnet in subnets
        ],
    }


def _subnet(region_name: str, subnet_id: str) -> Any:
    try:
        return ec2_backends[ACCOUNT][region_name].get_subnet(subnet_id)
    except ServiceException:
        raise DmsError("InvalidSubnet", f"The subnet '{subnet_id}' does not exist") from None
