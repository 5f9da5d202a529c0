"""The kinds of resources whose names are unique in AWS: how they are listed, and who owns them.

Everything else that a stack makes AWS accepts twice (policies, objects, settings of a bucket), or the program
looks for it anyway (the account's roles, imported tables).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dynamodb_bulk.adoption import ready
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.names import physical_name

Tags = Mapping[str, str]
Listed = Iterator[tuple[str, str]]
Owner = tuple[str, str]
"""The names of a project and of its stack."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind. What the program and AWS call it is what the arguments `named` say, joined by a slash.

    `listed`: the names and ARNs of all in the account and Region that can be the stack's: one look serves
    every resource of the kind. `tags`: those of the one with that name and ARN. `untagged`: without tags it
    is the stack's by its name alone. `empty`: whether it can be deleted, by `delete`, and made again; None
    where that is never asked. `by_arn`: the provider imports it by its ARN, not by its name. `ready`:
    brings it to where the provider can import it, given the arguments of the program.
    """

    title: str
    listed: Callable[[Aws, Owner], Listed]
    tags: Callable[[Aws, str, str], Tags]
    named: tuple[str, ...] = ("name",)
    untagged: bool = False
    empty: Callable[[Aws, str], bool] | None = None
    delete: Callable[[Aws, str], None] = lambda _aws, _name: None
    by_arn: bool = False
    ready: Callable[[Aws, str, Mapping[str, Any]], None] = lambda _aws, _name, _wanted: None


def _buckets(aws: Aws, _owner: Owner) -> Listed:
    """Return the tables of this account only, without those that others share with it."""
    yield from ((bucket.get("Name", ""), "") for bucket in aws.s3.list_buckets().get("Buckets", []))


def _bucket_tags(aws: Aws, name: str, _arn: str) -> Tags:
    try:
        return {tag["Key"]: tag["Value"] for tag in aws.s3.get_bucket_tagging(Bucket=name)["TagSet"]}
    except aws.s3.exceptions.ClientError as error:
        if error.response.get("Error", {}).get("Code") == "NoSuchTagSet":
            return {}
        raise


def _tables(aws: Aws, _owner: Owner) -> Listed:
    for page in aws.dynamodb.get_paginator("list_tables").paginate():
        yield from ((name, "") for name in page.get("TableNames", []))


def _table_tags(aws: Aws, name: str, _arn: str) -> Tags:
    arn = aws.dynamodb.describe_table(TableName=name)["Table"].get("TableArn", "")
    pages = aws.dynamodb.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
    return {tag["Key"]: tag["Value"] for page in pages for tag in page.get("Tags", [])}


def _roles(aws: Aws, _owner: Owner) -> Listed:
    for page in aws.iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 1000}):
        yield from ((role["RoleName"], role["Arn"]) for role in page["Roles"])


def _role_tags(aws: Aws, name: str, _arn: str) -> Tags:
    return {tag["Key"]: tag["Value"] for tag in aws.iam.list_role_tags(RoleName=name)["Tags"]}


def _log_groups(aws: Aws, _owner: Owner) -> Listed:
    for page in aws.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix="dms-tasks-"):
        for group in page.get("logGroups", []):
            yield group.get("logGroupName", ""), group.get("arn", "").removesuffix(":*")


def _log_group_tags(aws: Aws, _name: str, arn: str) -> Tags:
    return aws.logs.list_tags_for_resource(resourceArn=arn).get("tags", {})


def _dms(operation: str, answer: str, name: str, arn: str, **more: Any) -> Callable[[Aws, Owner], Listed]:
    def listed(aws: Aws, _owner: Owner) -> Listed:
        client: Any = aws.dms
        for page in client.get_paginator(operation).paginate(**more):
            yield from ((found[name], found[arn]) for found in page.get(answer, []))

    return listed


def _subnet_groups(aws: Aws, _owner: Owner) -> Listed:
    caller = aws.sts.get_caller_identity()
    arn = f"arn:{caller['Arn'].split(':')[1]}:dms:{aws.region}:{caller['Account']}:subgrp"
    for page in aws.dms.get_paginator("describe_replication_subnet_groups").paginate():
        for found in page.get("ReplicationSubnetGroups", []):
            name = found.get("ReplicationSubnetGroupIdentifier", "")
            yield name, f"{arn}:{name}"


def _dms_tags(aws: Aws, _name: str, arn: str) -> Tags:
    found = aws.dms.list_tags_for_resource(ResourceArn=arn).get("TagList", [])
    return {tag.get("Key", ""): tag.get("Value", "") for tag in found}


def _parameters(aws: Aws, owner: Owner) -> Listed:
    for page in aws.ssm.get_paginator("get_parameters_by_path").paginate(
        Path=f"/{owner[0]}/{owner[1]}/", Recursive=True
    ):
        yield from ((found["Name"], "") for found in page["Parameters"])


def _parameter_tags(aws: Aws, name: str, _arn: str) -> Tags:
    found = aws.ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
    return {tag["Key"]: tag["Value"] for tag in found}


def _schedule_groups(aws: Aws, owner: Owner) -> Listed:
    pages = aws.scheduler.get_paginator("list_schedule_groups").paginate(NamePrefix=physical_name(owner[0]))
    for page in pages:
        yield from ((group["Name"], group["Arn"]) for group in page["ScheduleGroups"])


def _schedule_group_tags(aws: Aws, _name: str, arn: str) -> Tags:
    return {tag["Key"]: tag["Value"] for tag in aws.scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"]}


def _schedules(aws: Aws, _owner: Owner) -> Listed:
    for page in aws.scheduler.get_paginator("list_schedules").paginate():
        yield from ((f"{found['GroupName']}/{found['Name']}", "") for found in page["Schedules"])


def _tags_of_its_group(aws: Aws, name: str, _arn: str) -> Tags:
    group = name.partition("/")[0]
    return _schedule_group_tags(aws, group, aws.scheduler.get_schedule_group(Name=group)["Arn"])


def _gateways(aws: Aws, owner: Owner) -> Listed:
    """Return the stack's own alone: whether it needs any, and another's will do, the network knows."""
    pages = aws.ec2.get_paginator("describe_vpc_endpoints").paginate(
        Filters=[
            {"Name": "vpc-endpoint-type", "Values": ["Gateway"]},
            {"Name": "tag:project", "Values": [owner[0]]},
            {"Name": "tag:stack", "Values": [owner[1]]},
        ]
    )
    for page in pages:
        for found in page["VpcEndpoints"]:
            if found.get("State", "").lower() not in ("deleting", "deleted"):
                yield found.get("ServiceName", ""), found.get("VpcEndpointId", "")


def _gateway_tags(aws: Aws, _name: str, endpoint: str) -> Tags:
    found = aws.ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"][0]
    return {tag.get("Key", ""): tag.get("Value", "") for tag in found.get("Tags", [])}


def _machines(aws: Aws, _owner: Owner) -> Listed:
    for page in aws.states.get_paginator("list_state_machines").paginate():
        yield from ((found["name"], found["stateMachineArn"]) for found in page["stateMachines"])


def _machine_tags(aws: Aws, _name: str, arn: str) -> Tags:
    return {tag["key"]: tag["value"] for tag in aws.states.list_tags_for_resource(resourceArn=arn)["tags"]}


_ENDPOINT = Kind(
    title="DMS endpoint",
    named=("endpoint_id",),
    listed=_dms("describe_endpoints", "Endpoints", "EndpointIdentifier", "EndpointArn"),
    tags=_dms_tags,
)
KINDS: Mapping[str, Kind] = {
    "aws:s3/bucket:Bucket": Kind(
        title="bucket",
        named=("bucket",),
        listed=_buckets,
        tags=_bucket_tags,
        untagged=True,
        empty=ready.bucket_is_empty,
        delete=ready.delete_empty_bucket,
    ),
    "aws:dynamodb/table:Table": Kind(
        title="table", listed=_tables, tags=_table_tags, ready=ready.table_is_ready
    ),
    "aws:iam/role:Role": Kind(title="role", listed=_roles, tags=_role_tags),
    # Without tags when DMS made it: it does so when a task runs that has none.
    "aws:cloudwatch/logGroup:LogGroup": Kind(
        title="log group",
        listed=_log_groups,
        tags=_log_group_tags,
        untagged=True,
        ready=ready.log_group_is_ready,
    ),
    "aws:dms/replicationSubnetGroup:ReplicationSubnetGroup": Kind(
        title="replication subnet group",
        named=("replication_subnet_group_id",),
        listed=_subnet_groups,
        tags=_dms_tags,
    ),
    "aws:dms/replicationInstance:ReplicationInstance": Kind(
        title="replication instance",
        named=("replication_instance_id",),
        listed=_dms(
            "describe_replication_instances",
            "ReplicationInstances",
            "ReplicationInstanceIdentifier",
            "ReplicationInstanceArn",
        ),
        tags=_dms_tags,
        ready=ready.instance_is_ready,
    ),
    "aws:dms/s3Endpoint:S3Endpoint": _ENDPOINT,
    "aws:dms/endpoint:Endpoint": _ENDPOINT,
    "aws:dms/replicationTask:ReplicationTask": Kind(
        title="DMS task",
        named=("replication_task_id",),
        listed=_dms(
            "describe_replication_tasks",
            "ReplicationTasks",
            "ReplicationTaskIdentifier",
            "ReplicationTaskArn",
            WithoutSettings=True,
        ),
        tags=_dms_tags,
        ready=ready.task_is_ready,
    ),
    "aws:ssm/parameter:Parameter": Kind(title="parameter", listed=_parameters, tags=_parameter_tags),
    "aws:scheduler/scheduleGroup:ScheduleGroup": Kind(
        title="schedule group", listed=_schedule_groups, tags=_schedule_group_tags
    ),
    "aws:scheduler/schedule:Schedule": Kind(
        title="schedule", named=("group_name", "name"), listed=_schedules, tags=_tags_of_its_group
    ),
    # Its ID is its only name.
    "aws:ec2/vpcEndpoint:VpcEndpoint": Kind(
        title="VPC endpoint", named=("serviceName",), listed=_gateways, tags=_gateway_tags, by_arn=True
    ),
    "aws:sfn/stateMachine:StateMachine": Kind(
        title="state machine", listed=_machines, tags=_machine_tags, by_arn=True
    ),
}
