"""The way from the replication instance to S3 and DynamoDB."""

import boto3

from components.network import Network, NetworkArgs
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.default_network import default_network
from tests.components.factories import stack
from tests.recording import GATEWAY, REMOVAL, Engine, declare


def open_gateways(tags: dict[str, str]) -> None:
    """Gateway endpoints of the account's default VPC."""
    ec2 = boto3.client("ec2")
    found = default_network(Aws(region="eu-west-1"))
    vpc, table = found.vpc, found.route_table
    for service in ("s3", "dynamodb"):
        ec2.create_vpc_endpoint(
            VpcId=vpc,
            ServiceName=f"com.amazonaws.eu-west-1.{service}",
            VpcEndpointType="Gateway",
            RouteTableIds=[table],
            TagSpecifications=[
                {
                    "ResourceType": "vpc-endpoint",
                    "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
                }
            ],
        )


def network(engine: Engine | None = None, *, args: NetworkArgs | None = None) -> tuple[Engine, list[str]]:
    subnets: list[str] = []

    def program() -> None:
        subnets.extend(Network("network", args or NetworkArgs(stack=stack(), mode="default")).subnet_ids)

    return declare(program, engine), subnets


def test_network_when_default_takes_the_default_vpcs_subnets() -> None:
    assert network()[1] == list(default_network(Aws(region="eu-west-1")).subnets)


def test_network_when_default_opens_free_gateways_to_s3_and_dynamodb() -> None:
    gateways = network()[0].of_type(GATEWAY)
    assert {gateway.inputs["serviceName"] for gateway in gateways} == {
        "com.amazonaws.eu-west-1.s3",
        "com.amazonaws.eu-west-1.dynamodb",
    }
    assert all(gateway.inputs["vpcEndpointType"] == "Gateway" for gateway in gateways)
    table = default_network(Aws(region="eu-west-1")).route_table
    assert all(gateway.inputs["routeTableIds"] == [table] for gateway in gateways)


def test_network_when_it_opens_gateways_leaves_their_deletion_to_who_knows_their_users() -> None:
    engine, _ = network()
    gateways = engine.of_type(GATEWAY)
    assert all(gateway.retained for gateway in gateways)
    (removal,) = engine.of_type(REMOVAL)
    assert removal.inputs["kind"] == "gateways"
    assert removal.inputs["also"] == {"vpc": default_network(Aws(region="eu-west-1")).vpc}
    assert {gateway.urn for gateway in gateways} <= removal.depends_on


def test_network_when_the_vpc_has_gateways_already_uses_them() -> None:
    open_gateways({})
    engine, _ = network()
    assert engine.of_type(GATEWAY) == engine.of_type(REMOVAL) == []


def test_network_when_the_gateways_are_this_stacks_keeps_them() -> None:
    open_gateways({"project": "shop", "stack": "test"})
    assert len(network()[0].of_type(GATEWAY)) == 2


def test_network_when_existing_declares_nothing() -> None:
    args = NetworkArgs(stack=stack(), mode="existing", subnet_ids=("subnet-1", "subnet-2"))
    engine, subnets = network(args=args)
    assert (engine.of_type(GATEWAY), subnets) == ([], ["subnet-1", "subnet-2"])
