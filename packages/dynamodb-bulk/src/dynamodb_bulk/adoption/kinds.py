"""The kinds of resources that are adopted: how they are listed, and who owns them. Their names are unique.

Everything else that a stack makes AWS accepts twice (policies, objects, settings of a bucket), or the program
looks for it anyway (the account's roles, imported tables).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dynamodb_bulk.adoption import ready
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.clients import pages_of
from dynamodb_bulk.aws.names import physical_name
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.aws.tags import NAME, Tags, table_tags, tags_of

Listed = Iterator[tuple[str, str]]
Owner = tuple[str, str]
"""The names of a project and of its stack."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind. What the program and AWS call it is what the arguments `named` say, joined by a slash.

    `listed`: the names and ARNs of all in the account and Region that can be the stack's: one look serves
    every resource of the kind. `tags`: those of the one with that name and ARN. `untagged`: without tags it
    is the stack's by its name alone. `empty`: whether it can be deleted, by `delete`, and made again; None
    where that is never asked. `by_arn`: the provider imports it by its ARN or ID, not by its name. `ready`:
    brings it to where the provider can import it, given the arguments of the program,
    and reports what takes time. `tagged`: where it has the tag for it, that is its name.
    """

    title: str
    listed: Callable[[Aws, Owner], Listed]
    tags: Callable[[Aws, str, str], Tags]
    named: tuple[str, ...] = ("name",)
    untagged: bool = False
    empty: Callable[[Aws, str], bool] | None = None
    delete: Callable[[Aws, str], None] = lambda _aws, _name: None
    by_arn: bool = False
    tagged: bool = False
    ready: Callable[[Aws, str, Mapping[str, Any], Report], None] = lambda _aws, _name, _wanted, _report: None


def _listed(service: str, operation: str, found: str, **arguments: Any) -> Callable[[Aws, Owner], Listed]:
    """Names and ARNs as the expression `found` takes them from the pages of an operation."""

    def listed(aws: Aws, _owner: Owner) -> Listed:
        pages: Any = getattr(aws, service).get_paginator(operation).paginate(**arguments)
        yield from ((one[0], one[-1]) for one in pages.search(found) if one)

    return listed


def _replications(aws: Aws, _owner: Owner) -> Listed:
    """Configs of serverless replications, for which boto3 has no paginator."""
    for one in pages_of(aws.dms.describe_replication_configs, "ReplicationConfigs", "Marker"):
        yield one["ReplicationConfigIdentifier"], one["ReplicationConfigArn"]


def _parameters(aws: Aws, owner: Owner) -> Listed:
    path = f"/{owner[0]}/{owner[1]}/"
    named = _listed("ssm", "get_parameters_by_path", "Parameters[].[Name]", Path=path, Recursive=True)
    return named(aws, owner)


def _projects(aws: Aws, owner: Owner) -> Listed:
    """Projects of CodeBuild, whose names alone are listed."""
    prefix = physical_name(owner[0])
    for page in aws.codebuild.get_paginator("list_projects").paginate():
        yield from ((name, name) for name in page["projects"] if name.startswith(prefix))


def _project_tags(aws: Aws, name: str, _arn: str) -> Tags:
    (project,) = aws.codebuild.batch_get_projects(names=[name])["projects"]
    return {tag["key"]: tag["value"] for tag in project.get("tags") or ()}


def _schedule_groups(aws: Aws, owner: Owner) -> Listed:
    prefix = physical_name(owner[0])
    found = "ScheduleGroups[].[Name, Arn]"
    return _listed("scheduler", "list_schedule_groups", found, NamePrefix=prefix)(aws, owner)


def _log_groups(aws: Aws, owner: Owner) -> Listed:
    for prefix in ("dms-tasks-", "dms-serverless-replication-", "/aws-glue/jobs/", "/aws/codebuild/"):
        found = "logGroups[].[logGroupName, arn]"
        yield from _listed("logs", "describe_log_groups", found, logGroupNamePrefix=prefix)(aws, owner)


def _glue_jobs(aws: Aws, owner: Owner) -> Listed:
    yield from _with_arns(aws, "glue", "job/", _listed("glue", "list_jobs", "JobNames[].[@]")(aws, owner))


def _subnet_groups(aws: Aws, owner: Owner) -> Listed:
    found = "ReplicationSubnetGroups[].[ReplicationSubnetGroupIdentifier]"
    groups = _listed("dms", "describe_replication_subnet_groups", found)(aws, owner)
    yield from _with_arns(aws, "dms", "subgrp:", groups)


def _event_subscriptions(aws: Aws, owner: Owner) -> Listed:
    found = "EventSubscriptionsList[].[CustSubscriptionId]"
    subscriptions = _listed("dms", "describe_event_subscriptions", found)(aws, owner)
    yield from _with_arns(aws, "dms", "es:", subscriptions)


def _with_arns(aws: Aws, service: str, before: str, listed: Listed) -> Listed:
    """Yield what AWS lists by names alone with the ARNs, which end in them."""
    caller = aws.sts.get_caller_identity()
    arn = f"arn:{caller['Arn'].split(':')[1]}:{service}:{aws.region}:{caller['Account']}:{before}"
    yield from ((name, f"{arn}{name}") for name, _ in listed)


def _ec2(operation: str, found: str) -> Callable[[Aws, Owner], Listed]:
    """Those with the stack's tags alone, since all that AWS gives them is an ID."""

    def listed(aws: Aws, owner: Owner) -> Listed:
        whose = {"tag:project": owner[0], "tag:stack": owner[1]}
        filters = [{"Name": tag, "Values": [value]} for tag, value in whose.items()]
        return _listed("ec2", operation, found, Filters=filters)(aws, owner)

    return listed


