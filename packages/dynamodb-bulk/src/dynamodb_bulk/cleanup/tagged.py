"""What carries the tags of a stack that is gone. Stacks tag all that they make with `project` and `stack`.

The Resource Groups Tagging API lists it in one go, except for IAM roles. It goes on listing what was deleted
for hours, so whatever it names is looked at before it is reported.
https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
https://github.com/boto/boto3/issues/3341
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.clients import pages_of
from dynamodb_bulk.aws.names import physical_name
from dynamodb_bulk.aws.refusals import is_gone
from dynamodb_bulk.aws.tags import Tags, owner_of, tags_of
from dynamodb_bulk.cleanup.capacity import delete_records_bucket, raised_tables
from dynamodb_bulk.cleanup.delete import (
    camel_case,
    delete_gateway,
    delete_glue_job,
    delete_instance,
    delete_replication,
    delete_role,
    delete_rule,
    delete_security_group,
    delete_subnet,
    delete_table,
    delete_task,
    delete_vpc,
    described,
)
from dynamodb_bulk.cleanup.leftover import Leftover
from dynamodb_bulk.cleanup.stacks import Stacks
from dynamodb_bulk.loads.dms.alive import dms_in_vpc

_Look = Callable[[Aws, str, str], Iterator[Leftover]]


@dataclass(frozen=True)
class TaggedResources:
    """What carries a project's tag in the Region, asked for once: tags by ARN."""

    aws: Aws
    project: str

    def of(self, kind: str) -> Iterator[tuple[str, str, Tags]]:
        """Yield ARN, name and tags of one kind, as ARNs begin after Region and account: `dms:task:`."""
        service, _, resource = kind.partition(":")
        for arn, tags in self._found.items():
            _, _, owner, region, _, name = arn.split(":", 5)
            bucket = owner == "s3" and not region  # access points have a Region
            if owner == service and name.startswith(resource) and (bucket or owner != "s3"):
                yield arn, name.removeprefix(resource), tags

    @cached_property
    def _found(self) -> dict[str, Tags]:
        pages = self.aws.tagging.get_paginator("get_resources").paginate(
            TagFilters=[{"Key": "project", "Values": [self.project]}]
        )
        return {
            found["ResourceARN"]: tags_of(found["Tags"])
            for page in pages
            for found in page["ResourceTagMappingList"]
        }


def tagged_leftovers(
    resources: TaggedResources, stacks: Stacks, named: Collection[str]
) -> list[Iterator[Leftover]]:
    """Of this project's stacks that are gone, in the order of deletion; of unknown ones too, retained unless
    `named`.
    """

    def of_kind(kind: str, look: _Look) -> Iterator[Leftover]:
        for arn, name, tags in resources.of(kind):
            if stacks.fate(tags.get("stack", "")) != "lives":
                try:
                    yield from (
                        leftover(each, tags, stacks, named) for each in look(resources.aws, arn, name)
                    )
                except ClientError as error:
                    if not is_gone(error):
                        raise

    def of_roles() -> Iterator[Leftover]:
        for role, tags in _roles(resources.aws, resources.project):
            if tags.get("project") == resources.project and stacks.fate(tags.get("stack", "")) != "lives":
                yield leftover(role, tags, stacks, named)

    return [*(of_kind(kind, look) for kind, look in _KINDS.items()), of_roles()]


def leftover(found: Leftover, tags: Tags, stacks: Stacks, named: Collection[str]) -> Leftover:
    """It as one of a stack that does not live; retained when this backend does not know the stack."""
    stack = tags.get("stack", "")
    unknown = stacks.fate(stack) == "unknown"
    why = f"its stack is {'not in this backend' if unknown else 'gone'}"
    deletes = f"`--stack {stack}` deletes it too" if unknown and stack not in named else ""
    return replace(
        found,
        reason=f"{why}; {found.reason}" if found.reason else why,
        owner=owner_of(tags),
        retained=found.retained or deletes,
    )


def _of_dms(
    resource: str,
    kind: str,
    delete: Callable[[Aws, str], object],
    created: str = "",
) -> _Look:
    """Find what `described` knows as `resource`."""

    def look(aws: Aws, arn: str, _: str) -> Iterator[Leftover]:
        for found in described(aws, resource, arn):
            yield Leftover(
                kind=kind,
                name=found.get(f"{camel_case(resource)}Identifier", ""),
                created=found.get(created),
                delete=partial(delete, aws, arn),
            )

    return look


