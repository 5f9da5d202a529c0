"""What EC2 refuses and moto does not: to delete what is in use, and a second gateway of a route table.

Sources: https://docs.aws.amazon.com/vpc/latest/userguide/delete-vpc.html
https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
"""

from collections.abc import Sequence
from typing import Any

from moto.ec2.exceptions import DependencyViolationError, RouteAlreadyExistsError
from moto.ec2.models import EC2Backend
from moto.ec2.models.vpcs import VPCEndPoint

_delete_subnet = EC2Backend.delete_subnet
_delete_group = EC2Backend.delete_security_group
_delete_vpc = EC2Backend.delete_vpc
_create_endpoint = EC2Backend.create_vpc_endpoint


def keep_networks_whole() -> None:
    """Let the EC2 of this process refuse them."""
    for name, operation in {
        "delete_subnet": _subnet_deleted,
        "delete_security_group": _group_deleted,
        "delete_vpc": _vpc_deleted,
        "create_vpc_endpoint": _endpoint_created,
    }.items():
        setattr(EC2Backend, name, operation)


def _subnet_deleted(ec2: EC2Backend, subnet_id: str) -> Any:
    if any(interface.subnet.id == subnet_id for interface in ec2.enis.values()):
        raise DependencyViolationError(f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")
    return _delete_subnet(ec2, subnet_id)


def _group_deleted(ec2: EC2Backend, name: str | None = None, group_id: str | None = None) -> None:
    used = {group.id for interface in ec2.enis.values() for group in interface.group_set}
    if group_id in used:
        raise DependencyViolationError(f"resource {group_id} has a dependent object")
    _delete_group(ec2, name, group_id)


def _vpc_deleted(ec2: EC2Backend, vpc_id: str) -> Any:
    groups = [group for group in ec2.groups.get(vpc_id, {}).values() if group.name != "default"]
    if groups or _endpoints(ec2, vpc_id):
        raise DependencyViolationError(f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
    return _delete_vpc(ec2, vpc_id)


def _endpoint_created(
    ec2: EC2Backend,
    vpc_id: str,
    service_name: str,
    endpoint_type: str | None,
    policy_document: str | None,
    route_table_ids: Sequence[str],
    *rest: Any,
    **more: Any,
) -> VPCEndPoint:
    for endpoint in _endpoints(ec2, vpc_id):
        if endpoint.service_name == service_name and {*endpoint.route_table_ids} & {*route_table_ids}:
            raise RouteAlreadyExistsError(str(endpoint.destination_prefix_list_id))
    return _create_endpoint(
        ec2,
        vpc_id,
        service_name,
        endpoint_type or "Gateway",
        policy_document,
        list(route_table_ids),
        *rest,
        **more,
    )


def _endpoints(ec2: EC2Backend, vpc_id: str) -> list[VPCEndPoint]:
    found = ec2.vpc_end_points.values()
    return [endpoint for endpoint in found if endpoint.vpc_id == vpc_id and endpoint.state != "deleted"]
