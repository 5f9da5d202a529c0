"""The availability zones of a stack's own VPC, and whether an instance can move into a VPC."""

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.spec.errors import InputError


def two_zones(aws: Aws) -> tuple[str, str]:
    """Return the first two of the Region by name, whatever their state: others would replace the subnets."""
    answer = aws.ec2.describe_availability_zones(
        Filters=[{"Name": "zone-type", "Values": ["availability-zone"]}]
    )
    names = sorted(zone.get("ZoneName", "") for zone in answer["AvailabilityZones"])
    if len(names) < 2:
        raise InputError("bulk:network", f"{aws.region} has no two availability zones for this account")
    return names[0], names[1]
