"""The calls of the AWS provider for DMS, with what it sends, reads and expects.

Source: hashicorp/terraform-provider-aws, internal/service/dms.
"""

import json
from collections.abc import Callable
from typing import Any

from dynamodb_bulk.dms.definition import render_definition
from local_aws.testing.orders import ORDERS, SELECT_ALL
from local_aws.testing.provider_calls import error_of, missing
from local_aws.testing.stage import Stage

TAGS = [{"Key": "stack", "Value": "dev"}]
NOT_FOUND = "ResourceNotFoundFault"
ENDPOINT_READ = (
    *("EndpointArn", "EndpointIdentifier", "EndpointType", "EngineName", "EngineDisplayName"),
    *("KmsKeyId", "SslMode", "Status"),
)


def by(name: str, value: str) -> list[dict[str, Any]]:
    return [{"Name": name, "Values": [value]}]


def gone(stage: Stage, call: Callable[..., Any], filters: list[dict[str, Any]]) -> None:
    """Wait as the provider does: from `deleting` until there is none."""

    def look() -> bool:
        try:
            call(Filters=filters)
        except stage.dms.exceptions.ResourceNotFoundFault:
            return True
        return False

    stage.until(look)


def test_subnet_group_is_created_read_modified_and_deleted(stage: Stage) -> None:
    dms, name = stage.dms, stage.named("provided")
    dms.create_replication_subnet_group(
        ReplicationSubnetGroupIdentifier=name,
        ReplicationSubnetGroupDescription="one",
        SubnetIds=stage.subnets(),
        Tags=TAGS,
    )
    filters = by("replication-subnet-group-id", name)
    [group] = dms.describe_replication_subnet_groups(Filters=filters)["ReplicationSubnetGroups"]
    assert not missing(
        group,
        *("ReplicationSubnetGroupIdentifier", "ReplicationSubnetGroupDescription", "VpcId"),
        "Subnets.0.SubnetIdentifier",
    )
    arn = f"arn:aws:dms:{stage.region}:123456789012:subgrp:{name}"
    assert dms.list_tags_for_resource(ResourceArn=arn)["TagList"] == TAGS
    dms.modify_replication_subnet_group(
        ReplicationSubnetGroupIdentifier=name,
        ReplicationSubnetGroupDescription="two",
        SubnetIds=stage.subnets(),
    )
    dms.delete_replication_subnet_group(ReplicationSubnetGroupIdentifier=name)
    assert error_of(dms.describe_replication_subnet_groups, Filters=filters) == NOT_FOUND
    deleting = dms.delete_replication_subnet_group
    assert error_of(deleting, ReplicationSubnetGroupIdentifier=name) == NOT_FOUND


def test_instance_is_created_read_modified_and_deleted(stage: Stage) -> None:
    dms, name = stage.dms, stage.named("provided")
    arn = dms.create_replication_instance(
        ReplicationInstanceIdentifier=name,
        ReplicationInstanceClass="dms.t3.medium",
        AutoMinorVersionUpgrade=False,
        PubliclyAccessible=False,
        MultiAZ=False,
        AllocatedStorage=50,
        ReplicationSubnetGroupIdentifier=stage.subnet_group(),
        Tags=TAGS,
    )["ReplicationInstance"]["ReplicationInstanceArn"]
    filters = by("replication-instance-id", name)

    def read() -> dict[str, Any]:
        [found] = dms.describe_replication_instances(Filters=filters)["ReplicationInstances"]
        return found

    assert read()["ReplicationInstanceStatus"] == "creating"
    stage.until(lambda: read()["ReplicationInstanceStatus"] == "available")
    assert not missing(
        read(),
        *("AllocatedStorage", "AutoMinorVersionUpgrade", "AvailabilityZone", "EngineVersion", "KmsKeyId"),
        *("MultiAZ", "NetworkType", "PreferredMaintenanceWindow", "PubliclyAccessible"),
        *("ReplicationInstanceArn", "ReplicationInstanceClass", "ReplicationInstanceIdentifier"),
        *("ReplicationInstancePrivateIpAddresses", "ReplicationInstancePublicIpAddresses"),
        *(
            "ReplicationSubnetGroup.ReplicationSubnetGroupIdentifier",
            "VpcSecurityGroups.0.VpcSecurityGroupId",
        ),
    )
    assert dms.list_tags_for_resource(ResourceArn=arn)["TagList"] == TAGS
    dms.modify_replication_instance(
        ReplicationInstanceArn=arn,
        AllowMajorVersionUpgrade=False,
        ApplyImmediately=True,
        ReplicationInstanceClass="dms.t3.large",
    )
    assert read()["ReplicationInstanceStatus"] == "modifying"
    stage.until(lambda: read()["ReplicationInstanceStatus"] == "available")
    assert read()["ReplicationInstanceClass"] == "dms.t3.large"
    dms.delete_replication_instance(ReplicationInstanceArn=arn)
    assert read()["ReplicationInstanceStatus"] == "deleting"
    gone(stage, dms.describe_replication_instances, filters)
    assert error_of(dms.delete_replication_instance, ReplicationInstanceArn=arn) == NOT_FOUND


