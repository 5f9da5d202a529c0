"""EC2 networks: a VPC, its subnets and security groups, of their arguments those that programs here use."""

from typing import Any

from offline_pulumi.provider.model import Call, Change, Members, Props, ResourceType, Wait, argument, at
from offline_pulumi.provider.translate import same_set
from offline_pulumi.provider.types.ec2_tags import arn, described, ec2_tagging

HELD = {"DependencyViolation": ""}


def _vpc_details(client: Any, members: Members, _props: Props) -> Members:
    of_vpc = {"Filters": [{"Name": "vpc-id", "Values": [members["VpcId"]]}]}
    tables = client.describe_route_tables(**of_vpc)["RouteTables"]
    groups = client.describe_security_groups(**of_vpc)["SecurityGroups"]
    main = (each for each in tables if any(link.get("Main") for link in each.get("Associations", [])))
    default = (each["GroupId"] for each in groups if each["GroupName"] == "default")
    return {
        "MainRouteTableId": next((each["RouteTableId"] for each in main), ""),
        "DefaultSecurityGroupId": next(default, ""),
    }


VPC = ResourceType(
    type="aws:ec2/vpc:Vpc",
    title="EC2 VPC ({id})",
    service="ec2",
    arguments=(argument("cidrBlock", replaces=True, computed=True),),
    id=lambda members: members["VpcId"],
    parse_id=lambda found: {"VpcId": found},
    outputs={
        "arn": arn("vpc", "VpcId"),
        "ownerId": "OwnerId",
        "mainRouteTableId": "MainRouteTableId",
        "defaultRouteTableId": "MainRouteTableId",
        "defaultSecurityGroupId": "DefaultSecurityGroupId",
    },
    create=Call(operation="create_vpc", answer="Vpc"),
    read=(described("describe_vpcs", "Vpcs", "VpcIds"), _vpc_details),
    delete=Call(operation="delete_vpc"),
    tagging=ec2_tagging("VpcId", "vpc"),
    wait=Wait(path="State", ready=frozenset({"available"})),
    gone=frozenset({"InvalidVpcID.NotFound"}),
    retry=HELD,
)

SUBNET = ResourceType(
    type="aws:ec2/subnet:Subnet",
    title="EC2 Subnet ({id})",
    service="ec2",
    arguments=(
        argument("vpcId", required=True, replaces=True),
        argument("cidrBlock", replaces=True),
        argument("availabilityZone", replaces=True, computed=True),
    ),
    id=lambda members: members["SubnetId"],
    parse_id=lambda found: {"SubnetId": found},
    outputs={"arn": "SubnetArn", "ownerId": "OwnerId", "mapPublicIpOnLaunch": "MapPublicIpOnLaunch"},
    create=Call(operation="create_subnet", answer="Subnet"),
    read=(described("describe_subnets", "Subnets", "SubnetIds"),),
    delete=Call(operation="delete_subnet"),
    tagging=ec2_tagging("SubnetId", "subnet"),
    wait=Wait(path="State", ready=frozenset({"available"})),
    gone=frozenset({"InvalidSubnetID.NotFound"}),
    retry=HELD,
)

_RULE = (
    argument("protocol", "IpProtocol", required=True),
    argument("fromPort", kind="number", required=True),
    argument("toPort", kind="number", required=True),
    argument("cidrBlocks", "CidrBlocks", kind="list", same=same_set),
)


def _permission(rule: Members) -> Members:
    """A rule as EC2 takes it."""
    ranges = [{"CidrIp": block} for block in at("CidrBlocks", rule, [])]
    return {name: rule[name] for name in ("IpProtocol", "FromPort", "ToPort")} | {"IpRanges": ranges}


def _rule(permission: Members) -> Members:
    """A rule as EC2 reports it, in the form of the arguments."""
    blocks = [each["CidrIp"] for each in at("IpRanges", permission, [])]
    ports = {name: permission.get(name) or 0 for name in ("FromPort", "ToPort")}
    return {"IpProtocol": permission["IpProtocol"], **ports, "CidrBlocks": blocks}


def _create_group(client: Any, members: Members, _props: Props) -> Members:
    """AWS's own rule, out to everywhere, goes, as with the real provider."""
    group = client.create_security_group(**{name: members[name] for name in members if name != "Egress"})
    made = {"GroupId": group["GroupId"]}
    current = client.describe_security_groups(GroupIds=[made["GroupId"]])["SecurityGroups"][0]
    if old := current["IpPermissionsEgress"]:
        client.revoke_security_group_egress(**made, IpPermissions=old)
    if wanted := [_permission(rule) for rule in at("Egress", members, [])]:
        client.authorize_security_group_egress(**made, IpPermissions=wanted)
    return made


def _change_egress(client: Any, members: Members, _props: Props) -> None:
    made = {"GroupId": members["GroupId"]}
    before = [_permission(rule) for rule in at("_before.Egress", members, [])]
    after = [_permission(rule) for rule in at("Egress", members, [])]
    if gone := [rule for rule in before if rule not in after]:
        client.revoke_security_group_egress(**made, IpPermissions=gone)
    if new := [rule for rule in after if rule not in before]:
        client.authorize_security_group_egress(**made, IpPermissions=new)


SECURITY_GROUP = ResourceType(
    type="aws:ec2/securityGroup:SecurityGroup",
    title="Security Group ({id})",
    service="ec2",
    arguments=(
        argument("name", "GroupName", replaces=True, computed=True),
        argument("description", replaces=True, default="Managed by Pulumi"),
        argument("vpcId", replaces=True, computed=True),
        argument("egress", kind="objects", fields=_RULE, unordered=True, computed=True),
    ),
    id=lambda members: members["GroupId"],
    parse_id=lambda found: {"GroupId": found},
    outputs={"arn": arn("security-group", "GroupId"), "ownerId": "OwnerId"},
    create=_create_group,
    read=(described("describe_security_groups", "SecurityGroups", "GroupIds"),),
    observe=lambda members: (
        members | {"Egress": [_rule(each) for each in at("IpPermissionsEgress", members, [])]}
    ),
    shape=lambda members, _: {"Description": "Managed by Pulumi"} | members,
    changes=(Change(arguments=frozenset({"egress"}), call=_change_egress),),
    delete=Call(
        operation="delete_security_group", build=lambda members: {"GroupId": members["GroupId"]}, only=True
    ),
    tagging=ec2_tagging("GroupId", "security-group"),
    autoname="name",
    name_limit=255,
    gone=frozenset({"InvalidGroup.NotFound", "InvalidGroupId.NotFound"}),
    retry=HELD,
)

TYPES = (VPC, SUBNET, SECURITY_GROUP)
