"""AWS DMS: subnet groups, replication instances, endpoints."""

from typing import Any

from offline_pulumi.provider.model import (
    Argument,
    Call,
    Change,
    Members,
    Props,
    ResourceType,
    Wait,
    argument,
    at,
)
from offline_pulumi.provider.translate import same_set, same_text
from offline_pulumi.provider.types.dms_describe import find, tagging
from offline_pulumi.provider.types.dms_s3_endpoint import S3_ARGUMENTS, observe_s3, shape_s3
from offline_pulumi.provider.types.dms_task import REPLICATION_TASK

GONE = frozenset({"ResourceNotFoundFault"})
ACCOUNT = "123456789012"
"""The account of local AWS."""


def _group_arn(client: Any, members: Members, _props: Props) -> Members:
    """DMS does not report the ARN of a subnet group: the real provider puts it together, too."""
    identifier = members["ReplicationSubnetGroupIdentifier"]
    return {"Arn": f"arn:aws:dms:{client.meta.region_name}:{ACCOUNT}:subgrp:{identifier}"}


_SUBNET_GROUP = ResourceType(
    type="aws:dms/replicationSubnetGroup:ReplicationSubnetGroup",
    title="DMS Replication Subnet Group ({id})",
    service="dms",
    arguments=(
        argument(
            "replicationSubnetGroupId",
            "ReplicationSubnetGroupIdentifier",
            required=True,
            replaces=True,
            reported=same_text,
        ),
        argument("replicationSubnetGroupDescription", required=True),
        argument("subnetIds", kind="list", required=True, same=same_set),
    ),
    id=lambda members: members["ReplicationSubnetGroupIdentifier"].lower(),
    parse_id=lambda found: {"ReplicationSubnetGroupIdentifier": found},
    outputs={"replicationSubnetGroupArn": "Arn", "vpcId": "VpcId"},
    create=Call(operation="create_replication_subnet_group"),
    read=(
        find(
            "describe_replication_subnet_groups",
            "ReplicationSubnetGroups",
            "replication-subnet-group-id",
            "ReplicationSubnetGroupIdentifier",
        ),
        _group_arn,
    ),
    observe=lambda members: (
        members | {"SubnetIds": [each["SubnetIdentifier"] for each in members.get("Subnets", [])]}
    ),
    changes=(
        Change(
            arguments=frozenset({"replicationSubnetGroupDescription", "subnetIds"}),
            call=Call(operation="modify_replication_subnet_group"),
        ),
    ),
    delete=Call(operation="delete_replication_subnet_group"),
    tagging=tagging("Arn"),
    gone=GONE,
    retry={"AccessDeniedFault": ""},
)

_INSTANCE_SETTINGS = (
    argument("allocatedStorage", kind="number", computed=True),
    argument("allowMajorVersionUpgrade", kind="boolean", write_only=True),
    argument("applyImmediately", kind="boolean", write_only=True),
    argument("autoMinorVersionUpgrade", kind="boolean", computed=True),
    argument("engineVersion", computed=True),
    argument("multiAz", "MultiAZ", kind="boolean", computed=True),
    argument("networkType", computed=True),
    argument("preferredMaintenanceWindow", computed=True, reported=same_text),
    argument("replicationInstanceClass", required=True),
    argument("vpcSecurityGroupIds", kind="list", computed=True, same=same_set),
)


def _observe_instance(members: Members) -> Members:
    group = at("ReplicationSubnetGroup", members, {})
    return members | {
        "VpcSecurityGroupIds": [each["VpcSecurityGroupId"] for each in at("VpcSecurityGroups", members, [])],
        "ReplicationSubnetGroupIdentifier": group.get("ReplicationSubnetGroupIdentifier"),
    }


_INSTANCE = ResourceType(
    type="aws:dms/replicationInstance:ReplicationInstance",
    title="DMS Replication Instance ({id})",
    service="dms",
    arguments=(
        argument(
            "replicationInstanceId",
            "ReplicationInstanceIdentifier",
            required=True,
            replaces=True,
            reported=same_text,
        ),
        argument("availabilityZone", replaces=True, computed=True),
        argument("dnsNameServers", computed=True),
        argument("kmsKeyArn", "KmsKeyId", replaces=True, computed=True),
        argument("publiclyAccessible", kind="boolean", replaces=True, computed=True),
        argument(
            "replicationSubnetGroupId",
            "ReplicationSubnetGroupIdentifier",
            replaces=True,
            computed=True,
            reported=same_text,
        ),
        *_INSTANCE_SETTINGS,
    ),
    id=lambda members: members["ReplicationInstanceIdentifier"].lower(),
    parse_id=lambda found: {"ReplicationInstanceIdentifier": found},
    outputs={
        "replicationInstanceArn": "ReplicationInstanceArn",
        "replicationInstancePrivateIps": lambda members: at(
            "ReplicationInstancePrivateIpAddresses", members, []
        ),
        "replicationInstancePublicIps": lambda members: [
            each for each in at("ReplicationInstancePublicIpAddresses", members, []) if each
        ],
    },
    create=Call(operation="create_replication_instance"),
    read=(
        find(
            "describe_replication_instances",
            "ReplicationInstances",
            "replication-instance-id",
            "ReplicationInstanceIdentifier",
        ),
    ),
    observe=_observe_instance,
    changes=(
        Change(
            arguments=frozenset(each.name for each in _INSTANCE_SETTINGS) - {"applyImmediately"},
            call=Call(operation="modify_replication_instance"),
        ),
    ),
    delete=Call(operation="delete_replication_instance"),
    tagging=tagging("ReplicationInstanceArn"),
    wait=Wait(path="ReplicationInstanceStatus", ready=frozenset({"available"}), failed=frozenset({"failed"})),
    gone=GONE,
)

