"""The functions of the replacement provider (`aws.get_…`): questions about what is there already."""

import re
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from offline_pulumi.provider.failures import Failure, text
from offline_pulumi.provider.lifecycle import ClientSource, Lifecycle
from offline_pulumi.provider.model import Props, at
from offline_pulumi.provider.types import TYPES
from offline_pulumi.provider.types.dynamodb.table import TABLE
from offline_pulumi.provider.types.iam import ROLE

Function = Callable[[ClientSource, Props], Props]
FUNCTIONS: dict[str, Function] = {}
"""Functions by token."""


def _function(
    token: str, service: str
) -> Callable[[Callable[[Any, Props], Props]], Callable[[Any, Props], Props]]:
    """Enters a function of client and arguments into the table; its answer repeats the arguments."""

    def enter(answer: Callable[[Any, Props], Props]) -> Callable[[Any, Props], Props]:
        def run(clients: ClientSource, args: Props) -> Props:
            client = clients.get(service, str(args.get("region") or "") if service != "iam" else "")
            try:
                found = args | answer(client, args)
            except (ClientError, BotoCoreError) as error:
                name = token.rpartition(":")[2]
                raise Failure(
                    f"invoking {name}: {text(error, client.meta.service_model.service_id)}"
                ) from error
            return found if service == "iam" else {"region": client.meta.region_name} | found

        FUNCTIONS[token] = run
        return answer

    return enter


def _filters(args: Props, **members: str) -> list[Props]:
    """EC2 filters from `filters`, `tags`, and the arguments that stand for a filter of their own."""
    found = [{"Name": each["name"], "Values": each["values"]} for each in at("filters", args, [])]
    found += [{"Name": f"tag:{key}", "Values": [value]} for key, value in (at("tags", args, {})).items()]
    for argument, name in members.items():
        value = args.get(argument)
        if value is not None:
            found.append(
                {"Name": name, "Values": [str(value).lower() if isinstance(value, bool) else str(value)]}
            )
    return found


def _one(found: list[Any], what: str) -> Any:
    if len(found) != 1:
        many = "multiple {}s matched; use additional constraints to reduce matches to a single {}"
        raise Failure(many.format(what, what) if found else f"no matching {what} found")
    return found[0]


@_function("aws:index/getCallerIdentity:getCallerIdentity", "sts")
def _caller(client: Any, _args: Props) -> Props:
    who = client.get_caller_identity()
    return {"accountId": who["Account"], "arn": who["Arn"], "userId": who["UserId"], "id": who["Account"]}


@_function("aws:index/getPartition:getPartition", "sts")
def _partition(_client: Any, _args: Props) -> Props:
    return {
        "partition": "aws",
        "id": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    }


@_function("aws:index/getRegion:getRegion", "ec2")
def _region(client: Any, args: Props) -> Props:
    name = args.get("name") or client.meta.region_name
    return {
        "name": name,
        "region": name,
        "id": name,
        "endpoint": f"ec2.{name}.amazonaws.com",
        "description": name,
    }


@_function("aws:index/getAvailabilityZones:getAvailabilityZones", "ec2")
def _zones(client: Any, args: Props) -> Props:
    excluded = {*(at("excludeNames", args, [])), *(at("excludeZoneIds", args, []))}
    zones = client.describe_availability_zones(Filters=_filters(args, state="state"))["AvailabilityZones"]
    zones = sorted(
        (each for each in zones if not excluded & {each["ZoneName"], each["ZoneId"]}), key=_zone_name
    )
    return {
        "id": client.meta.region_name,
        "names": [each["ZoneName"] for each in zones],
        "zoneIds": [each["ZoneId"] for each in zones],
        "groupNames": sorted({each.get("GroupName") or client.meta.region_name for each in zones}),
    }


def _zone_name(zone: Props) -> str:
    return zone["ZoneName"]


