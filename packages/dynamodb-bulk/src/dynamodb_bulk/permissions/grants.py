"""What a part of a stack asks of AWS: actions, on what, for which task, and who calls them.

Actions and resource types: https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

Task = Literal["deploy", "preview", "operate"]
Condition = Mapping[str, Mapping[str, str]]
TASKS: Mapping[Task, str] = {
    "deploy": "pulumi up, refresh and destroy",
    "preview": "pulumi preview, which only reads",
    "operate": "bulk status, watch, stop, verify, report, export and leftovers",
}
EVERYTHING = "everything"
"""For actions that AWS's reference gives no resource type, or only for calls that name a resource."""

PLACES: Mapping[str, tuple[str, ...]] = {
    EVERYTHING: ("*",),
    "bucket": ("arn:{partition}:s3:::{bucket}",),
    "objects": ("arn:{partition}:s3:::{bucket}/*",),
    "source buckets": ("arn:{partition}:s3:::{source_buckets}",),
    "source objects": ("arn:{partition}:s3:::{source_objects}*",),
    "export buckets": ("arn:{partition}:s3:::{export_buckets}",),
    "export objects": ("arn:{partition}:s3:::{export_objects}*",),
    "project's buckets": ("arn:{partition}:s3:::{project_prefix}*",),
    "project's records of capacity": ("arn:{partition}:s3:::{project_prefix}*/capacity/*",),
    "tables": (
        "arn:{partition}:dynamodb:{table_region}:{account}:table/{prefix}*",
        "arn:{partition}:dynamodb:{table_region}:{account}:table/{own_tables}",
        "arn:{partition}:dynamodb:{table_region}:{account}:table/{own_tables}/*",
    ),
    "other tables": (
        "arn:{partition}:dynamodb:{table_region}:{account}:table/{other_tables}",
        "arn:{partition}:dynamodb:{table_region}:{account}:table/{other_tables}/*",
    ),
    "exceptions tables": ("arn:{partition}:dynamodb:{region}:{account}:table/awsdms_*_exceptions",),
    "all tables": ("arn:{partition}:dynamodb:{table_region}:{account}:table/*",),
    "roles": ("arn:{partition}:iam::{account}:role{role_path}{prefix}*",),
    "project's roles": ("arn:{partition}:iam::{account}:role/*{project_prefix}*",),
    "account roles": (
        "arn:{partition}:iam::{account}:role/dms-vpc-role",
        "arn:{partition}:iam::{account}:role/dms-cloudwatch-logs-role",
    ),
    "managed policies": (
        "arn:{partition}:iam::aws:policy/*",
        "arn:{partition}:iam::{account}:policy/*",
    ),
    "log groups": (
        "arn:{partition}:logs:{region}:{account}:log-group:dms-tasks-{prefix}*",
        "arn:{partition}:logs:{region}:{account}:log-group:dms-serverless-replication-{prefix}*",
        "arn:{partition}:logs:{region}:{account}:log-group:/aws-glue/jobs/{prefix}*",
        "arn:{partition}:logs:{region}:{account}:log-group:/aws/codebuild/{prefix}*",
    ),
    "task logs": (
        "arn:{partition}:logs:{region}:{account}:log-group:dms-tasks-{prefix}*",
        "arn:{partition}:logs:{region}:{account}:log-group:dms-serverless-replication-{prefix}*",
    ),
    "DMS logs": ("arn:{partition}:logs:{region}:{account}:log-group:dms-*",),
    "Glue logs": ("arn:{partition}:logs:{region}:{account}:log-group:/aws-glue/jobs/{prefix}*",),
    "import logs": ("arn:{partition}:logs:{region}:{account}:log-group:/aws-dynamodb/imports*",),
    "DMS subnet groups": ("arn:{partition}:dms:{region}:{account}:subgrp:{prefix}*",),
    "event subscriptions": ("arn:{partition}:dms:{region}:{account}:es:{prefix}*",),
    # The rest of their ARNs is AWS's choice.
    "DMS": (
        "arn:{partition}:dms:{region}:{account}:endpoint:*",
        "arn:{partition}:dms:{region}:{account}:rep:*",
        "arn:{partition}:dms:{region}:{account}:task:*",
        "arn:{partition}:dms:{region}:{account}:replication-config:*",
    ),
    "DMS serverless role": (
        "arn:{partition}:iam::{account}:role/aws-service-role/dms.amazonaws.com/AWSServiceRoleForDMSServerless",
    ),
    "gateways": (
        "arn:{partition}:ec2:{region}:{account}:route-table/*",
        "arn:{partition}:ec2:{region}:{account}:vpc/*",
        "arn:{partition}:ec2:{region}:{account}:vpc-endpoint/*",
    ),
    "VPCs": ("arn:{partition}:ec2:{region}:{account}:vpc/*",),
    "own network": (
        "arn:{partition}:ec2:{region}:{account}:vpc/*",
        "arn:{partition}:ec2:{region}:{account}:subnet/*",
        "arn:{partition}:ec2:{region}:{account}:security-group/*",
    ),
    "network interfaces": ("arn:{partition}:ec2:{region}:{account}:network-interface/*",),
    "parameters": (
        "arn:{partition}:ssm:{region}:{account}:parameter/{project}/{stack}",
        "arn:{partition}:ssm:{region}:{account}:parameter/{project}/{stack}/*",
    ),
    "project's schedule groups": (
        "arn:{partition}:scheduler:{region}:{account}:schedule-group/{project_prefix}*",
    ),
    "project's state machines": ("arn:{partition}:states:{region}:{account}:stateMachine:{project_prefix}*",),
    "project's parameters": ("arn:{partition}:ssm:{region}:{account}:parameter/{project}/*",),
    "schedule groups": ("arn:{partition}:scheduler:{region}:{account}:schedule-group/{prefix}*",),
    "schedules": ("arn:{partition}:scheduler:{region}:{account}:schedule/{prefix}*",),
    "state machines": ("arn:{partition}:states:{region}:{account}:stateMachine:{prefix}*",),
    "Glue jobs": ("arn:{partition}:glue:{region}:{account}:job/{prefix}*",),
    "project's Glue jobs": ("arn:{partition}:glue:{region}:{account}:job/{project_prefix}*",),
    "alarms": ("arn:{partition}:cloudwatch:{region}:{account}:alarm:{prefix}*",),
    "dashboards": ("arn:{partition}:cloudwatch::{account}:dashboard/{prefix}*",),
    "rules": ("arn:{partition}:events:{region}:{account}:rule/{prefix}*",),
    "connections": ("arn:{partition}:events:{region}:{account}:connection/{prefix}*",),
    "API destinations": ("arn:{partition}:events:{region}:{account}:api-destination/{prefix}*",),
    "secrets of connections": (
        "arn:{partition}:secretsmanager:{region}:{account}:secret:events!connection/{prefix}*",
    ),
    "role of EventBridge": (
        "arn:{partition}:iam::{account}:role/aws-service-role/apidestinations.events.amazonaws.com/*",
    ),
    "default event bus": ("arn:{partition}:events:{region}:{account}:event-bus/default",),
    "topics": ("arn:{partition}:sns:{region}:{account}:{prefix}*",),
    "project's alarms": ("arn:{partition}:cloudwatch:{region}:{account}:alarm:{project_prefix}*",),
    "project's dashboards": ("arn:{partition}:cloudwatch::{account}:dashboard/{project_prefix}*",),
    "project's rules": ("arn:{partition}:events:{region}:{account}:rule/{project_prefix}*",),
    "project's topics": ("arn:{partition}:sns:{region}:{account}:{project_prefix}*",),
    "builds": ("arn:{partition}:codebuild:{region}:{account}:project/{prefix}*",),
    "project's builds": ("arn:{partition}:codebuild:{region}:{account}:project/{project_prefix}*",),
    "roles of runs": ("{run_roles}",),
    "arrival buckets": ("arn:{partition}:s3:::{arrival_buckets}",),
    "arrival objects": ("arn:{partition}:s3:::{arrival_objects}",),
    "keys": ("{keys}",),
}
"""The ARNs of a stack's resources, by their names; an ARN is left out where the stack has no such name."""

