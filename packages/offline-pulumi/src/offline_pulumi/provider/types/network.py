"""EC2 networks: VPC, subnet, route table and its association."""

from typing import Any

from offline_pulumi.provider.model import Call, Change, Members, Props, ResourceType, Wait, argument, at
from offline_pulumi.provider.types.ec2_tags import arn, described, ec2_tagging

IGNORED_GATEWAYS = ("local",)


def _made(operation: str, answer: str) -> Call:
    return Call(operation=operation, answer=answer)


def _set_vpc_attributes(client: Any, members: Members, props: Props) -> None:
    for name, default in (("enableDnsSupport", True), ("enableDnsHostnames", False)):
        value = {"Value": props.get(name, default)}
        client.modify_vpc_attribute(VpcId=members["VpcId"], **{name[0].upper() + name[1:]: value})


def _vpc_details(client: Any, members: Members, _props: Props) -> Members:
    of_vpc = {"Filters": [{"Name": "vpc-id", "Values": [members["VpcId"]]}]}

    def attribute(name: str) -> bool:
        answer = client.describe_vpc_attribute(VpcId=members["VpcId"], Attribute=name)
        return answer[name[0].upper() + name[1:]]["Value"]

    tables = client.describe_route_tables(**of_vpc)["RouteTables"]
    groups = client.describe_security_groups(**of_vpc)["SecurityGroups"]
    acls = client.describe_network_acls(**of_vpc)["NetworkAcls"]
    main = (each for each in tables if any(link.get("Main") for link in each.get("Associations", [])))
    return {
        "EnableDnsSupport": attribute("enableDnsSupport"),
        "EnableDnsHostnames": attribute("enableDnsHostnames"),
        "MainRouteTableId": next((each["RouteTableId"] for each in main), ""),
        "DefaultSecurityGroupId": next(
            (each["GroupId"] for each in groups if each["GroupName"] == "default"), ""
        ),
        "DefaultNetworkAclId": next((each["NetworkAclId"] for each in acls if each.get("IsDefault")), ""),
    }


VPC = ResourceType(
    type="aws:ec2/vpc:Vpc",
    title="EC2 VPC ({id})",
    service="ec2",
    arguments=(
        argument("cidrBlock", replaces=True, computed=True),
        argument("instanceTenancy", default="default", replaces=True),
        argument("enableDnsSupport", kind="boolean", default=True),
        argument("enableDnsHostnames", kind="boolean", default=False),
    ),
    id=lambda members: members["VpcId"],
    parse_id=lambda found: {"VpcId": found},
    outputs={
        "arn": arn("vpc", "VpcId"),
        "ownerId": "OwnerId",
        "dhcpOptionsId": "DhcpOptionsId",
        "mainRouteTableId": "MainRouteTableId",
        "defaultRouteTableId": "MainRouteTableId",
        "defaultSecurityGroupId": "DefaultSecurityGroupId",
        "defaultNetworkAclId": "DefaultNetworkAclId",
    },
    create=_made("create_vpc", "Vpc"),
    read=(described("describe_vpcs", "Vpcs", "VpcIds"), _vpc_details),
    changes=(
        Change(
            arguments=frozenset({"enableDnsSupport", "enableDnsHostnames"}),
            call=_set_vpc_attributes,
            on_create=True,
        ),
    ),
    delete=Call(operation="delete_vpc"),
    tagging=ec2_tagging("VpcId", "vpc"),
    wait=Wait(path="State", ready=frozenset({"available"})),
    gone=frozenset({"InvalidVpcID.NotFound"}),
)


def _map_public(client: Any, members: Members, props: Props) -> None:
    value = {"Value": bool(props.get("mapPublicIpOnLaunch"))}
    client.modify_subnet_attribute(SubnetId=members["SubnetId"], MapPublicIpOnLaunch=value)


