"""Replication instances: the machines that tasks run on.

Source: https://docs.aws.amazon.com/dms/latest/APIReference/API_CreateReplicationInstance.html
"""

import threading
import time
from collections.abc import Sequence

from moto.ec2.models import ec2_backends

from local_aws.account import ACCOUNT
from local_aws.dms import subnet_groups
from local_aws.dms.account_roles import require_vpc_role
from local_aws.dms.events import INSTANCE_CREATING, INSTANCE_DELETING, announce
from local_aws.dms.faults import invalid_state, invalid_value
from local_aws.dms.identifiers import arn, checked_name
from local_aws.dms.lifecycle import GONE, Lifecycle
from local_aws.dms.paging import filtered, page
from local_aws.dms.region import Fields, Region, Request, Resource, new_name

# https://docs.aws.amazon.com/dms/latest/userguide/CHAP_ReplicationInstance.Types.html
_LARGER = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge")
_COMPUTE = ("large", "xlarge", "2xlarge", "4xlarge", "9xlarge", "12xlarge", "18xlarge", "24xlarge")
_UP_TO_24 = (*_LARGER, "12xlarge", "16xlarge", "24xlarge")
_SIZES: dict[str, tuple[str, ...]] = {
    "t3": ("micro", "small", "medium", "large"),
    "c5": _COMPUTE,
    "r5": _UP_TO_24,
    **dict.fromkeys(("c6i", "r6i"), (*_UP_TO_24, "32xlarge")),
    **dict.fromkeys(("c7i", "r7i"), (*_UP_TO_24, "48xlarge")),
}
# GB in the price: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_ReplicationInstance.html
_INCLUDED_STORAGE: dict[str, int] = {
    f"dms.{family}.{size}": 50 if family == "t3" else 100
    for family, sizes in _SIZES.items()
    for size in sizes
}
_SMALLEST_STORAGE, _LARGEST_STORAGE = 5, 6144

# https://docs.aws.amazon.com/dms/latest/userguide/CHAP_ReleaseNotes.html
_ENGINE_VERSIONS = ("3.6.1", "3.5.4")

_WINDOW = "sun:06:00-sun:06:30"  # of AWS's length; AWS picks day and time at random

_NAME = "ReplicationInstanceIdentifier"
_MAXIMUM_NAME = 63
# With ApplyImmediately false, these wait for the maintenance window.
_DEFERRED = ("ReplicationInstanceClass", "AllocatedStorage", "MultiAZ", "EngineVersion", "NetworkType")
_AT_ONCE = ("PreferredMaintenanceWindow", "AutoMinorVersionUpgrade")
_FILTERS = {
    "replication-instance-arn": ("ReplicationInstanceArn",),
    "replication-instance-id": ("ReplicationInstanceIdentifier",),
    "replication-instance-class": ("ReplicationInstanceClass",),
    "engine-version": ("EngineVersion",),
}


def create(region: Region, request: Request) -> Fields:
    """CreateReplicationInstance."""
    require_vpc_role()
    name = new_name(request, _NAME, region.instances, "Replication Instance", maximum=_MAXIMUM_NAME)
    _check(request)
    named = request.get("ReplicationSubnetGroupIdentifier")
    group = subnet_groups.find(region, named) if named else subnet_groups.default(region.name)
    zones = [subnet["SubnetAvailabilityZone"]["Name"] for subnet in group["Subnets"]]
    zone = request.get("AvailabilityZone", zones[0])
    if zone not in zones:
        raise invalid_value(f"The subnet group has no subnet in the availability zone {zone}")
    public = request.get("PubliclyAccessible", True)
    groups = security_groups(region.name, request.get("VpcSecurityGroupIds"), group["VpcId"])
    subnet = group["Subnets"][zones.index(zone)]["SubnetIdentifier"]
    private_address = attach_interface(region.name, subnet, [each["VpcSecurityGroupId"] for each in groups])
    fields: Fields = {
        _NAME: name,
        "ReplicationInstanceClass": request["ReplicationInstanceClass"],
        "AllocatedStorage": request.get(
            "AllocatedStorage", _INCLUDED_STORAGE[request["ReplicationInstanceClass"]]
        ),
        "InstanceCreateTime": time.time(),
        "VpcSecurityGroups": groups,
        "AvailabilityZone": zone,
        "ReplicationSubnetGroup": group,
        "PreferredMaintenanceWindow": request.get("PreferredMaintenanceWindow", _WINDOW),
        "PendingModifiedValues": {},
        "MultiAZ": request.get("MultiAZ", False),
        "EngineVersion": request.get("EngineVersion", _ENGINE_VERSIONS[0]),
        "AutoMinorVersionUpgrade": request.get("AutoMinorVersionUpgrade", True),
        "KmsKeyId": request.get("KmsKeyId", f"arn:aws:kms:{region.name}:{ACCOUNT}:alias/aws/dms"),
        "ReplicationInstanceArn": arn("rep", region.name, request.get("ResourceIdentifier")),
        "ReplicationInstancePrivateIpAddress": private_address,
        "ReplicationInstancePrivateIpAddresses": [private_address],
        "ReplicationInstancePublicIpAddresses": ["198.51.100.10"] if public else [],
        "PubliclyAccessible": public,
        "NetworkType": request.get("NetworkType", "IPV4"),
    }
    if "DnsNameServers" in request:
        fields["DnsNameServers"] = request["DnsNameServers"]
    life = Lifecycle(current="creating")
    life.change("creating", then="available", after=region.latency["instance.creating"])
    instance = region.new(region.instances, fields, "ReplicationInstanceArn", life, request)
    announce(region, INSTANCE_CREATING, instance)
    return {"ReplicationInstance": shown(instance)}