OF_STACK: Condition = {
    "StringEquals": {"aws:ResourceTag/project": "{project}", "aws:ResourceTag/stack": "{stack}"}
}
"""What bears the stack's tags: for ARNs that do not say whose they are."""


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Actions on a place of `PLACES` for some tasks.

    `provider`: the AWS provider calls them, of which local AWS's replacement may call fewer.
    """

    on: str
    actions: tuple[str, ...]
    to: frozenset[Task]
    provider: bool = False
    condition: Condition = field(default_factory=dict[str, Mapping[str, str]])


def called(on: str, actions: str, *to: Task, only: Condition | None = None) -> Grant:
    """Return what our own code calls for the tasks: `s3:GetObject PutObject dynamodb:Scan`."""
    return Grant(on=on, actions=tuple(_named(actions)), to=frozenset(to), condition=only or {})


def reads(on: str, actions: str) -> Grant:
    """Return what the provider reads: in every operation, in a preview that refreshes, too."""
    return Grant(on=on, actions=tuple(_named(actions)), to=frozenset(("deploy", "preview")), provider=True)


def writes(on: str, actions: str, *, only: Condition | None = None) -> Grant:
    """Return what the provider calls to create, change and delete."""
    named = tuple(_named(actions))
    return Grant(on=on, actions=named, to=frozenset(("deploy",)), provider=True, condition=only or {})


@dataclass(frozen=True, kw_only=True)
class Permissions:
    """What a part of a stack declares, by the types of the resources, and calls by itself."""

    declares: tuple[str, ...] = ()
    calls: tuple[Grant, ...] = ()


def _named(actions: str) -> Iterator[str]:
    service = ""
    for word in actions.split():
        named, colon, rest = word.partition(":")
        service = named if colon else service
        yield f"{service}:{rest if colon else word}"
