"""AWS DMS: subnet groups, replication instances, endpoints."""

from typing import Any

from offline_pulumi.provider.model import Argument, Members, Props, ResourceType, Wait, argument, at
from offline_pulumi.provider.translate import same_json, same_set, same_text
from offline_pulumi.provider.types.dms_event_subscription import EVENT_SUBSCRIPTION
from offline_pulumi.provider.types.dms_resource import dms_resource, identifier
from offline_pulumi.provider.types.dms_serverless import REPLICATION_CONFIG
from offline_pulumi.provider.types.dms_task import REPLICATION_TASK

ACCOUNT = "123456789012"
"""The account of local AWS."""


def _group_arn(client: Any, members: Members, _props: Props) -> Members:
    """DMS does not report the ARN of a subnet group: the real provider puts it together, too."""
    identifier = members["ReplicationSubnetGroupIdentifier"]
    return {"Arn": f"arn:aws:dms:{client.meta.region_name}:{ACCOUNT}:subgrp:{identifier}"}


def _observe_group(members: Members) -> Members:
    return members | {"SubnetIds": [each["SubnetIdentifier"] for each in members.get("Subnets", [])]}


_SUBNET_GROUP = dms_resource(
    "ReplicationSubnetGroup",
    (
        identifier("ReplicationSubnetGroup"),
        argument("replicationSubnetGroupDescription", required=True),
        argument("subnetIds", kind="list", required=True, same=same_set),
    ),
    arn="Arn",
    outputs={"vpcId": "VpcId"},
    read=(_group_arn,),
    observe=_observe_group,
    retry={"AccessDeniedFault": ""},
)


def _observe_instance(members: Members) -> Members:
    group = at("ReplicationSubnetGroup", members, {})
    return members | {
        "VpcSecurityGroupIds": [each["VpcSecurityGroupId"] for each in at("VpcSecurityGroups", members, [])],
        "ReplicationSubnetGroupIdentifier": group.get("ReplicationSubnetGroupIdentifier"),
    }


_INSTANCE = dms_resource(
    "ReplicationInstance",
    (
        identifier("ReplicationInstance"),
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
        argument("preferredMaintenanceWindow", computed=True),
        argument("replicationInstanceClass", required=True),
        argument("vpcSecurityGroupIds", kind="list", computed=True, same=same_set),
        argument("applyImmediately", kind="boolean", write_only=True),
    ),
    observe=_observe_instance,
    wait=Wait(path="ReplicationInstanceStatus", ready=frozenset({"available"}), failed=frozenset({"failed"})),
)


def _endpoint(arguments: tuple[Argument, ...], **settings: Any) -> ResourceType:
    """Return a type of endpoint; DMS has one API for all of them."""
    kind = argument("endpointType", required=True, reported=same_text)
    ready, failed = frozenset({"active", "successful"}), frozenset({"failed"})
    return dms_resource(
        "Endpoint",
        (identifier("Endpoint"), kind, *arguments),
        wait=Wait(path="Status", ready=ready, failed=failed, minutes=5),
        retry={"AccessDeniedFault": ""},
        **settings,
    )


def _s3(name: str, **settings: Any) -> Argument:
    return argument(name, f"S3Settings.{name[0].upper()}{name[1:]}", **settings)


def shape_s3(members: Members, props: Props) -> Members:
    """Add the engine, and omit what the real provider omits.

    It does not send an empty `csv_null_value`, so that cannot be set back to empty; nor the format of a
    source, as its own text on `data_format` says.
    https://github.com/hashicorp/terraform-provider-aws/issues/49616
    """
    settings = {"Rfc4180": True} | members.get("S3Settings", {})
    if props.get("endpointType") == "source":
        settings.pop("DataFormat", None)
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
    (
        argument("engineName", required=True),
        argument("serviceAccessRole", "DynamoDbSettings.ServiceAccessRoleArn"),
        argument("extraConnectionAttributes", computed=True),
    ),
    check=_check_engine,
)
_S3_ENDPOINT = _endpoint(
    (
        _s3("bucketName", required=True),
        _s3("serviceAccessRoleArn", required=True),
        _s3("bucketFolder", computed=True, reported=same_text),
        _s3("cdcPath", computed=True, reported=same_text),
        _s3("csvDelimiter", default=","),
        _s3("csvNullValue", default=""),
        _s3("csvRowDelimiter", default=r"\n"),
        _s3("dataFormat", computed=True),
        _s3("externalTableDefinition", same=same_json),
        _s3("ignoreHeaderRows", kind="number", replaces=True, computed=True),
        _s3("rfc4180", kind="boolean", default=True),
    ),
    type="aws:dms/s3Endpoint:S3Endpoint",
    title="DMS (Database Migration) S3 Endpoint ({id})",
    shape=shape_s3,
)

TYPES = (
    _SUBNET_GROUP,
    _INSTANCE,
    _ENDPOINT,
    _S3_ENDPOINT,
    REPLICATION_TASK,
    REPLICATION_CONFIG,
    EVENT_SUBSCRIPTION,
)
