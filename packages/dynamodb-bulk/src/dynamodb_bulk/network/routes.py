"""The route tables and VPC endpoints of a VPC: whether its subnets reach S3 and DynamoDB.

An instance without a public address reaches them through an endpoint or a NAT device alone.
https://docs.aws.amazon.com/dms/latest/userguide/CHAP_VPC_Endpoints.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, collapse_addresses
from typing import TYPE_CHECKING

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.tags import Tags, tags_of

if TYPE_CHECKING:
    from types_boto3_ec2.type_defs import FilterTypeDef, RouteTableTypeDef, RouteTypeDef

SERVICES: Mapping[str, str] = {"s3": "S3", "dynamodb": "DynamoDB"}
"""What an instance must reach: as endpoints name it, and as people do."""

_MAIN = ""
_INTERNET = IPv4Network("0.0.0.0/0")
# An internet gateway serves public addresses alone, and a peer does not forward to its own gateways.
# https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-limitations
_PUBLIC_GATEWAYS = ("igw-", "eigw-", "cagw-", "local")


@dataclass(frozen=True, kw_only=True)
class RouteTable:
    """One of a VPC. `nat`: it leads to the internet from private addresses; `public`: from public ones."""

    id: str
    nat: bool
    public: bool


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """A gateway endpoint, which leads to its service from the route tables it names."""

    service: str
    route_tables: frozenset[str]
    tags: Tags


@dataclass(frozen=True, kw_only=True)
class Routes:
    """Those of a VPC. `tables`: by subnet; `private`: the services that an interface endpoint serves."""

    tables: Mapping[str, RouteTable]
    gateways: Sequence[Gateway]
    private: frozenset[str]

    def of(self, subnet: str) -> RouteTable | None:
        """Return the route table that the subnet names, or else the VPC's main one; None if not visible."""
        return self.tables.get(subnet) or self.tables.get(_MAIN)

    def lead(self, table: RouteTable, service: str) -> bool:
        """Return whether the route table leads to the service."""
        through_gateway = any(
            gateway.service == service and table.id in gateway.route_tables for gateway in self.gateways
        )
        return table.nat or service in self.private or through_gateway


def routes_of(vpc: str, aws: Aws) -> Routes:
    """Look them up."""
    here: FilterTypeDef = {"Name": "vpc-id", "Values": [vpc]}
    services = {f"com.amazonaws.{aws.region}.{service}": service for service in SERVICES}
    gateways: list[Gateway] = []
    private: set[str] = set()
    for page in aws.ec2.get_paginator("describe_vpc_endpoints").paginate(Filters=[here]):
        for found in page.get("VpcEndpoints", []):
            service = services.get(found.get("ServiceName", ""))
            if service is None or found.get("State", "").lower() not in ("available", "pending"):
                continue
            if found.get("VpcEndpointType") == "Gateway":
                tables, tags = found.get("RouteTableIds", []), tags_of(found.get("Tags", []))
                gateways.append(Gateway(service=service, route_tables=frozenset(tables), tags=tags))
            # Else the VPC itself goes on resolving the public addresses.
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html
            elif found.get("PrivateDnsEnabled") and not found.get("DnsOptions", {}).get(
                "PrivateDnsOnlyForInboundResolverEndpoint"
            ):
                private.add(service)
    return Routes(
        tables={
            subnet: _route_table(table)
            for page in aws.ec2.get_paginator("describe_route_tables").paginate(Filters=[here])
            for table in page.get("RouteTables", [])
            for subnet in _subnets(table)
        },
        gateways=gateways,
        private=frozenset(private),
    )


def _subnets(table: "RouteTableTypeDef") -> Iterator[str]:
    for link in table.get("Associations", []):
        if link.get("AssociationState", {}).get("State", "associated") in ("associated", "associating"):
            if link.get("Main"):
                yield _MAIN
            elif "SubnetId" in link:
                yield link["SubnetId"]


def _route_table(table: "RouteTableTypeDef") -> RouteTable:
    active = [route for route in table.get("Routes", []) if route.get("State") != "blackhole"]
    return RouteTable(
        id=table.get("RouteTableId", ""),
        nat=_reach_internet([route for route in active if _is_for_private_addresses(route)]),
        public=_reach_internet(active),
    )


def _is_for_private_addresses(route: "RouteTypeDef") -> bool:
    return "VpcPeeringConnectionId" not in route and not route.get("GatewayId", "").startswith(
        _PUBLIC_GATEWAYS
    )


def _reach_internet(routes: "Sequence[RouteTypeDef]") -> bool:
    """One default route, or several that make one."""
    to = [IPv4Network(given) for route in routes if (given := route.get("DestinationCidrBlock"))]
    return _INTERNET in collapse_addresses(to)