def _bucket_tags(aws: Aws, name: str, _arn: str) -> Tags:
    try:
        return tags_of(aws.s3.get_bucket_tagging(Bucket=name)["TagSet"])
    except aws.s3.exceptions.ClientError as error:
        if error.response.get("Error", {}).get("Code") == "NoSuchTagSet":
            return {}
        raise


def _table_tags(aws: Aws, name: str, _arn: str) -> Tags:
    return table_tags(aws, aws.dynamodb.describe_table(TableName=name)["Table"].get("TableArn", ""))


def _role_tags(aws: Aws, name: str, _arn: str) -> Tags:
    return tags_of(aws.iam.list_role_tags(RoleName=name)["Tags"])


def _log_group_tags(aws: Aws, _name: str, arn: str) -> Tags:
    return aws.logs.list_tags_for_resource(resourceArn=arn.removesuffix(":*")).get("tags", {})


def _glue_tags(aws: Aws, _name: str, arn: str) -> Tags:
    return aws.glue.get_tags(ResourceArn=arn).get("Tags", {})


def _dms_tags(aws: Aws, _name: str, arn: str) -> Tags:
    return tags_of(aws.dms.list_tags_for_resource(ResourceArn=arn).get("TagList", []))


def _parameter_tags(aws: Aws, name: str, _arn: str) -> Tags:
    return tags_of(aws.ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"])


def _schedule_group_tags(aws: Aws, _name: str, arn: str) -> Tags:
    return tags_of(aws.scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"])


def _tags_of_its_group(aws: Aws, name: str, _arn: str) -> Tags:
    group = name.partition("/")[0]
    return _schedule_group_tags(aws, group, aws.scheduler.get_schedule_group(Name=group)["Arn"])


def _ec2_tags(aws: Aws, _name: str, identity: str) -> Tags:
    found = aws.ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [identity]}])
    return {tag.get("Key", ""): tag.get("Value", "") for tag in found["Tags"]}


def _machine_tags(aws: Aws, _name: str, arn: str) -> Tags:
    return {tag["key"]: tag["value"] for tag in aws.states.list_tags_for_resource(resourceArn=arn)["tags"]}


_TAG = f"(Tags[?Key=='{NAME}'].Value | [0])"
_LEAVING = "['deleting', 'deleted', 'Deleting', 'Deleted']"


def _untagged(_aws: Aws, _name: str, _arn: str) -> Tags:
    """A kind that AWS gives no tags."""
    return {}


def _paged(operation: str, found: str, name: str, arn: str) -> Callable[[Aws, Owner], Listed]:
    """Names and ARNs of an operation of EventBridge that boto3 has no paginator for."""

    def listed(aws: Aws, owner: Owner) -> Listed:
        call = getattr(aws.events, operation)
        for one in pages_of(call, found, NamePrefix=physical_name(owner[0])):
            yield one[name], one[arn]

    return listed


def _network(title: str, operation: str, found: str, named: tuple[str, ...] = ("name",)) -> Kind:
    """Return a kind that EC2 gives IDs alone, which is known by its tags."""
    listed = _ec2(operation, found)
    return Kind(title=title, named=named, tagged=True, listed=listed, tags=_ec2_tags, by_arn=True)


