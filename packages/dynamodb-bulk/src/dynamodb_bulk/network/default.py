"""The account's default VPC, and the gateway endpoints that a stack adds to it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.network.routes import SERVICES, Gateway, Routes, routes_of
from dynamodb_bulk.spec.errors import InputError

if TYPE_CHECKING:
    from types_boto3_ec2.type_defs import FilterTypeDef

_REMEDY = (
    "set bulk:network to {mode: create} for a VPC of the stack's own, or to "
    "{mode: existing, subnet_ids: […]} for yours"
)


@dataclass(frozen=True, kw_only=True)
class WantedGateway:
    """An endpoint that the stack has, or is to have: to a service, from route tables; `new` are not yet."""

    service: str
    route_tables: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class DefaultNetwork:
    """The default VPC, one subnet per availability zone, and what the stack adds to their route tables."""

    vpc: str
    subnets: tuple[str, ...]
    gateways: tuple[WantedGateway, ...]


def default_network(aws: Aws, owner: tuple[str, str]) -> DefaultNetwork:
    """Look it up for the project and stack; raise InputError when the account has none that DMS can use."""
    vpcs = aws.ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    if not vpcs:
        raise InputError("bulk:network", f"the account has no default VPC in {aws.region}", _REMEDY)
    vpc = vpcs[0].get("VpcId", "")
    here: FilterTypeDef = {"Name": "vpc-id", "Values": [vpc]}
    by_zone: FilterTypeDef = {"Name": "default-for-az", "Values": ["true"]}
    subnets = sorted(
        found.get("SubnetId", "")
        for page in aws.ec2.get_paginator("describe_subnets").paginate(Filters=[here, by_zone])
        for found in page.get("Subnets", [])
    )
    if len(subnets) < 2:
        raise InputError(
            f"bulk:network: default VPC {vpc}", "DMS needs subnets in two availability zones", _REMEDY
        )
    routes = routes_of(vpc, aws)
    used = {table.id for subnet in subnets if (table := routes.of(subnet))}
    gateways = (_wanted(service, used, routes, owner) for service in SERVICES)
    return DefaultNetwork(
        vpc=vpc,
        subnets=tuple(subnets),
        gateways=tuple(gateway for gateway in gateways if gateway.route_tables),
    )


def _wanted(service: str, used: Collection[str], routes: Routes, owner: tuple[str, str]) -> WantedGateway:
    """One for the route tables that nobody else's endpoint leads from: AWS refuses a second one of a service.

    Those that the stack's endpoint leads from already stay, whoever uses them now.
    https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
    """
    there = [gateway for gateway in routes.gateways if gateway.service == service]
    ours = _tables([one for one in there if (one.tags.get("project"), one.tags.get("stack")) == owner])
    new = set(used) - _tables(there)
    return WantedGateway(service=service, route_tables=tuple(sorted(ours | new)), new=tuple(sorted(new)))


def _tables(gateways: Sequence[Gateway]) -> frozenset[str]:
    return frozenset[str]().union(*(gateway.route_tables for gateway in gateways))