def describe(region: Region, request: Request) -> Fields:
    """DescribeReplicationInstances."""
    instances = [shown(instance) for instance in region.instances.values()]
    found = filtered(request, instances, _FILTERS, "Replication Instance")
    return page(request, "ReplicationInstances", found)


def describe_orderable(region: Region, request: Request) -> Fields:
    """DescribeOrderableReplicationInstances: each class with each engine version."""
    zones = [zone.name for zone in ec2_backends[ACCOUNT][region.name].describe_availability_zones()]
    offered: list[Fields] = [
        {
            "EngineVersion": version,
            "ReplicationInstanceClass": name,
            "StorageType": "gp2",
            "MinAllocatedStorage": _SMALLEST_STORAGE,
            "MaxAllocatedStorage": _LARGEST_STORAGE,
            "DefaultAllocatedStorage": included,
            "IncludedAllocatedStorage": included,
            "AvailabilityZones": zones,
        }
        for version in _ENGINE_VERSIONS
        for name, included in _INCLUDED_STORAGE.items()
    ]
    return page(request, "OrderableReplicationInstances", offered)


def modify(region: Region, request: Request) -> Fields:
    """ModifyReplicationInstance."""
    instance = region.instance(request["ReplicationInstanceArn"])
    require_available(instance)
    _check(request)
    if _NAME in request:
        instance.fields[_NAME] = checked_name(request, _NAME, maximum=_MAXIMUM_NAME)
    if "VpcSecurityGroupIds" in request:
        instance.fields["VpcSecurityGroups"] = security_groups(
            region.name, request["VpcSecurityGroupIds"], instance.fields["ReplicationSubnetGroup"]["VpcId"]
        )
    instance.fields.update({key: request[key] for key in _AT_ONCE if key in request})
    changes = {
        key: request[key]
        for key in _DEFERRED
        if request.get(key, instance.fields[key]) != instance.fields[key]
    }
    if changes and request.get("ApplyImmediately"):
        instance.fields.update(changes)
        instance.life.change("modifying", then="available", after=region.latency["instance.modifying"])
    else:
        instance.fields["PendingModifiedValues"] = changes
    return {"ReplicationInstance": shown(instance)}


def delete(region: Region, request: Request) -> Fields:
    """DeleteReplicationInstance."""
    instance = region.instance(request["ReplicationInstanceArn"])
    if any(task.fields["ReplicationInstanceArn"] == instance.arn for task in region.tasks.values()):
        raise invalid_state(f"Replication Instance {instance.arn} has one or more replication tasks.")
    require_available(instance)
    deleting, releasing = region.latency["instance.deleting"], region.latency["interface.releasing"]
    instance.life.change("deleting", then=GONE, after=deleting)
    announce(region, INSTANCE_DELETING, instance)
    release_interface(
        region.name, instance.fields["ReplicationInstancePrivateIpAddress"], deleting + releasing
    )
    return {"ReplicationInstance": shown(instance)}


def require_available(instance: Resource) -> None:
    """Raise InvalidResourceStateFault unless the instance can be used."""
    if instance.life.status != "available":
        raise invalid_state(
            f"Replication Instance {instance.arn} is in the state {instance.life.status}; "
            "it must be available."
        )


def shown(instance: Resource) -> Fields:
    """Return the instance as the API shows it."""
    return {**instance.fields, "ReplicationInstanceStatus": instance.life.status}


def _check(request: Request) -> None:
    name = request.get("ReplicationInstanceClass")
    if name is not None and name not in _INCLUDED_STORAGE:
        raise invalid_value(f"Invalid replication instance class: {name}")
    version = request.get("EngineVersion")
    if version is not None and version not in _ENGINE_VERSIONS:
        raise invalid_value(f"No replication engine found with version: {version}")
    storage = request.get("AllocatedStorage")
    if storage is not None and not _SMALLEST_STORAGE <= storage <= _LARGEST_STORAGE:
        raise invalid_value(f"AllocatedStorage must be between {_SMALLEST_STORAGE} and {_LARGEST_STORAGE} GB")


def security_groups(region_name: str, ids: Sequence[str] | None, vpc_id: str) -> list[dict[str, str]]:
    """Return the security groups as the API shows them; where none is named, the default one of the VPC."""
    ec2 = ec2_backends[ACCOUNT][region_name]
    if not ids:
        group = ec2.get_security_group_from_name("default", vpc_id)
        ids = [group.id] if group else []
    for group_id in ids:
        if ec2.get_security_group_from_id(group_id) is None:
            raise invalid_value(f"The security group '{group_id}' does not exist")
    return [{"VpcSecurityGroupId": group_id, "Status": "active"} for group_id in ids]


def attach_interface(region_name: str, subnet_id: str, groups: Sequence[str]) -> str:
    """Make the network interface of what DMS runs in a subnet, and return its private address.

    How DMS describes it: https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2484
    """
    made = ec2_backends[ACCOUNT][region_name].create_network_interface(
        subnet_id, [], group_ids=list(groups), description="DMSNetworkInterface"
    )
    made.status, made.requester_managed = "in-use", True
    return str(made.private_ip_address)


def release_interface(region_name: str, address: str, after: float) -> None:
    """Delete the interface in `after` seconds; how long AWS keeps it is not documented."""

    def let_go() -> None:
        held = ec2_backends[ACCOUNT][region_name].enis
        for found in [each for each in held.values() if each.private_ip_address == address]:
            held.pop(found.id, None)

    timer = threading.Timer(after, let_go)
    timer.daemon = True
    timer.start()
