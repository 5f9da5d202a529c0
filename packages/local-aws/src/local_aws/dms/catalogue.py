"""What DMS offers: instance classes, engine versions and the quotas of an account.

Sources: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_ReplicationInstance.Types.html,
https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Limits.html
"""

from moto.ec2.models import ec2_backends

from local_aws.account import ACCOUNT
from local_aws.dms.paging import page
from local_aws.dms.region import Fields, Region, Request

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
INCLUDED_STORAGE: dict[str, int] = {
    f"dms.{family}.{size}": 50 if family == "t3" else 100
    for family, sizes in _SIZES.items()
    for size in sizes
}
SMALLEST_STORAGE, LARGEST_STORAGE = 5, 6144

# https://docs.aws.amazon.com/dms/latest/userguide/CHAP_ReleaseNotes.html
ENGINE_VERSIONS = ("3.6.1", "3.5.4")

_QUOTAS = {
    "ReplicationInstances": 60,
    "AllocatedStorage": 30000,
    "ReplicationTasks": 600,
    "Endpoints": 1000,
    "ReplicationSubnetGroups": 60,
}


def describe_orderable_instances(region: Region, request: Request) -> Fields:
    """DescribeOrderableReplicationInstances."""
    zones = [zone.name for zone in ec2_backends[ACCOUNT][region.name].describe_availability_zones()]
    offers, marker = page(
        request,
        [
            {
                "EngineVersion": version,
                "ReplicationInstanceClass": name,
                "StorageType": "gp2",
                "MinAllocatedStorage": SMALLEST_STORAGE,
                "MaxAllocatedStorage": LARGEST_STORAGE,
                "DefaultAllocatedStorage": included,
                "IncludedAllocatedStorage": included,
                "AvailabilityZones": zones,
            }
            for version in ENGINE_VERSIONS
            for name, included in INCLUDED_STORAGE.items()
        ],
    )
    return {"OrderableReplicationInstances": offers, **marker}


def describe_account(region: Region, _request: Request) -> Fields:
    """DescribeAccountAttributes."""
    used = {
        "ReplicationInstances": len(region.instances),
        "AllocatedStorage": sum(
            instance.fields["AllocatedStorage"] for instance in region.instances.values()
        ),
        "ReplicationTasks": len(region.tasks),
        "Endpoints": len(region.endpoints),
        "ReplicationSubnetGroups": len(region.subnet_groups),
    }
    return {
        "AccountQuotas": [
            {"AccountQuotaName": name, "Used": used[name], "Max": most} for name, most in _QUOTAS.items()
        ],
        "UniqueAccountIdentifier": f"{region.name}-{ACCOUNT}",
    }
