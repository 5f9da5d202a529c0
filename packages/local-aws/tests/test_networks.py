"""What EC2 refuses to delete, and to create twice."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.testing.stage import Stage


def refused(call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call(**request)
    return raised.value.response.get("Error", {}).get("Code", "")


def test_subnet_and_group_with_an_interface_and_vpc_with_any_of_them_are_not_deleted(stage: Stage) -> None:
    ec2 = stage.ec2
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/24")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/25")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    endpoint = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{stage.region}.s3")
    interface = ec2.create_network_interface(SubnetId=subnet, Groups=[group])["NetworkInterface"]
    assert refused(ec2.delete_subnet, SubnetId=subnet) == "DependencyViolation"
    assert refused(ec2.delete_security_group, GroupId=group) == "DependencyViolation"
    ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])
    ec2.delete_subnet(SubnetId=subnet)
    assert refused(ec2.delete_vpc, VpcId=vpc) == "DependencyViolation"
    ec2.delete_security_group(GroupId=group)
    assert refused(ec2.delete_vpc, VpcId=vpc) == "DependencyViolation"
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpoint"]["VpcEndpointId"]])
    ec2.delete_vpc(VpcId=vpc)
    assert refused(ec2.describe_vpcs, VpcIds=[vpc]) == "InvalidVpcID.NotFound"


def test_route_table_has_one_gateway_of_a_service(stage: Stage) -> None:
    vpc = stage.ec2.create_vpc(CidrBlock="10.9.0.0/24")["Vpc"]["VpcId"]
    table = stage.ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]

    def gateway(service: str) -> dict[str, Any]:
        return {
            "VpcId": vpc,
            "ServiceName": f"com.amazonaws.{stage.region}.{service}",
            "RouteTableIds": [table],
        }

    first = stage.ec2.create_vpc_endpoint(**gateway("s3"))["VpcEndpoint"]["VpcEndpointId"]
    assert refused(stage.ec2.create_vpc_endpoint, **gateway("s3")) == "RouteAlreadyExists"
    stage.ec2.create_vpc_endpoint(**gateway("dynamodb"))
    stage.ec2.delete_vpc_endpoints(VpcEndpointIds=[first])
    stage.ec2.create_vpc_endpoint(**gateway("s3"))