_ENDPOINT = Kind(
    title="DMS endpoint",
    named=("endpoint_id",),
    listed=_listed("dms", "describe_endpoints", "Endpoints[].[EndpointIdentifier, EndpointArn]"),
    tags=_dms_tags,
)
KINDS: Mapping[str, Kind] = {
    "aws:s3/bucket:Bucket": Kind(
        title="bucket",
        named=("bucket",),
        listed=_listed("s3", "list_buckets", "Buckets[].[Name]"),
        tags=_bucket_tags,
        untagged=True,
        empty=ready.bucket_is_empty,
        delete=ready.delete_empty_bucket,
    ),
    "aws:dynamodb/table:Table": Kind(
        title="table",
        listed=_listed("dynamodb", "list_tables", "TableNames[].[@]"),
        tags=_table_tags,
        ready=ready.table_is_ready,
    ),
    "aws:iam/role:Role": Kind(
        title="role",
        listed=_listed("iam", "list_roles", "Roles[].[RoleName]", PaginationConfig={"PageSize": 1000}),
        tags=_role_tags,
    ),
    # Without tags when DMS or CodeBuild made it: they do so when one runs that has none.
    "aws:cloudwatch/logGroup:LogGroup": Kind(
        title="log group",
        listed=_log_groups,
        tags=_log_group_tags,
        untagged=True,
        ready=ready.log_group_is_ready,
    ),
    "aws:glue/job:Job": Kind(title="Glue job", listed=_glue_jobs, tags=_glue_tags),
    # Glue gives these no tags.
    "aws:glue/securityConfiguration:SecurityConfiguration": Kind(
        title="Glue security configuration",
        listed=_listed("glue", "get_security_configurations", "SecurityConfigurations[].[Name]"),
        tags=_untagged,
        untagged=True,
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
        listed=_listed(
            "dms",
            "describe_replication_instances",
            "ReplicationInstances[].[ReplicationInstanceIdentifier, ReplicationInstanceArn]",
        ),
        tags=_dms_tags,
        ready=ready.instance_is_ready,
    ),
    "aws:dms/s3Endpoint:S3Endpoint": _ENDPOINT,
    "aws:dms/endpoint:Endpoint": _ENDPOINT,
    "aws:dms/replicationTask:ReplicationTask": Kind(
        title="DMS task",
        named=("replication_task_id",),
        listed=_listed(
            "dms",
            "describe_replication_tasks",
            "ReplicationTasks[].[ReplicationTaskIdentifier, ReplicationTaskArn]",
            WithoutSettings=True,
        ),
        tags=_dms_tags,
        ready=ready.task_is_ready,
    ),
    "aws:dms/eventSubscription:EventSubscription": Kind(
        title="DMS event subscription", listed=_event_subscriptions, tags=_dms_tags
    ),
    "aws:dms/replicationConfig:ReplicationConfig": Kind(
        title="serverless replication",
        named=("replication_config_identifier",),
        listed=_replications,
        tags=_dms_tags,
        by_arn=True,
    ),
    "aws:ssm/parameter:Parameter": Kind(title="parameter", listed=_parameters, tags=_parameter_tags),
    "aws:scheduler/scheduleGroup:ScheduleGroup": Kind(
        title="schedule group", listed=_schedule_groups, tags=_schedule_group_tags
    ),
    "aws:scheduler/schedule:Schedule": Kind(
        title="schedule",
        named=("group_name", "name"),
        listed=_listed("scheduler", "list_schedules", "Schedules[].[join('/', [GroupName, Name])]"),
        tags=_tags_of_its_group,
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _network(
        "VPC endpoint",
        "describe_vpc_endpoints",
        f"VpcEndpoints[?!contains({_LEAVING}, State)].[{_TAG} || ServiceName, VpcEndpointId]",
        named=("serviceName",),
    ),
    "aws:ec2/vpc:Vpc": _network("VPC", "describe_vpcs", f"Vpcs[].[{_TAG}, VpcId]"),
    "aws:ec2/subnet:Subnet": _network("subnet", "describe_subnets", f"Subnets[].[{_TAG}, SubnetId]"),
    "aws:ec2/securityGroup:SecurityGroup": _network(
        "security group", "describe_security_groups", f"SecurityGroups[].[{_TAG}, GroupId]"
    ),
    "aws:sfn/stateMachine:StateMachine": Kind(
        title="state machine",
        listed=_listed("states", "list_state_machines", "stateMachines[].[name, stateMachineArn]"),
        tags=_machine_tags,
        by_arn=True,
    ),
    "aws:codebuild/project:Project": Kind(title="CodeBuild project", listed=_projects, tags=_project_tags),
    "aws:cloudwatch/eventConnection:EventConnection": Kind(
        title="EventBridge connection",
        listed=_paged("list_connections", "Connections", "Name", "ConnectionArn"),
        tags=_untagged,
        untagged=True,
    ),
    "aws:cloudwatch/eventApiDestination:EventApiDestination": Kind(
        title="API destination",
        listed=_paged("list_api_destinations", "ApiDestinations", "Name", "ApiDestinationArn"),
        tags=_untagged,
        untagged=True,
    ),
}
