"""The way from the replication instance to S3 and DynamoDB."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import boto3
import pytest

from components.network import Network, NetworkArgs
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.network.default import DefaultNetwork, default_network
from tests.recording import GATEWAY, REMOVAL, SECURITY_GROUP, SUBNET, VPC, Engine, declare, stack

SERVICES = {"com.amazonaws.eu-west-1.s3", "com.amazonaws.eu-west-1.dynamodb"}
OURS = {"project": "shop", "stack": "test"}


@cache
def ec2() -> Any:
    return boto3.client("ec2")


@cache
def found() -> DefaultNetwork:
    return default_network(Aws(region="eu-west-1"), ("shop", "test"))


@pytest.fixture(autouse=True)
def _account_of_its_own() -> None:
    """Each test has a new one."""
    found.cache_clear()


def main_table() -> str:
    filters = [{"Name": "vpc-id", "Values": [found().vpc]}, {"Name": "association.main", "Values": ["true"]}]
    return ec2().describe_route_tables(Filters=filters)["RouteTables"][0]["RouteTableId"]


def table_of(subnet: str) -> str:
    """Give a subnet a route table that is not the VPC's main one."""
    table = ec2().create_route_table(VpcId=found().vpc)["RouteTable"]["RouteTableId"]
    ec2().associate_route_table(RouteTableId=table, SubnetId=subnet)
    return table


def open_gateways(tags: dict[str, str], tables: Sequence[str] = ()) -> None:
    """Gateway endpoints of the account's default VPC."""
    given: Any = [{"Key": key, "Value": value} for key, value in tags.items()]
    for service in SERVICES:
        ec2().create_vpc_endpoint(
            VpcId=found().vpc,
            ServiceName=service,
            VpcEndpointType="Gateway",
            RouteTableIds=tables or [main_table()],
            TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": given}],
        )


def network(**args: Any) -> tuple[Engine, Network]:
    made: list[Network] = []
    given: dict[str, Any] = {"stack": stack(), "mode": "default"} | args

    def program() -> None:
        made.append(Network("network", NetworkArgs(**given)))

    return declare(program), made[0]


def tables(engine: Engine) -> list[list[str]]:
    return [gateway.inputs["routeTableIds"] for gateway in engine.of_type(GATEWAY)]


def test_network_when_default_takes_the_default_vpcs_subnets() -> None:
    assert network()[1].subnet_ids == found().subnets


def test_network_when_default_opens_free_gateways_to_s3_and_dynamodb() -> None:
    engine, _ = network()
    gateways = engine.of_type(GATEWAY)
    assert {gateway.inputs["serviceName"] for gateway in gateways} == SERVICES
    assert all(gateway.inputs["vpcEndpointType"] == "Gateway" for gateway in gateways)
    assert tables(engine) == [[main_table()]] * 2


def test_network_when_default_opens_gateways_from_the_route_tables_of_all_its_subnets() -> None:
    other = table_of(found().subnets[0])
    assert tables(network()[0]) == [sorted([main_table(), other])] * 2


def test_network_when_default_leaves_out_a_main_route_table_that_no_subnet_uses() -> None:
    others = sorted(table_of(subnet) for subnet in found().subnets)
    assert tables(network()[0]) == [others] * 2


def test_network_when_it_opens_gateways_leaves_their_deletion_to_who_knows_their_users() -> None:
    engine, _ = network()
    gateways = engine.of_type(GATEWAY)
    assert all(gateway.retained for gateway in gateways)
    (removal,) = engine.of_type(REMOVAL)
    assert removal.inputs["kind"] == "gateways"
    assert removal.inputs["also"] == {"vpc": found().vpc}
    assert {gateway.urn for gateway in gateways} <= removal.depends_on