SUBNET = ResourceType(
    type="aws:ec2/subnet:Subnet",
    title="EC2 Subnet ({id})",
    service="ec2",
    arguments=(
        argument("vpcId", required=True, replaces=True),
        argument("cidrBlock", replaces=True, computed=True),
        argument("availabilityZone", replaces=True, computed=True),
        argument("availabilityZoneId", replaces=True, computed=True),
        argument("mapPublicIpOnLaunch", "MapPublicIpOnLaunch", kind="boolean", default=False),
    ),
    id=lambda members: members["SubnetId"],
    parse_id=lambda found: {"SubnetId": found},
    outputs={"arn": "SubnetArn", "ownerId": "OwnerId"},
    create=_made("create_subnet", "Subnet"),
    read=(described("describe_subnets", "Subnets", "SubnetIds"),),
    changes=(Change(arguments=frozenset({"mapPublicIpOnLaunch"}), call=_map_public, on_create=True),),
    delete=Call(operation="delete_subnet"),
    tagging=ec2_tagging("SubnetId", "subnet"),
    wait=Wait(path="State", ready=frozenset({"available"})),
    gone=frozenset({"InvalidSubnetID.NotFound"}),
    retry={"DependencyViolation": ""},
)

_ROUTE = (
    argument("cidrBlock", "DestinationCidrBlock", required=True),
    argument("gatewayId"),
    argument("natGatewayId"),
)


def _own_routes(members: Members) -> Members:
    """Leave out the local route and those of gateway endpoints, which the real provider does not
    manage either.
    """
    routes = [
        each
        for each in members.get("Routes", [])
        if each.get("DestinationCidrBlock")
        and each.get("GatewayId") not in IGNORED_GATEWAYS
        and not str(each.get("GatewayId", "")).startswith("vpce-")
    ]
    return members | {"Routes": routes}


def _put_routes(client: Any, members: Members, _props: Props) -> None:
    table = members["RouteTableId"]
    before = {each["DestinationCidrBlock"]: each for each in members.get("_observed", {}).get("Routes", [])}
    after = {each["DestinationCidrBlock"]: each for each in at("Routes", members, [])}
    for cidr in before.keys() - after.keys():
        client.delete_route(RouteTableId=table, DestinationCidrBlock=cidr)
    for cidr, route in after.items():
        send = client.replace_route if cidr in before else client.create_route
        send(RouteTableId=table, **route)


ROUTE_TABLE = ResourceType(
    type="aws:ec2/routeTable:RouteTable",
    title="Route Table ({id})",
    service="ec2",
    arguments=(
        argument("vpcId", required=True, replaces=True),
        argument("routes", kind="objects", fields=_ROUTE, unordered=True),
    ),
    id=lambda members: members["RouteTableId"],
    parse_id=lambda found: {"RouteTableId": found},
    outputs={"arn": arn("route-table", "RouteTableId"), "ownerId": "OwnerId"},
    create=_made("create_route_table", "RouteTable"),
    read=(described("describe_route_tables", "RouteTables", "RouteTableIds"),),
    observe=_own_routes,
    changes=(Change(arguments=frozenset({"routes"}), call=_put_routes, on_create=True),),
    delete=Call(operation="delete_route_table"),
    tagging=ec2_tagging("RouteTableId", "route-table"),
    gone=frozenset({"InvalidRouteTableID.NotFound"}),
)


def _find_association(client: Any, members: Members, _props: Props) -> Members | None:
    wanted = members["AssociationId"]
    filters = [{"Name": "association.route-table-association-id", "Values": [wanted]}]
    for table in client.describe_route_tables(Filters=filters)["RouteTables"]:
        for link in table.get("Associations", []):
            if link.get("RouteTableAssociationId") == wanted:
                return link
    return None


ROUTE_TABLE_ASSOCIATION = ResourceType(
    type="aws:ec2/routeTableAssociation:RouteTableAssociation",
    title="Route Table Association ({id})",
    service="ec2",
    arguments=(
        argument("routeTableId", required=True, replaces=True),
        argument("subnetId", replaces=True),
    ),
    id=lambda members: members["AssociationId"],
    parse_id=lambda found: {"AssociationId": found},
    create=_made("associate_route_table", ""),
    read=(_find_association,),
    delete=Call(operation="disassociate_route_table"),
    gone=frozenset({"InvalidAssociationID.NotFound"}),
)

TYPES = (VPC, SUBNET, ROUTE_TABLE, ROUTE_TABLE_ASSOCIATION)
