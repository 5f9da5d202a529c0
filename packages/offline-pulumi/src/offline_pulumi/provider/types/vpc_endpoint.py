"""VPC endpoints: how private subnets reach S3 and DynamoDB."""

from typing import Any

from offline_pulumi.provider.model import Change, Members, Props, ResourceType, Tagging, Wait, argument, at
from offline_pulumi.provider.requests import tag_list
from offline_pulumi.provider.translate import same_policy, same_set

_LINKS = ("RouteTableIds", "SubnetIds", "SecurityGroupIds")


def _create(client: Any, members: Members, _props: Props) -> Members:
    return client.create_vpc_endpoint(**{"VpcEndpointType": "Gateway"} | members)["VpcEndpoint"]


def _modify(client: Any, members: Members, _props: Props) -> None:
    before = members["_observed"]
    request: Members = {}
    for name in _LINKS:
        old, new = set(at(name, before, [])), set(at(name, members, []))
        if new - old:
            request[f"Add{name}"] = sorted(new - old)
        if old - new and name in members:
            request[f"Remove{name}"] = sorted(old - new)
    if policy := members.get("PolicyDocument"):
        request["PolicyDocument"] = policy
    if "PrivateDnsEnabled" in members and members["PrivateDnsEnabled"] != before.get("PrivateDnsEnabled"):
        request["PrivateDnsEnabled"] = members["PrivateDnsEnabled"]
    if request:
        client.modify_vpc_endpoint(VpcEndpointId=members["VpcEndpointId"], **request)


def _details(client: Any, members: Members, _props: Props) -> Members:
    lists = client.describe_prefix_lists(
        Filters=[{"Name": "prefix-list-name", "Values": [members["ServiceName"]]}]
    )
    named: list[Members] = lists["PrefixLists"]
    found = next((each for each in named if each["PrefixListName"] == members["ServiceName"]), Members())
    groups = [each["GroupId"] for each in at("Groups", members, [])] or members.get("SecurityGroupIds")
    return {
        "PrefixListId": found.get("PrefixListId", ""),
        "Cidrs": found.get("Cidrs", []),
        "SecurityGroupIds": groups or [],
    }


def _delete(client: Any, members: Members, _props: Props) -> None:
    client.delete_vpc_endpoints(VpcEndpointIds=[members["VpcEndpointId"]])


def _observe(members: Members) -> Members:
    return members | {"State": str(members.get("State", "")).lower()}


def _read(client: Any, members: Members, _props: Props) -> Members | None:
    found = client.describe_vpc_endpoints(VpcEndpointIds=[members["VpcEndpointId"]])["VpcEndpoints"]
    return found[0] if found and str(found[0].get("State", "")).lower() != "deleted" else None


def _arn(members: Members) -> str:
    account, endpoint = members.get("OwnerId", ""), members["VpcEndpointId"]
    return f"arn:aws:ec2:{members['_region']}:{account}:vpc-endpoint/{endpoint}"


_TAGGING = Tagging(
    read=None,
    put=lambda client, members, new, _: client.create_tags(
        Resources=[members["VpcEndpointId"]], Tags=tag_list(new)
    ),
    remove=lambda client, members, keys: client.delete_tags(
        Resources=[members["VpcEndpointId"]], Tags=[{"Key": key} for key in keys]
    ),
    on_create=lambda tags: {"TagSpecifications": [{"ResourceType": "vpc-endpoint", "Tags": tag_list(tags)}]},
)

VPC_ENDPOINT = ResourceType(
    type="aws:ec2/vpcEndpoint:VpcEndpoint",
    title="EC2 VPC Endpoint ({id})",
    service="ec2",
    arguments=(
        argument("vpcId", required=True, replaces=True),
        argument("serviceName", required=True, replaces=True),
        argument("vpcEndpointType", default="Gateway", replaces=True),
        argument("routeTableIds", kind="list", computed=True, same=same_set),
        argument("subnetIds", kind="list", computed=True, same=same_set),
        argument("securityGroupIds", kind="list", computed=True, same=same_set),
        argument("policy", "PolicyDocument", computed=True, same=same_policy),
        argument("privateDnsEnabled", kind="boolean", computed=True),
        argument("autoAccept", "", kind="boolean"),
    ),
    id=lambda members: members["VpcEndpointId"],
    parse_id=lambda found: {"VpcEndpointId": found},
    outputs={
        "arn": _arn,
        "state": "State",
        "ownerId": "OwnerId",
        "prefixListId": "PrefixListId",
        "cidrBlocks": "Cidrs",
        "requesterManaged": lambda members: bool(members.get("RequesterManaged")),
        "networkInterfaceIds": lambda members: at("NetworkInterfaceIds", members, []),
    },
    create=_create,
    read=(_read, _details),
    observe=_observe,
    changes=(
        Change(
            arguments=frozenset(
                {"routeTableIds", "subnetIds", "securityGroupIds", "policy", "privateDnsEnabled"}
            ),
            call=_modify,
        ),
    ),
    delete=_delete,
    tagging=_TAGGING,
    wait=Wait(
        path="State", ready=frozenset({"available"}), failed=frozenset({"failed", "rejected"}), minutes=10
    ),
    gone=frozenset({"InvalidVpcEndpointId.NotFound"}),
)