def s3_settings(stage: Stage, role: str) -> dict[str, Any]:
    """Return the settings of a source with all that the provider has defaults for."""
    return {
        **dict.fromkeys(("AddColumnName", "CdcInsertsAndUpdates", "CdcInsertsOnly"), False),
        **dict.fromkeys(("IncludeOpForFullLoad", "UseTaskStartTimeForFullLoadTimestamp"), False),
        "EnableStatistics": True,
        "Rfc4180": True,
        "CsvDelimiter": ",",
        "CsvRowDelimiter": "\\n",
        "BucketName": stage.bucket,
        "CdcPath": "changes/",
        "ServiceAccessRoleArn": role,
        "ExternalTableDefinition": render_definition([ORDERS]),
    }


def test_s3_endpoint_is_created_read_modified_and_deleted(stage: Stage) -> None:
    dms, name, role = stage.dms, stage.named("provided"), stage.role("reader")
    settings = s3_settings(stage, role)
    arn = dms.create_endpoint(
        EndpointIdentifier=name,
        EndpointType="source",
        EngineName="s3",
        ServiceAccessRoleArn=role,
        S3Settings=settings,
        ExtraConnectionAttributes="CdcPath=changes/",
        Tags=TAGS,
    )["Endpoint"]["EndpointArn"]
    filters = by("endpoint-id", name)
    [endpoint] = dms.describe_endpoints(Filters=filters)["Endpoints"]
    assert not missing(endpoint, *ENDPOINT_READ, *(f"S3Settings.{each}" for each in settings))
    assert endpoint["Status"] == "active"
    assert dms.list_tags_for_resource(ResourceArn=arn)["TagList"] == TAGS
    changed = {**settings, "CdcPath": "other/"}
    dms.modify_endpoint(
        EndpointArn=arn,
        EngineName="s3",
        ServiceAccessRoleArn=role,
        S3Settings=changed,
        ExtraConnectionAttributes="CdcPath=other/",
    )
    [endpoint] = dms.describe_endpoints(Filters=filters)["Endpoints"]
    assert endpoint["S3Settings"]["CdcPath"] == "other/"
    dms.delete_endpoint(EndpointArn=arn)
    gone(stage, dms.describe_endpoints, filters)
    assert error_of(dms.delete_endpoint, EndpointArn=arn) == NOT_FOUND


def test_dynamodb_endpoint_is_created_read_modified_and_deleted(stage: Stage) -> None:
    dms, name, role = stage.dms, stage.named("provided"), stage.role("writer")
    settings = {"ServiceAccessRoleArn": role}
    arn = dms.create_endpoint(
        EndpointIdentifier=name,
        EndpointType="target",
        EngineName="dynamodb",
        DynamoDbSettings=settings,
        Tags=TAGS,
    )["Endpoint"]["EndpointArn"]
    filters = by("endpoint-id", name)
    [endpoint] = dms.describe_endpoints(Filters=filters)["Endpoints"]
    assert not missing(endpoint, *ENDPOINT_READ, "DynamoDbSettings.ServiceAccessRoleArn")
    dms.modify_endpoint(EndpointArn=arn, DynamoDbSettings=settings)
    dms.delete_endpoint(EndpointArn=arn)
    gone(stage, dms.describe_endpoints, filters)


def test_task_is_created_read_modified_moved_and_deleted(stage: Stage) -> None:
    dms, name = stage.dms, stage.named("provided")
    stage.make_bucket()
    source, target = stage.source(), stage.target()
    mappings = json.dumps({"rules": [SELECT_ALL]})
    arn = dms.create_replication_task(
        ReplicationTaskIdentifier=name,
        MigrationType="full-load",
        ReplicationInstanceArn=stage.ready_instance(),
        SourceEndpointArn=source,
        TargetEndpointArn=target,
        TableMappings=mappings,
        ReplicationTaskSettings=json.dumps({"Logging": {"EnableLogging": True}}),
        Tags=TAGS,
    )["ReplicationTask"]["ReplicationTaskArn"]
    filters = by("replication-task-id", name)

    def read() -> dict[str, Any]:
        [found] = dms.describe_replication_tasks(Filters=filters)["ReplicationTasks"]
        return found

    assert read()["Status"] == "creating"
    stage.until(lambda: read()["Status"] == "ready")
    assert not missing(
        read(),
        *("MigrationType", "ReplicationInstanceArn", "ReplicationTaskArn", "ReplicationTaskIdentifier"),
        *("SourceEndpointArn", "Status", "TableMappings", "TargetEndpointArn", "ReplicationTaskSettings"),
    )
    assert dms.list_tags_for_resource(ResourceArn=arn)["TagList"] == TAGS
    assert error_of(dms.delete_endpoint, EndpointArn=source) == "InvalidResourceStateFault"
    dms.modify_replication_task(
        ReplicationTaskArn=arn,
        MigrationType="full-load",
        TableMappings=mappings,
        ReplicationTaskSettings=json.dumps({"Logging": {"EnableLogging": False}}),
    )
    assert read()["Status"] == "modifying"
    stage.until(lambda: read()["Status"] == "ready")
    other = stage.instance(ReplicationSubnetGroupIdentifier=stage.subnet_group())
    dms.move_replication_task(ReplicationTaskArn=arn, TargetReplicationInstanceArn=other)
    stage.until(lambda: read()["Status"] == "ready")
    assert read()["ReplicationInstanceArn"] == other
    dms.delete_replication_task(ReplicationTaskArn=arn)
    assert read()["Status"] == "deleting"
    gone(stage, dms.describe_replication_tasks, filters)
    assert error_of(dms.delete_replication_task, ReplicationTaskArn=arn) == NOT_FOUND
