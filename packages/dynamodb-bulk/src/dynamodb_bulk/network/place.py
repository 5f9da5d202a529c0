"""Where an instance can stand: the zones of a stack's own VPC, and that it cannot move to a different VPC."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws, is_denied
from dynamodb_bulk.spec.errors import InputError

if TYPE_CHECKING:
    from types_boto3_ec2.type_defs import FilterTypeDef


def two_zones(aws: Aws) -> tuple[str, str]:
    """Return the first two of the Region by name, whatever their state: others would replace the subnets."""
    answer = aws.ec2.describe_availability_zones(
        Filters=[{"Name": "zone-type", "Values": ["availability-zone"]}]
    )
    names = sorted(zone.get("ZoneName", "") for zone in answer["AvailabilityZones"])
    if len(names) < 2:
        raise InputError(
            "bulk:network", f"{aws.region} has one availability zone for this account", "use another Region"
        )
    return names[0], names[1]


def require_same_vpc(group: str, filters: Mapping[str, Sequence[str]], aws: Aws) -> None:
    """Raise InputError when the replication subnet group is in a VPC where `filters` find no subnets.

    AWS moves neither it nor its instance to a different VPC. Nothing is known where it does not exist yet.
    """
    try:
        groups = aws.dms.describe_replication_subnet_groups(
            Filters=[{"Name": "replication-subnet-group-id", "Values": [group]}]
        )["ReplicationSubnetGroups"]
    except aws.dms.exceptions.ResourceNotFoundFault:
        return
    except ClientError as error:
        if not is_denied(error):
            raise
        return
    for vpc in {found.get("VpcId", "") for found in groups}:
        wanted: list[FilterTypeDef] = [
            {"Name": name, "Values": list(values)} for name, values in {"vpc-id": [vpc], **filters}.items()
        ]
        if not aws.ec2.describe_subnets(Filters=wanted)["Subnets"]:
            raise InputError(
                "bulk:network",
                f"the replication instance is in {vpc}, and AWS moves none to a different VPC",
                "set bulk:window to closed, run `pulumi up`, set it to open, and run it again",
            )
