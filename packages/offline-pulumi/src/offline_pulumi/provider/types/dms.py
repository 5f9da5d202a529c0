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
from offline_pulumi.provider.translate import same_json, same_set, same_text
from offline_pulumi.provider.types.dms_describe import find, tagging
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
    changes=(Change(call=Call(operation="modify_replication_subnet_group")),),
    delete=Call(operation="delete_replication_subnet_group"),
    tagging=tagging("Arn"),
    gone=GONE,
    retry={"AccessDeniedFault": ""},
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
        argument("publiclyAccessible", kind="boolean", replaces=True, computed=True),
        argument(
            "replicationSubnetGroupId",
            "ReplicationSubnetGroupIdentifier",
            replaces=True,
            computed=True,
            reported=same_text,
        ),
        argument("kmsKeyArn", "KmsKeyId", replaces=True, computed=True),
        argument("allocatedStorage", kind="number", computed=True),
        argument("engineVersion", computed=True),
        argument("multiAz", "MultiAZ", kind="boolean", computed=True),
        argument("replicationInstanceClass", required=True),
        argument("vpcSecurityGroupIds", kind="list", computed=True, same=same_set),
        argument("applyImmediately", kind="boolean", write_only=True),
    ),
    id=lambda members: members["ReplicationInstanceIdentifier"].lower(),
    parse_id=lambda found: {"ReplicationInstanceIdentifier": found},
    outputs={"replicationInstanceArn": "ReplicationInstanceArn"},
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
    changes=(Change(call=Call(operation="modify_replication_instance")),),
    delete=Call(operation="delete_replication_instance"),
    tagging=tagging("ReplicationInstanceArn"),
    wait=Wait(path="ReplicationInstanceStatus", ready=frozenset({"available"}), failed=frozenset({"failed"})),
    gone=GONE,
)


def _endpoint(name: str, title: str, arguments: tuple[Argument, ...], **settings: Any) -> ResourceType:
    """Return a type of endpoint; DMS has one API for all of them."""
    return ResourceType(
        type=f"aws:dms/{name[0].lower()}{name[1:]}:{name}",
        title=title,
        service="dms",
        arguments=(
            argument("endpointId", "EndpointIdentifier", required=True, replaces=True, reported=same_text),
            argument("endpointType", required=True, reported=same_text),
            *arguments,
        ),
        id=lambda members: members["EndpointIdentifier"].lower(),
        parse_id=lambda found: {"EndpointIdentifier": found},
        outputs={"endpointArn": "EndpointArn"},
        create=Call(operation="create_endpoint"),
        read=(find("describe_endpoints", "Endpoints", "endpoint-id", "EndpointIdentifier"),),
        changes=(Change(call=Call(operation="modify_endpoint")),),
        delete=Call(operation="delete_endpoint"),
        tagging=tagging("EndpointArn"),
        wait=Wait(
            path="Status", ready=frozenset({"active", "successful"}), failed=frozenset({"failed"}), minutes=5
        ),
        gone=GONE,
        retry={"AccessDeniedFault": ""},
        **settings,
    )


def _s3(name: str, **settings: Any) -> Argument:
    return argument(name, f"S3Settings.{name[0].upper()}{name[1:]}", **settings)


def shape_s3(members: Members, _props: Props) -> Members:
    """Add the engine, and omit what the real provider omits.

    It does not send an empty `csv_null_value`, so that cannot be set back to empty.
    """
    settings = {"Rfc4180": True} | members.get("S3Settings", {})
    if not settings.get("CsvNullValue"):
        settings.pop("CsvNullValue", None)
    return members | {"EngineName": "s3", "S3Settings": settings}


def _check_engine(props: Props) -> dict[str, str]:
    if props.get("engineName") == "s3":
        return {"engineName": "engine s3 is an aws.dms.S3Endpoint: this type has no S3 settings since 7.0"}
    if props.get("engineName") == "dynamodb" and not props.get("serviceAccessRole"):
        return {"serviceAccessRole": "an endpoint of engine dynamodb needs service_access_role"}
    return {}


_ENDPOINT = _endpoint(
    "Endpoint",
    "DMS Endpoint ({id})",
    (
        argument("engineName", required=True),
        argument("serviceAccessRole", "DynamoDbSettings.ServiceAccessRoleArn"),
        argument("extraConnectionAttributes", computed=True),
    ),
    check=_check_engine,
)
_S3_ENDPOINT = _endpoint(
    "S3Endpoint",
    "DMS (Database Migration) S3 Endpoint ({id})",
    (
        _s3("bucketName", required=True),
        _s3("serviceAccessRoleArn", required=True),
        _s3("bucketFolder", computed=True, reported=same_text),
        _s3("cdcPath", computed=True, reported=same_text),
        _s3("csvDelimiter", default=","),
        _s3("csvNullValue", default=""),
        _s3("externalTableDefinition", same=same_json),
        _s3("ignoreHeaderRows", kind="number", replaces=True, computed=True),
        _s3("rfc4180", kind="boolean", default=True),
    ),
    shape=shape_s3,
)

TYPES = (_SUBNET_GROUP, _INSTANCE, _ENDPOINT, _S3_ENDPOINT, REPLICATION_TASK)