def test_network_when_it_opens_gateways_says_once_that_others_share_the_vpc(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    network()
    line = f"to {main_table()} of the default VPC {found().vpc}, which others may share"
    assert caplog.text.count(line) == 1
    open_gateways(OURS)
    network()
    assert caplog.text.count("others may share") == 1


def test_network_when_the_vpc_has_gateways_already_uses_them() -> None:
    open_gateways({})
    engine, _ = network()
    assert engine.of_type(GATEWAY) == engine.of_type(REMOVAL) == []


def test_network_when_others_gateways_lead_from_some_route_tables_opens_them_from_the_rest() -> None:
    other = table_of(found().subnets[0])
    open_gateways({}, [other])
    assert tables(network()[0]) == [[main_table()]] * 2


def test_network_when_the_gateways_are_this_stacks_keeps_them() -> None:
    open_gateways(OURS)
    assert tables(network()[0]) == [[main_table()]] * 2


def test_network_when_its_gateway_leads_from_a_table_it_needs_no_longer_keeps_that_route() -> None:
    unused = ec2().create_route_table(VpcId=found().vpc)["RouteTable"]["RouteTableId"]
    open_gateways(OURS, [main_table(), unused])
    assert tables(network()[0]) == [sorted([main_table(), unused])] * 2


def test_network_when_default_and_no_default_vpc_exists_says_what_to_set() -> None:
    for subnet in ec2().describe_subnets()["Subnets"]:
        ec2().delete_subnet(SubnetId=subnet["SubnetId"])
    ec2().delete_vpc(VpcId=ec2().describe_vpcs()["Vpcs"][0]["VpcId"])
    with pytest.raises(Exception, match=r"no default VPC in eu-west-1; set bulk:network to \{mode: create}"):
        network()


def test_network_when_existing_declares_nothing() -> None:
    open_gateways({})
    engine, made = network(mode="existing", subnet_ids=found().subnets)
    assert (engine.of_type(GATEWAY), made.subnet_ids) == ([], found().subnets)


def test_network_when_existing_and_faulty_raises_an_error_for_each_fault() -> None:
    args = NetworkArgs(
        stack=stack(), mode="existing", subnet_ids=found().subnets, security_group_ids=("sg-none",)
    )
    with pytest.raises(ExceptionGroup) as raised:
        args.require_usable("shop-test-replication")
    assert len(raised.value.exceptions) == 3


def test_network_when_created_is_private_and_in_two_zones() -> None:
    engine, made = network(mode="create", cidr="10.20.0.0/24")
    assert engine.one(VPC).inputs["cidrBlock"] == "10.20.0.0/24"
    places = {
        (subnet.inputs["cidrBlock"], subnet.inputs["availabilityZone"]) for subnet in engine.of_type(SUBNET)
    }
    assert places == {("10.20.0.0/25", "eu-west-1a"), ("10.20.0.128/25", "eu-west-1b")}
    assert not any(subnet.inputs.get("mapPublicIpOnLaunch") for subnet in engine.of_type(SUBNET))
    assert (len(made.subnet_ids), len(made.security_group_ids)) == (2, 1)
    assert engine.of_type(REMOVAL) == []


def test_network_when_created_lets_nothing_but_https_out_and_nothing_in() -> None:
    group = network(mode="create")[0].one(SECURITY_GROUP).inputs
    assert group["egress"] == [
        {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["0.0.0.0/0"]}
    ]
    assert "ingress" not in group


def test_network_when_created_leads_to_s3_and_dynamodb_alone() -> None:
    engine, _ = network(mode="create")
    gateways = engine.of_type(GATEWAY)
    assert {gateway.inputs["serviceName"] for gateway in gateways} == SERVICES
    assert not any(gateway.retained for gateway in gateways)
    kinds = {declared.type for declared in engine.declared if declared.type.startswith("aws:")}
    assert kinds == {VPC, SUBNET, SECURITY_GROUP, GATEWAY}


def test_network_when_created_names_everything_by_its_tags() -> None:
    engine, _ = network(mode="create")
    names = [one.inputs["tags"]["bulk:name"] for one in engine.declared if one.type.startswith("aws:")]
    assert sorted(names) == [
        "shop-test-network",
        "shop-test-network",
        "shop-test-network-dynamodb",
        "shop-test-network-eu-west-1a",
        "shop-test-network-eu-west-1b",
        "shop-test-network-s3",
    ]


def test_network_when_created_is_ready_once_all_of_it_exists() -> None:
    engine, made = network(mode="create")
    names = {declared.name for declared in engine.declared if declared.type.startswith("aws:")}
    assert {resource._name for resource in made.ready} == names  # pyright: ignore[reportPrivateUsage]
