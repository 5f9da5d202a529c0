"""EC2 networks: VPC, subnet, route table and its association, security group."""

from typing import Any

from localaws.provider.model import Call, Change, Members, Props, ResourceType, Wait, argument
from localaws.provider.translate import same_set
from localaws.provider.types.ec2_tags import arn, ec2_tagging

IGNORED_GATEWAYS = ("local",)


def _described(operation: str, answer: str, ids: str) -> Call:
    member = ids[:-1]
    return Call(
        operation=operation, answer=f"{answer}.0", build=lambda members: {ids: [members[member]]}, only=True
    )


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
    token="aws:ec2/vpc:Vpc",
    title="EC2 VPC ({id})",
    service="ec2",
    arguments=(
        argument("cidrBlock", replaces=True, computed=True),
        argument("instanceTenancy", default="default", replaces=True),
        argument("enableDnsSupport", kind="boolean", default=True),
        argument("enableDnsHostnames", kind="boolean", default=False),
    ),
    id=lambda members: members["VpcId"],
    parse_id=lambda id: {"VpcId": id},
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
    read=(_described("describe_vpcs", "Vpcs", "VpcIds"), _vpc_details),
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
    token="aws:ec2/subnet:Subnet",
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
    parse_id=lambda id: {"SubnetId": id},
    outputs={"arn": "SubnetArn", "ownerId": "OwnerId"},
    create=_made("create_subnet", "Subnet"),
    read=(_described("describe_subnets", "Subnets", "SubnetIds"),),
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
    """Leaves out the local route and those of gateway endpoints, which the real provider does not manage either."""
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
    after = {each["DestinationCidrBlock"]: each for each in members.get("Routes") or []}
    for cidr in before.keys() - after.keys():
        client.delete_route(RouteTableId=table, DestinationCidrBlock=cidr)
    for cidr, route in after.items():
        send = client.replace_route if cidr in before else client.create_route
        send(RouteTableId=table, **route)


