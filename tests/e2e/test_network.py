"""Given subnets as the network of a stack, before and after DMS can use them."""

from pathlib import Path
from typing import Any

from tests.e2e.account import ROLES, inventory
from tests.e2e.stack import Stack

LOAD = {"dataset": "people/dataset.yaml", "method": "dms"}


def use(stack: Stack, **network: Any) -> None:
    stack.settle(LOAD, network=network)


def test_up_reports_every_fault_of_given_subnets_and_loads_when_they_are_fixed(
    stack: Stack, people: Path
) -> None:
    ec2 = stack.clone.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.78.0.0/24")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.78.0.0/25")["Subnet"]["SubnetId"]
    use(stack, mode="existing", subnet_ids=[subnet, "subnet-none"], security_group_ids=["sg-none"])
    before = inventory(stack.clone)
    stack.up().refused(
        "subnet-none: no such subnet", "sg-none: no such", "no route to S3", "no route to DynamoDB"
    )
    assert inventory(stack.clone) == before

    zones = [each["ZoneName"] for each in ec2.describe_availability_zones()["AvailabilityZones"]]
    taken = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["AvailabilityZone"]
    zone = next(each for each in zones if each != taken)
    other = ec2.create_subnet(VpcId=vpc, CidrBlock="10.78.0.128/25", AvailabilityZone=zone)["Subnet"][
        "SubnetId"
    ]
    in_vpc = {"Filters": [{"Name": "vpc-id", "Values": [vpc]}]}
    table = ec2.describe_route_tables(**in_vpc)["RouteTables"][0]["RouteTableId"]
    group = ec2.describe_security_groups(**in_vpc)["SecurityGroups"][0]["GroupId"]
    gateways = [
        ec2.create_vpc_endpoint(
            VpcId=vpc, ServiceName=f"com.amazonaws.eu-west-1.{service}", RouteTableIds=[table]
        )["VpcEndpoint"]["VpcEndpointId"]
        for service in ("s3", "dynamodb")
    ]
    use(stack, mode="existing", subnet_ids=[subnet, other], security_group_ids=[group])
    given = inventory(stack.clone)
    up = stack.up()
    assert up.code == 0, up.output
    assert {item["id"]["S"] for item in stack.items("people")} == {"p1", "p2", "p3"}
    made = {each.partition(" ")[0] for each in inventory(stack.clone) - given}
    assert not {kind for kind in made if kind in ("VPC", "subnet", "security")}
    assert stack.destroy().code == 0
    assert inventory(stack.clone) - given <= ROLES
    assert given - inventory(stack.clone) == set(), "what was given stays"
    ec2.delete_vpc_endpoints(VpcEndpointIds=gateways)
    for each in (subnet, other):
        ec2.delete_subnet(SubnetId=each)
    ec2.delete_vpc(VpcId=vpc)
