"""What is reported of subnets and security groups that DMS could not use."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.network.check import Checked, check_subnets, check_vpc

ACCOUNT, REGION = "123456789012", "eu-west-1"
HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
S3, DYNAMODB = "com.amazonaws.eu-west-1.s3", "com.amazonaws.eu-west-1.dynamodb"


class Place:
    """A VPC with a subnet in each of two zones and gateway endpoints of its main route table."""

    def __init__(self) -> None:
        self.aws = Aws(region=REGION)
        self.ec2: Any = self.aws.ec2
        self.vpc = self.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [self.subnet(0, "a"), self.subnet(1, "b")]
        here = [{"Name": "vpc-id", "Values": [self.vpc]}]
        self.table = self.ec2.describe_route_tables(Filters=here)["RouteTables"][0]["RouteTableId"]
        self.default_group = self.ec2.describe_security_groups(
            Filters=[*here, {"Name": "group-name", "Values": ["default"]}]
        )["SecurityGroups"][0]["GroupId"]
        self.gateways = [self.endpoint(service, self.table) for service in (S3, DYNAMODB)]

    def subnet(self, number: int, zone: str, vpc: str = "") -> str:
        return self.ec2.create_subnet(
            VpcId=vpc or self.vpc, CidrBlock=f"10.9.{number}.0/24", AvailabilityZone=f"{REGION}{zone}"
        )["Subnet"]["SubnetId"]

    def endpoint(self, service: str, *tables: str, **more: Any) -> str:
        given: dict[str, Any] = {"VpcEndpointType": "Gateway", "RouteTableIds": list(tables), **more}
        made = self.ec2.create_vpc_endpoint(VpcId=self.vpc, ServiceName=service, **given)
        return made["VpcEndpoint"]["VpcEndpointId"]

    def table_of(self, subnet: str, **route: str) -> str:
        """A route table of its own for a subnet, with a default route."""
        table = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        if route:
            self.ec2.create_route(RouteTableId=table, **{"DestinationCidrBlock": "0.0.0.0/0", **route})
        return table

    def nat(self) -> str:
        made = self.ec2.create_nat_gateway(SubnetId=self.subnets[0], ConnectivityType="private")
        return made["NatGateway"]["NatGatewayId"]

    def internet(self) -> str:
        made = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(VpcId=self.vpc, InternetGatewayId=made)
        return made

    def group(self, *egress: dict[str, Any], vpc: str = "") -> str:
        made = self.ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc or self.vpc)[
            "GroupId"
        ]
        self.close(made)
        if egress:
            self.ec2.authorize_security_group_egress(GroupId=made, IpPermissions=list(egress))
        return made

    def close(self, group: str) -> None:
        """Take away the rule that AWS gives every group: out to everywhere."""
        rules = self.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0][
            "IpPermissionsEgress"
        ]
        self.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=rules)

    def check(self, *subnets: str, groups: tuple[str, ...] = ()) -> Checked:
        return check_subnets(subnets or self.subnets, groups, ACCOUNT, self.aws)

    def faults(self, *subnets: str, groups: tuple[str, ...] = ()) -> list[tuple[str, str]]:
        """Where, and what."""
        checked = self.check(*subnets, groups=groups)
        assert checked.unchecked == ""
        assert all(fault.remedy for fault in checked.faults)
        return [(fault.where.removeprefix("bulk:network: "), fault.what) for fault in checked.faults]


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield Place()


def test_check_finds_nothing_when_gateways_lead_from_the_main_route_table(place: Place) -> None:
    assert place.check() == Checked(faults=(), unchecked="")


def test_check_reports_each_subnet_that_does_not_exist(place: Place) -> None:
    found = place.faults(*place.subnets, "subnet-1", "subnet-2")
    assert [where for where, _ in found] == ["subnet-1", "subnet-2"]


def test_check_reports_subnets_in_two_vpcs(place: Place) -> None:
    other = place.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    away = place.subnet(5, "b", other)
    ((where, what),) = place.faults(place.subnets[0], away)
    assert where == "bulk:network"
    assert f"{away} in {other}" in what


def test_check_reports_subnets_in_one_zone(place: Place) -> None:
    ((_, what),) = place.faults(place.subnets[0], place.subnet(2, "a"))
    assert what == "all subnets are in the availability zone eu-west-1a"


def test_check_reports_a_vpc_without_dns(place: Place) -> None:
    place.ec2.modify_vpc_attribute(VpcId=place.vpc, EnableDnsSupport={"Value": False})
    ((where, what),) = place.faults()
    assert where == place.vpc
    assert "enableDnsSupport" in what


def test_check_reports_each_service_that_a_subnets_own_route_table_does_not_lead_to(place: Place) -> None:
    table = place.table_of(place.subnets[1])
    place.ec2.modify_vpc_endpoint(VpcEndpointId=place.gateways[0], AddRouteTableIds=[table])
    assert place.faults() == [
        (f"route table {table} of {place.subnets[1]}", "no route to DynamoDB"),
    ]


def test_check_reports_a_main_route_table_once_for_all_its_subnets(place: Place) -> None:
    place.ec2.delete_vpc_endpoints(VpcEndpointIds=place.gateways[:1])
    ((where, what),) = place.faults()
    assert where == f"route table {place.table} of {', '.join(place.subnets)}"
    assert what == "no route to S3"


def test_check_is_content_with_a_default_route_through_a_nat_gateway(place: Place) -> None:
    place.table_of(place.subnets[1], NatGatewayId=place.nat())
    assert place.faults() == []


def test_check_is_content_with_two_routes_that_make_a_default_route(place: Place) -> None:
    nat = place.nat()
    table = place.table_of(place.subnets[1], NatGatewayId=nat, DestinationCidrBlock="0.0.0.0/1")
    assert len(place.faults()) == 2, "half of the internet"
    place.ec2.create_route(RouteTableId=table, DestinationCidrBlock="128.0.0.0/1", NatGatewayId=nat)
    assert place.faults() == []


def test_check_reports_that_an_internet_gateway_alone_does_not_do(place: Place) -> None:
    table = place.table_of(place.subnets[1], GatewayId=place.internet())
    found = place.faults()
    assert [where for where, _ in found] == [f"route table {table} of {place.subnets[1]}"] * 2
    assert all("its default route is for public addresses" in what for _, what in found)


def test_check_is_content_with_an_interface_endpoint_with_private_dns_alone(place: Place) -> None:
    place.ec2.delete_vpc_endpoints(VpcEndpointIds=place.gateways[1:])
    interface = {"VpcEndpointType": "Interface", "SubnetIds": place.subnets}
    place.endpoint(DYNAMODB, **interface, PrivateDnsEnabled=False)
    assert [what for _, what in place.faults()] == ["no route to DynamoDB"]
    place.endpoint(DYNAMODB, **interface, PrivateDnsEnabled=True)
    assert place.faults() == []


def test_check_reports_security_groups_that_do_not_exist_or_are_elsewhere(place: Place) -> None:
    other = place.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    away = place.group(HTTPS, vpc=other)
    found = place.faults(groups=("sg-1", away))
    assert [where for where, _ in found] == ["sg-1", away]
    assert f"is in {other}" in found[1][1]


@pytest.mark.parametrize(
    ("rule", "lets_out"),
    [
        (HTTPS, True),
        ({**HTTPS, "FromPort": 0, "ToPort": 1024}, True),
        ({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, True),
        ({**HTTPS, "FromPort": 80, "ToPort": 80}, False),
        ({**HTTPS, "IpProtocol": "udp"}, False),
    ],
)
def test_check_reports_groups_of_which_none_lets_https_out(
    place: Place, rule: dict[str, Any], lets_out: bool
) -> None:
    group = place.group(rule)
    found = place.faults(groups=(group,))
    assert found == ([] if lets_out else [(f"security group {group}", found[0][1])])


def test_check_is_content_when_one_of_two_groups_lets_https_out(place: Place) -> None:
    closed = place.default_group
    place.close(closed)
    assert place.faults(groups=(closed, place.group(HTTPS))) == []


def test_check_reports_a_closed_default_group_when_none_is_named(place: Place) -> None:
    place.close(place.default_group)
    ((where, _),) = place.faults()
    assert where == f"the default security group of {place.vpc} {place.default_group}"
    (fault,) = check_vpc(place.vpc, (), place.aws).faults
    assert fault.where == f"bulk:network: {where}"


def test_check_says_that_routes_are_not_visible_when_an_account_shares_the_subnets(place: Place) -> None:
    place.ec2.delete_vpc_endpoints(VpcEndpointIds=place.gateways)
    checked = check_subnets(place.subnets, (), "210987654321", place.aws)
    assert checked.faults == ()
    assert f"account {ACCOUNT} shares the subnets" in checked.unchecked


def test_check_says_what_it_may_not_look_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    aws = Aws(region=REGION)
    with Stubber(boto3.client("ec2", region_name=REGION)) as stub:
        monkeypatch.setitem(vars(aws), "ec2", stub.client)
        stub.add_client_error("describe_subnets", "UnauthorizedOperation", "You are not authorized")
        checked = check_subnets(["subnet-1", "subnet-2"], (), ACCOUNT, aws)
    assert checked.faults == ()
    assert checked.unchecked.startswith("AWS refused DescribeSubnets")
