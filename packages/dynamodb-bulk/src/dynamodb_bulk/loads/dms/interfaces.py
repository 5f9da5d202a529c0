"""The network interfaces that DMS makes in a network, which only their addresses tell apart.

Source: https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2484
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dynamodb_bulk.aws import Aws

if TYPE_CHECKING:
    from types_boto3_ec2.type_defs import FilterTypeDef

_DESCRIPTION = "DMSNetworkInterface"


@dataclass(frozen=True, kw_only=True)
class Interface:
    """One of them; what is `free` nothing holds."""

    id: str
    subnet: str
    address: str
    status: str

    @property
    def free(self) -> bool:
        """Whether nothing holds it, so that it can be deleted."""
        return self.status == "available"


def dms_interfaces(aws: Aws, subnets: Sequence[str] = ()) -> Iterator[Interface]:
    """Yield those in these subnets, or in all."""
    filters: list[FilterTypeDef] = [{"Name": "description", "Values": [_DESCRIPTION]}]
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