class _One:
    """A source of one client, whatever is asked for."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def get(self, service: str, region: str = "") -> Any:  # noqa: ARG002
        """Return the client."""
        return self._client


def _read(token: str, client: Any, resource_id: str) -> Props:
    """Return what the resource type of the table reads of a resource."""

    found = Lifecycle(TYPES[token], _One(client), {}).read(resource_id, {})
    if found is None:
        raise Failure(f"reading {TYPES[token].title.format(id=resource_id)}: couldn't find resource")
    return found.state | {"id": found.id}


@_function("aws:ec2/getVpc:getVpc", "ec2")
def _vpc(client: Any, args: Props) -> Props:
    members = {
        "cidrBlock": "cidr",
        "default": "is-default",
        "dhcpOptionsId": "dhcp-options-id",
        "id": "vpc-id",
    }
    vpcs = client.describe_vpcs(Filters=_filters(args, state="state", **members))["Vpcs"]
    vpc = _one(vpcs, "EC2 VPC")
    blocks = [
        {
            "associationId": each["AssociationId"],
            "cidrBlock": each["CidrBlock"],
            "state": at("CidrBlockState.State", each),
        }
        for each in vpc.get("CidrBlockAssociationSet", [])
    ]
    found = _read("aws:ec2/vpc:Vpc", client, vpc["VpcId"])
    return found | {
        "default": vpc.get("IsDefault", False),
        "state": vpc["State"],
        "cidrBlockAssociations": blocks,
        "enableNetworkAddressUsageMetrics": False,
        "ipv6CidrBlock": "",
        "ipv6AssociationId": "",
        "ipv6CidrBlockAssociations": [],
    }


@_function("aws:ec2/getSubnets:getSubnets", "ec2")
def _subnets(client: Any, args: Props) -> Props:
    found = client.get_paginator("describe_subnets").paginate(Filters=_filters(args))
    return {
        "id": client.meta.region_name,
        "ids": sorted(each["SubnetId"] for page in found for each in page["Subnets"]),
    }


@_function("aws:ec2/getVpcEndpoint:getVpcEndpoint", "ec2")
def _vpc_endpoint(client: Any, args: Props) -> Props:
    members = {"serviceName": "service-name", "state": "vpc-endpoint-state", "vpcId": "vpc-id"}
    filters = _filters(args, id="vpc-endpoint-id", vpcEndpointType="vpc-endpoint-type", **members)
    endpoint = _one(client.describe_vpc_endpoints(Filters=filters)["VpcEndpoints"], "EC2 VPC Endpoint")
    return _read("aws:ec2/vpcEndpoint:VpcEndpoint", client, endpoint["VpcEndpointId"])


def _route_filters(args: Props) -> list[Props]:
    members = {
        "routeTableId": "route-table-id",
        "subnetId": "association.subnet-id",
        "gatewayId": "association.gateway-id",
    }
    return _filters(args, vpcId="vpc-id", **members)


@_function("aws:ec2/getRouteTable:getRouteTable", "ec2")
def _route_table(client: Any, args: Props) -> Props:
    table = _one(client.describe_route_tables(Filters=_route_filters(args))["RouteTables"], "EC2 Route Table")
    links = [
        {
            "main": each.get("Main", False),
            "routeTableAssociationId": each["RouteTableAssociationId"],
            "routeTableId": each["RouteTableId"],
            "subnetId": each.get("SubnetId", ""),
            "gatewayId": each.get("GatewayId", ""),
        }
        for each in table.get("Associations", [])
    ]
    found = _read("aws:ec2/routeTable:RouteTable", client, table["RouteTableId"])
    return found | {
        "routeTableId": table["RouteTableId"],
        "associations": links,
        "routes": found.get("routes", []),
    }


@_function("aws:ec2/getRouteTables:getRouteTables", "ec2")
def _route_tables(client: Any, args: Props) -> Props:
    tables = client.describe_route_tables(Filters=_route_filters(args))["RouteTables"]
    return {"id": client.meta.region_name, "ids": sorted(each["RouteTableId"] for each in tables)}


@_function("aws:dynamodb/getTable:getTable", "dynamodb")
def _table(client: Any, args: Props) -> Props:
    found = _read(TABLE.type, client, args["name"])
    index: Props = {"rangeKey": "", "nonKeyAttributes": []}
    indexes = [index | each | _listed(each) for each in at("globalSecondaryIndexes", found, [])]
    nothing: Props = {"rangeKey": "", "localSecondaryIndexes": [], "replicas": []}
    return nothing | found | _listed(found) | {"globalSecondaryIndexes": indexes}


def _listed(owner: Props) -> Props:
    """Return the blocks of a table or index that `getTable` tells as lists of one."""
    names = ("onDemandThroughput", "warmThroughput")
    return {f"{name}s": [owner[name]] if owner.get(name) else [] for name in names}


@_function("aws:iam/getRole:getRole", "iam")
def _role(client: Any, args: Props) -> Props:
    nothing: Props = {"roleLastUseds": [], "permissionsBoundary": "", "description": ""}
    return nothing | _read(ROLE.type, client, args["name"])


@_function("aws:iam/getRoles:getRoles", "iam")
def _roles(client: Any, args: Props) -> Props:
    prefix = {"PathPrefix": args["pathPrefix"]} if args.get("pathPrefix") else {}
    wanted = re.compile(args.get("nameRegex") or "")
    pages = client.get_paginator("list_roles").paginate(**prefix)
    roles = [each for page in pages for each in page["Roles"] if wanted.search(each["RoleName"])]
    return {
        "id": "aws",
        "arns": sorted(each["Arn"] for each in roles),
        "names": sorted(each["RoleName"] for each in roles),
    }
