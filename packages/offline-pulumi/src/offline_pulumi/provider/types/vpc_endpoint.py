"""VPC endpoints: how private subnets reach S3 and DynamoDB."""

from typing import Any

from offline_pulumi.provider.model import Call, Change, Members, Props, ResourceType, Wait, argument
from offline_pulumi.provider.translate import same_set
from offline_pulumi.provider.types.ec2_tags import arn, ec2_tagging


def _modify(client: Any, members: Members, _props: Props) -> None:
    old, new = set(members["_before"]["RouteTableIds"]), set(members["RouteTableIds"])
    request = {"AddRouteTableIds": sorted(new - old), "RemoveRouteTableIds": sorted(old - new)}
    client.modify_vpc_endpoint(
        VpcEndpointId=members["VpcEndpointId"], **{name: tables for name, tables in request.items() if tables}
    )


def _delete(client: Any, members: Members, _props: Props) -> None:
    client.delete_vpc_endpoints(VpcEndpointIds=[members["VpcEndpointId"]])


def _observe(members: Members) -> Members:
    return members | {"State": str(members.get("State", "")).lower()}


def _read(client: Any, members: Members, _props: Props) -> Members | None:
    found = client.describe_vpc_endpoints(VpcEndpointIds=[members["VpcEndpointId"]])["VpcEndpoints"]
    return found[0] if found and str(found[0].get("State", "")).lower() != "deleted" else None


VPC_ENDPOINT = ResourceType(
    type="aws:ec2/vpcEndpoint:VpcEndpoint",
    title="EC2 VPC Endpoint ({id})",
    service="ec2",
    arguments=(
        argument("vpcId", required=True, replaces=True),
        argument("serviceName", required=True, replaces=True),
        argument("vpcEndpointType", default="Gateway", replaces=True),
        argument("routeTableIds", kind="list", computed=True, same=same_set),
    ),
    id=lambda members: members["VpcEndpointId"],
    parse_id=lambda found: {"VpcEndpointId": found},
    outputs={"arn": arn("vpc-endpoint", "VpcEndpointId"), "state": "State", "ownerId": "OwnerId"},
    shape=lambda members, _: {"VpcEndpointType": "Gateway"} | members,
    create=Call(operation="create_vpc_endpoint", answer="VpcEndpoint"),
    read=(_read,),
    observe=_observe,
    changes=(Change(call=_modify),),
    delete=_delete,
    tagging=ec2_tagging("VpcEndpointId", "vpc-endpoint"),
    wait=Wait(
        path="State", ready=frozenset({"available"}), failed=frozenset({"failed", "rejected"}), minutes=10
    ),
    gone=frozenset({"InvalidVpcEndpointId.NotFound"}),
)