ROUTE_TABLE = ResourceType(
    token="aws:ec2/routeTable:RouteTable",
    title="Route Table ({id})",
    service="ec2",
    arguments=(
        argument("vpcId", required=True, replaces=True),
        argument("routes", kind="objects", fields=_ROUTE, unordered=True),
    ),
    id=lambda members: members["RouteTableId"],
    parse_id=lambda id: {"RouteTableId": id},
    outputs={"arn": arn("route-table", "RouteTableId"), "ownerId": "OwnerId"},
    create=_made("create_route_table", "RouteTable"),
    read=(_described("describe_route_tables", "RouteTables", "RouteTableIds"),),
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


def _reassociate(client: Any, members: Members, _props: Props) -> None:
    client.replace_route_table_association(
        AssociationId=members["AssociationId"], RouteTableId=members["RouteTableId"]
    )


ROUTE_TABLE_ASSOCIATION = ResourceType(
    token="aws:ec2/routeTableAssociation:RouteTableAssociation",
    title="Route Table Association ({id})",
    service="ec2",
    arguments=(
        argument("routeTableId", required=True, replaces=True),
        argument("subnetId", replaces=True),
    ),
    id=lambda members: members["AssociationId"],
    parse_id=lambda id: {"AssociationId": id},
    create=_made("associate_route_table", ""),
    read=(_find_association,),
    delete=Call(operation="disassociate_route_table"),
    gone=frozenset({"InvalidAssociationID.NotFound"}),
)

_RULE = (
    argument("protocol", "IpProtocol", required=True),
    argument("fromPort", kind="number", required=True),
    argument("toPort", kind="number", required=True),
    argument("cidrBlocks", "CidrBlocks", kind="list", same=same_set),
    argument("prefixListIds", "PrefixListIds", kind="list", same=same_set),
    argument("securityGroups", "SecurityGroups", kind="list", same=same_set),
    argument("self", "Self", kind="boolean", default=False),
    argument("description", "Description", default=""),
)
_PARTS = (
    ("CidrBlocks", "IpRanges", "CidrIp"),
    ("PrefixListIds", "PrefixListIds", "PrefixListId"),
    ("SecurityGroups", "UserIdGroupPairs", "GroupId"),
)


def _permission(rule: Members, group: str) -> Members:
    """A rule as EC2 takes it."""
    text = {"Description": rule["Description"]} if rule.get("Description") else {}
    permission: Members = {"IpProtocol": rule["IpProtocol"]}
    if rule["IpProtocol"] != "-1":
        permission |= {"FromPort": rule["FromPort"], "ToPort": rule["ToPort"]}
    for name, part, key in _PARTS:
        values = [
            *(rule.get(name) or []),
            *([group] if rule.get("Self") and name == "SecurityGroups" else []),
        ]
        if values:
            permission[part] = [{key: value} | text for value in values]
    return permission


def _rule(permission: Members, group: str) -> Members:
    """A rule as EC2 reports it, in the form of the arguments."""
    rule: Members = {"IpProtocol": permission["IpProtocol"]}
    rule |= {"FromPort": permission.get("FromPort") or 0, "ToPort": permission.get("ToPort") or 0}
    texts = {each.get("Description", "") for _, part, _ in _PARTS for each in permission.get(part) or []}
    rule["Description"] = next(iter(texts - {""}), "")
    for name, part, key in _PARTS:
        values = [each[key] for each in permission.get(part) or []]
        if name == "SecurityGroups":
            rule["Self"] = group in values
            values = [value for value in values if value != group]
        if values:
            rule[name] = values
    return rule


def _observe_group(members: Members) -> Members:
    group = members["GroupId"]
    rules = {
        name: [_rule(each, group) for each in members.get(permissions) or []]
        for name, permissions in (("Ingress", "IpPermissions"), ("Egress", "IpPermissionsEgress"))
    }
    return members | rules


def _put_rules(client: Any, members: Members, props: Props) -> None:
    """Makes the rules those given; AWS's own "egress to everywhere" goes, as with the real provider."""
    group = members["GroupId"]
    current = client.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    for name, permissions, word in (
        ("ingress", "IpPermissions", "ingress"),
        ("egress", "IpPermissionsEgress", "egress"),
    ):
        if name in props or (name == "egress" and "_observed" not in members):
            wanted = [_permission(each, group) for each in members.get(name.title()) or []]
            if old := current[permissions]:
                getattr(client, f"revoke_security_group_{word}")(GroupId=group, IpPermissions=old)
            if wanted:
                getattr(client, f"authorize_security_group_{word}")(GroupId=group, IpPermissions=wanted)


def _create_group(client: Any, members: Members, props: Props) -> Members:
    taken = {name: value for name, value in members.items() if name not in {"Ingress", "Egress"}}
    group = client.create_security_group(**{"Description": "Managed by Pulumi"} | taken)["GroupId"]
    _put_rules(client, members | {"GroupId": group}, props)
    return {"GroupId": group}


SECURITY_GROUP = ResourceType(
    token="aws:ec2/securityGroup:SecurityGroup",
    title="Security Group ({id})",
    service="ec2",
    arguments=(
        argument("name", "GroupName", replaces=True, computed=True),
        argument("namePrefix", "", replaces=True),
        argument("description", replaces=True, default="Managed by Pulumi"),
        argument("vpcId", replaces=True, computed=True),
        argument("ingress", kind="objects", fields=_RULE, unordered=True, computed=True),
        argument("egress", kind="objects", fields=_RULE, unordered=True, computed=True),
        argument("revokeRulesOnDelete", "", kind="boolean", default=False),
    ),
    id=lambda members: members["GroupId"],
    parse_id=lambda id: {"GroupId": id},
    outputs={"arn": arn("security-group", "GroupId"), "ownerId": "OwnerId"},
    create=_create_group,
    read=(_described("describe_security_groups", "SecurityGroups", "GroupIds"),),
    observe=_observe_group,
    changes=(Change(arguments=frozenset({"ingress", "egress"}), call=_put_rules),),
    delete=Call(operation="delete_security_group"),
    tagging=ec2_tagging("GroupId", "security-group"),
    autoname="name",
    name_limit=255,
    gone=frozenset({"InvalidGroup.NotFound", "InvalidGroupId.NotFound"}),
    retry={"DependencyViolation": ""},
)

TYPES = (VPC, SUBNET, ROUTE_TABLE, ROUTE_TABLE_ASSOCIATION, SECURITY_GROUP)