_ENDPOINT_ARGUMENTS = (
    argument("endpointId", "EndpointIdentifier", required=True, replaces=True, reported=same_text),
    argument("endpointType", required=True, reported=same_text),
    argument("certificateArn", computed=True),
    argument("kmsKeyArn", "KmsKeyId", replaces=True, computed=True),
    argument("sslMode", computed=True),
)
_ENDPOINT_READ = find("describe_endpoints", "Endpoints", "endpoint-id", "EndpointIdentifier")
_ENDPOINT_WAIT = Wait(
    path="Status", ready=frozenset({"active", "successful"}), failed=frozenset({"failed"}), minutes=5
)

_DATABASE_ARGUMENTS = (
    argument("engineName", required=True),
    argument("serviceAccessRole", "DynamoDbSettings.ServiceAccessRoleArn"),
    argument("extraConnectionAttributes", computed=True),
    argument("databaseName"),
    argument("serverName"),
    argument("port", kind="number"),
    argument("username"),
    argument("password", write_only=True),
    argument("pauseReplicationTasks", "", kind="boolean"),
)


def _check_engine(props: Props) -> dict[str, str]:
    if props.get("engineName") == "s3":
        return {"engineName": "engine s3 is an aws.dms.S3Endpoint: this type has no S3 settings since 7.0"}
    if props.get("engineName") == "dynamodb" and not props.get("serviceAccessRole"):
        return {"serviceAccessRole": "an endpoint of engine dynamodb needs service_access_role"}
    return {}


def _endpoint_names(arguments: tuple[Argument, ...]) -> frozenset[str]:
    return frozenset(each.name for each in arguments if not each.replaces)


_ENDPOINT = ResourceType(
    type="aws:dms/endpoint:Endpoint",
    title="DMS Endpoint ({id})",
    service="dms",
    arguments=(*_ENDPOINT_ARGUMENTS, *_DATABASE_ARGUMENTS),
    id=lambda members: members["EndpointIdentifier"].lower(),
    parse_id=lambda found: {"EndpointIdentifier": found},
    outputs={"endpointArn": "EndpointArn"},
    create=Call(operation="create_endpoint"),
    read=(_ENDPOINT_READ,),
    changes=(
        Change(
            arguments=_endpoint_names((*_ENDPOINT_ARGUMENTS, *_DATABASE_ARGUMENTS)),
            call=Call(operation="modify_endpoint"),
        ),
    ),
    delete=Call(operation="delete_endpoint"),
    tagging=tagging("EndpointArn"),
    wait=_ENDPOINT_WAIT,
    gone=GONE,
    retry={"AccessDeniedFault": ""},
    check=_check_engine,
)

_S3_ENDPOINT = ResourceType(
    type="aws:dms/s3Endpoint:S3Endpoint",
    title="DMS (Database Migration) S3 Endpoint ({id})",
    service="dms",
    arguments=(*_ENDPOINT_ARGUMENTS, *S3_ARGUMENTS),
    id=lambda members: members["EndpointIdentifier"].lower(),
    parse_id=lambda found: {"EndpointIdentifier": found},
    outputs={
        "endpointArn": "EndpointArn",
        "engineDisplayName": lambda members: members.get("EngineDisplayName") or "Amazon S3",
        "externalId": lambda members: members.get("ExternalId") or "",
        "status": "Status",
    },
    shape=shape_s3,
    create=Call(operation="create_endpoint"),
    read=(_ENDPOINT_READ,),
    observe=observe_s3,
    changes=(
        Change(
            arguments=_endpoint_names((*_ENDPOINT_ARGUMENTS, *S3_ARGUMENTS)),
            call=Call(operation="modify_endpoint"),
        ),
    ),
    delete=Call(operation="delete_endpoint"),
    tagging=tagging("EndpointArn"),
    wait=_ENDPOINT_WAIT,
    gone=GONE,
    retry={"AccessDeniedFault": ""},
)

TYPES = (_SUBNET_GROUP, _INSTANCE, _ENDPOINT, _S3_ENDPOINT, REPLICATION_TASK)
