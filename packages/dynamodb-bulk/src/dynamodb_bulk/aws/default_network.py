"""The account's default VPC, before a stack adds to it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.tags import Tags, tags_of
from dynamodb_bulk.spec.errors import InputError

if TYPE_CHECKING:
    from types_boto3_ec2.type_defs import FilterTypeDef


@dataclass(frozen=True, kw_only=True)
class DefaultNetwork:
    """The default VPC, one subnet per availability zone, and the route table that they use."""

    vpc: str
    subnets: tuple[str, ...]
    route_table: str


def default_network(aws: Aws) -> DefaultNetwork:
    """Look it up; raise InputError when the account has none that DMS can use."""
    remedy = "name your own with bulk:network {mode: existing, subnet_ids: […]}"
    vpcs = aws.ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    if not vpcs:
        raise InputError("bulk:network", f"the account has no default VPC in {aws.region}", remedy)
    vpc = vpcs[0].get("VpcId", "")
    here: FilterTypeDef = {"Name": "vpc-id", "Values": [vpc]}
    subnets = aws.ec2.describe_subnets(Filters=[here, {"Name": "default-for-az", "Values": ["true"]}])[
        "Subnets"
    ]
    if len(subnets) < 2:
        raise InputError(f"default VPC {vpc}", "DMS needs subnets in two availability zones", remedy)
    tables = aws.ec2.describe_route_tables(Filters=[here, {"Name": "association.main", "Values": ["true"]}])
    return DefaultNetwork(
        vpc=vpc,
        subnets=tuple(sorted(subnet.get("SubnetId", "") for subnet in subnets)),
        route_table=tables["RouteTables"][0].get("RouteTableId", ""),
    )


def gateway_tags(service_name: str, route_table: str, aws: Aws) -> Tags | None:
    """Return the tags of the gateway endpoint from the route table to the service; None without one.

    AWS refuses a second one for the same service.
    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
    """
    pages = aws.ec2.get_paginator("describe_vpc_endpoints").paginate(
        Filters=[
            {"Name": "service-name", "Values": [service_name]},
            {"Name": "vpc-endpoint-type", "Values": ["Gateway"]},
        ]
    )
    for page in pages:
        for endpoint in page.get("VpcEndpoints", []):
            leaving = endpoint.get("State", "").lower() in ("deleting", "deleted")
            if route_table in endpoint.get("RouteTableIds", []) and not leaving:
                return tags_of(endpoint.get("Tags", []))
    return None
