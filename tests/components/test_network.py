"""The way from the replication instance to S3 and DynamoDB."""

import boto3

from components.network import Network, NetworkArgs
from tests.components.factories import stack
from tests.recording import GATEWAY, Engine, declare


def open_gateways(tags: dict[str, str]) -> str:
    """Gateway endpoints in the account's default VPC; its main route table."""
    ec2 = boto3.client("ec2")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0].get("VpcId", "")
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    table = tables[0].get("RouteTableId", "")
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
    return table


def network(engine: Engine | None = None, *, args: NetworkArgs | None = None) -> tuple[Engine, list[str]]:
    subnets: list[str] = []

    def program() -> None:
        subnets.extend(Network("network", args or NetworkArgs(stack=stack(), mode="default")).subnet_ids)

    return declare(program, engine), subnets


def test_network_when_default_takes_the_default_vpcs_subnets() -> None:
    assert network()[1] == ["subnet-a", "subnet-b"]


def test_network_when_default_opens_free_gateways_to_s3_and_dynamodb() -> None:
    gateways = network()[0].of_type(GATEWAY)
    assert {gateway.inputs["serviceName"] for gateway in gateways} == {
        "com.amazonaws.eu-west-1.s3",
        "com.amazonaws.eu-west-1.dynamodb",
    }
    assert all(gateway.inputs["vpcEndpointType"] == "Gateway" for gateway in gateways)
    assert all(gateway.inputs["routeTableIds"] == ["rtb-1"] for gateway in gateways)


def test_network_when_the_vpc_has_gateways_already_uses_them() -> None:
    assert network(Engine(route_table=open_gateways({})))[0].of_type(GATEWAY) == []


def test_network_when_the_gateways_are_this_stacks_keeps_them() -> None:
    engine = Engine(route_table=open_gateways({"project": "shop", "stack": "test"}))
    assert len(network(engine)[0].of_type(GATEWAY)) == 2


def test_network_when_existing_declares_nothing() -> None:
    args = NetworkArgs(stack=stack(), mode="existing", subnet_ids=("subnet-1", "subnet-2"))
    engine, subnets = network(args=args)
    assert (engine.of_type(GATEWAY), subnets) == ([], ["subnet-1", "subnet-2"])
