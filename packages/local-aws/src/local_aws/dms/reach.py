"""Whether S3 and DynamoDB can be reached from a subnet, by its route table and the VPC's endpoints.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_VPC_Endpoints.html
"""

from ipaddress import IPv4Network, collapse_addresses
from typing import Any

from moto.ec2.models import EC2Backend, ec2_backends

from local_aws.account import ACCOUNT
from local_aws.dms.region import Region, Resource

_INTERNET = IPv4Network("0.0.0.0/0")


def no_route(region: Region, stands: Resource, service: str) -> str:
    """Return what a connection from an instance or a serverless replication times out with, or an empty text.

    AWS documents no text; this one is like those that users published.
    """
    fields = stands.fields
    if "ReplicationSubnetGroup" in fields:
        group, zone = fields["ReplicationSubnetGroup"], fields["AvailabilityZone"]
        public = bool(fields["PubliclyAccessible"])
    else:
        compute = fields["ComputeConfig"]
        group = region.subnet_groups.get(compute["ReplicationSubnetGroupId"], {"Subnets": []})
        zone, public = compute.get("AvailabilityZone"), False
    ec2 = ec2_backends[ACCOUNT][region.name]
    for subnet in group["Subnets"]:
        stands_here = zone in (None, subnet["SubnetAvailabilityZone"]["Name"])
        if stands_here and not _leads(ec2, subnet["SubnetIdentifier"], service, public=public):
            what = f"cannot connect to {service}: curlCode: 28, Timeout was reached"
            return f"Network error has occurred, Application-Detailed-Message: {what}"
    return ""


def _leads(ec2: EC2Backend, subnet_id: str, service: str, *, public: bool) -> bool:
    """Return whether an address in the subnet, `public` or private, reaches the service."""
    vpc_id = ec2.get_subnet(subnet_id).vpc_id
    table = _route_table(ec2, subnet_id, vpc_id)
    for endpoint in ec2.vpc_end_points.values():
        if endpoint.vpc_id != vpc_id or endpoint.state == "deleted":
            continue
        gateway = endpoint.vpc_endpoint_type == "Gateway"
        through = table.id in (endpoint.route_table_ids or ()) if gateway else endpoint.private_dns_enabled
        if endpoint.service_name.endswith(f".{service}") and through:
            return True
    # The main route table of a default VPC leads to its internet gateway, which moto does not make.
    # https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html
    default = ec2.vpcs[vpc_id].is_default
    routes = [route for route in table.routes if _is_open(route, public=public)]
    to = [IPv4Network(route.destination_cidr_block) for route in routes if route.destination_cidr_block]
    return (public and default) or _INTERNET in collapse_addresses(to)


def _route_table(ec2: EC2Backend, subnet_id: str, vpc_id: str) -> Any:
    tables = [table for table in ec2.route_tables.values() if table.vpc_id == vpc_id]
    named = [table for table in tables if any(one.get("SubnetId") == subnet_id for one in table.associations)]
    return (named or [table for table in tables if table.main_association_id])[0]


def _is_open(route: Any, *, public: bool) -> bool:
    """Return whether a route leads on for such an address: an internet gateway serves public ones alone."""
    if route.local or route.vpc_pcx or route.egress_only_igw or route.carrier_gateway:
        return False
    return public or not (route.gateway and route.gateway.id.startswith("igw-"))