def _subnet_group(aws: Aws, _: str, name: str) -> Iterator[Leftover]:
    by_name = aws.dms.describe_replication_subnet_groups(
        Filters=[{"Name": "replication-subnet-group-id", "Values": [name]}]
    )
    if by_name["ReplicationSubnetGroups"]:
        yield Leftover(
            kind="replication subnet group",
            name=name,
            delete=partial(aws.dms.delete_replication_subnet_group, ReplicationSubnetGroupIdentifier=name),
        )


def _schedule_group(aws: Aws, _: str, name: str) -> Iterator[Leftover]:
    """Schedules have no tags; they go with their group."""
    yield Leftover(
        kind="schedule group",
        name=name,
        created=aws.scheduler.get_schedule_group(Name=name).get("CreationDate"),
        delete=partial(aws.scheduler.delete_schedule_group, Name=name),
    )


def _state_machine(aws: Aws, arn: str, name: str) -> Iterator[Leftover]:
    yield Leftover(
        kind="state machine",
        name=name,
        created=aws.states.describe_state_machine(stateMachineArn=arn)["creationDate"],
        delete=partial(aws.states.delete_state_machine, stateMachineArn=arn),
    )


def _glue_job(aws: Aws, _: str, name: str) -> Iterator[Leftover]:
    yield Leftover(
        kind="Glue job",
        name=name,
        created=aws.glue.get_job(JobName=name)["Job"].get("CreatedOn"),
        delete=partial(delete_glue_job, aws, name),
    )


def _glue_log_group(aws: Aws, _: str, name: str) -> Iterator[Leftover]:
    """Of Glue jobs alone: DMS makes groups without tags, which are looked for by name."""
    groups = aws.logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    if name.startswith("/aws-glue/") and any(group.get("logGroupName") == name for group in groups):
        yield Leftover(
            kind="log group", name=name, delete=partial(aws.logs.delete_log_group, logGroupName=name)
        )


def _topic(aws: Aws, arn: str, name: str) -> Iterator[Leftover]:
    """A topic of notices, and before it what its stack has for them and AWS gives no tags.

    The destination and its connection have the topic's name.
    """
    aws.sns.get_topic_attributes(TopicArn=arn)
    prefix = f"{name.rpartition('-')[0]}-"
    found = aws.cloudwatch.get_paginator("list_dashboards").paginate(DashboardNamePrefix=prefix)
    for dashboard in found.search("DashboardEntries[].DashboardName"):
        if dashboard == f"{prefix}loads":
            delete = partial(aws.cloudwatch.delete_dashboards, DashboardNames=[dashboard])
            yield Leftover(kind="dashboard", name=dashboard, delete=delete)
    for kind, listing, member, remove in (
        ("API destination", aws.events.list_api_destinations, "ApiDestinations", "delete_api_destination"),
        ("EventBridge connection", aws.events.list_connections, "Connections", "delete_connection"),
    ):
        for one in pages_of(listing, member, NamePrefix=name):
            if one["Name"] == name:
                yield Leftover(
                    kind=kind,
                    name=name,
                    created=one["CreationTime"],
                    delete=partial(getattr(aws.events, remove), Name=name),
                )
    yield Leftover(kind="topic", name=name, delete=partial(aws.sns.delete_topic, TopicArn=arn))


def _event_subscription(aws: Aws, _: str, name: str) -> Iterator[Leftover]:
    """As its ARN names it; what is being deleted is none."""
    for found in aws.dms.describe_event_subscriptions(SubscriptionName=name)["EventSubscriptionsList"]:
        if found.get("Status") != "deleting":
            delete = partial(aws.dms.delete_event_subscription, SubscriptionName=name)
            yield Leftover(kind="DMS event subscription", name=name, delete=delete)


def _alarm(aws: Aws, _: str, name: str) -> Iterator[Leftover]:
    for _found in aws.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]:
        yield Leftover(
            kind="alarm", name=name, delete=partial(aws.cloudwatch.delete_alarms, AlarmNames=[name])
        )


def _project(aws: Aws, _: str, name: str) -> Iterator[Leftover]:
    for found in aws.codebuild.batch_get_projects(names=[name])["projects"]:
        yield Leftover(
            kind="CodeBuild project",
            name=name,
            created=found["created"],
            delete=partial(aws.codebuild.delete_project, name=name),
        )


def _rule(aws: Aws, _: str, name: str) -> Iterator[Leftover]:
    aws.events.describe_rule(Name=name)
    yield Leftover(kind="EventBridge rule", name=name, delete=partial(delete_rule, aws, name))


