"""What moto does not answer about routes and endpoints, and AWS does."""

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.network.routes import Routes, routes_of

S3_ONLY_INBOUND = {
    "ServiceName": "com.amazonaws.eu-west-1.s3",
    "VpcEndpointType": "Interface",
    "State": "Available",
    "PrivateDnsEnabled": True,
    "DnsOptions": {"PrivateDnsOnlyForInboundResolverEndpoint": True},
}
MAIN = {"Main": True, "AssociationState": {"State": "associated"}}


def routes(
    monkeypatch: pytest.MonkeyPatch, *route: dict[str, Any], endpoint: dict[str, Any] = S3_ONLY_INBOUND
) -> Routes:
    """As EC2 would answer of a VPC with one route table."""
    aws = Aws(region="eu-west-1")
    with Stubber(boto3.client("ec2", region_name="eu-west-1")) as stub:
        monkeypatch.setitem(vars(aws), "ec2", stub.client)
        stub.add_response("describe_vpc_endpoints", {"VpcEndpoints": [endpoint]})
        table = {"RouteTableId": "rtb-1", "Associations": [MAIN], "Routes": list(route)}
        stub.add_response("describe_route_tables", {"RouteTables": [table]})
        return routes_of("vpc-1", aws)


def test_interface_endpoint_does_not_lead_there_when_it_resolves_for_other_networks_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert routes(monkeypatch).private == frozenset()
    for_all = {**S3_ONLY_INBOUND, "DnsOptions": {"PrivateDnsOnlyForInboundResolverEndpoint": False}}
    assert routes(monkeypatch, endpoint=for_all).private == {"s3"}


@pytest.mark.parametrize(
    ("target", "nat"),
    [
        ({"NatGatewayId": "nat-1", "State": "active"}, True),
        ({"NatGatewayId": "nat-1", "State": "blackhole"}, False),
        ({"TransitGatewayId": "tgw-1"}, True),
        ({"GatewayId": "vgw-1"}, True),
        ({"NetworkInterfaceId": "eni-1"}, True),
        ({"GatewayId": "igw-1"}, False),
        ({"VpcPeeringConnectionId": "pcx-1"}, False),
    ],
)
def test_default_route_leads_to_the_internet_when_its_target_serves_private_addresses(
    monkeypatch: pytest.MonkeyPatch, target: dict[str, Any], nat: bool
) -> None:
    table = routes(monkeypatch, {"DestinationCidrBlock": "0.0.0.0/0", **target}).of("subnet-1")
    assert table is not None
    assert table.nat is nat


def test_routes_of_a_subnet_are_none_when_its_table_is_not_visible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MAIN, "AssociationState", {"State": "disassociated"})
    assert routes(monkeypatch).of("subnet-1") is None