def _of_ec2(
    kind: str,
    operation: str,
    found: str,
    identity: str,
    delete: Callable[[Aws, str], object],
) -> _Look:
    """Find what is in a VPC, or is one: DMS that stands there needs it, whoever's it is."""

    def look(aws: Aws, _: str, name: str) -> Iterator[Leftover]:
        describe: Any = getattr(aws.ec2, operation)
        for one in describe(**{f"{identity}s": [name]})[found]:
            if one.get("State", "").lower() not in ("deleting", "deleted"):
                users = dms_in_vpc(aws, one["VpcId"])
                yield Leftover(
                    kind=kind,
                    name=name,
                    created=one.get("CreationTimestamp"),
                    retained=f"{users[0]} in its VPC needs it" if users else "",
                    delete=partial(delete, aws, name),
                )

    return look


def _table(aws: Aws, _: str, name: str) -> Iterator[Leftover]:
    table = aws.dynamodb.describe_table(TableName=name)["Table"]
    yield Leftover(
        kind="table",
        name=name,
        created=table.get("CreationDateTime"),
        retained="it is protected against deletion" if table.get("DeletionProtectionEnabled") else "",
        reason=f"holds about {table.get('ItemCount', 0):,} items",
        delete=partial(delete_table, aws, name),
    )


def _bucket(aws: Aws, _: str, name: str) -> Iterator[Leftover]:
    for found in aws.s3.list_buckets(Prefix=name).get("Buckets", []):
        if found.get("Name") == name:
            yield from raised_tables(aws, name)
            yield Leftover(
                kind="bucket",
                name=name,
                created=found.get("CreationDate"),
                delete=partial(delete_records_bucket, aws, name),
            )


def _parameter(aws: Aws, _: str, name: str) -> Iterator[Leftover]:
    yield Leftover(
        kind="parameter",
        name=name,
        created=aws.ssm.get_parameter(Name=name)["Parameter"].get("LastModifiedDate"),
        delete=partial(aws.ssm.delete_parameter, Name=name),
    )


def _roles(aws: Aws, project: str) -> Iterator[tuple[Leftover, Tags]]:
    for page in aws.iam.get_paginator("list_roles").paginate():
        for role in page["Roles"]:
            name = role["RoleName"]
            if name.startswith(name_prefix(project)):
                found = Leftover(
                    kind="role", name=name, created=role["CreateDate"], delete=partial(delete_role, aws, name)
                )
                yield found, tags_of(aws.iam.list_role_tags(RoleName=name)["Tags"])


def name_prefix(project: str) -> str:
    """Return what the names of all that its stacks make begin with."""
    return f"{physical_name(project)}-"


# A task goes before its endpoints and its instance, that before its subnet group; what acts, before its role.
# A VPC goes when it is empty. By what an ARN says after Region and account.
_KINDS: Mapping[str, _Look] = {
    "dms:es:": _event_subscription,
    "dms:task:": _of_dms("replication-task", "DMS task", delete_task, "ReplicationTaskCreationDate"),
    "dms:replication-config:": _of_dms(
        "replication-config", "serverless replication", delete_replication, "ReplicationConfigCreateTime"
    ),
    "dms:endpoint:": _of_dms(
        "endpoint", "DMS endpoint", lambda aws, arn: aws.dms.delete_endpoint(EndpointArn=arn)
    ),
    "dms:rep:": _of_dms(
        "replication-instance", "replication instance", delete_instance, "InstanceCreateTime"
    ),
    "dms:subgrp:": _subnet_group,
    "scheduler:schedule-group/": _schedule_group,
    "glue:job/": _glue_job,
    "logs:log-group:": _glue_log_group,
    "states:stateMachine:": _state_machine,
    "events:rule/": _rule,
    "codebuild:project/": _project,
    "cloudwatch:alarm:": _alarm,
    "sns:": _topic,
    "ec2:vpc-endpoint/": _of_ec2(
        "VPC endpoint", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", delete_gateway
    ),
    "ec2:subnet/": _of_ec2("subnet", "describe_subnets", "Subnets", "SubnetId", delete_subnet),
    "ec2:security-group/": _of_ec2(
        "security group", "describe_security_groups", "SecurityGroups", "GroupId", delete_security_group
    ),
    "ec2:vpc/": _of_ec2("VPC", "describe_vpcs", "Vpcs", "VpcId", delete_vpc),
    "dynamodb:table/": _table,
    "s3:": _bucket,
    "ssm:parameter": _parameter,
}
