"""Naming: physical names say whose they are, and are such as AWS takes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from policies.resources import UNKNOWN, Resource, Stack
from policies.rule import Family, Finding, Findings, Settings, expect, text, texts
from policies.tokens import (
    ALARM,
    ATTACHMENT,
    BUCKETS,
    CONNECTION,
    DASHBOARD,
    DESTINATION,
    ENDPOINT,
    EVENT_SUBSCRIPTION,
    GLUE_JOB,
    GLUE_SECURITY,
    INSTANCE,
    LOG_GROUP,
    PROJECT,
    ROLE,
    RULE,
    S3_ENDPOINT,
    SCHEDULE_GROUP,
    SECURITY_GROUP,
    SERVERLESS,
    STATE_MACHINE,
    SUBNET_GROUP,
    TABLE,
    TASK,
    TOPIC,
)

NAMING = Family("naming", "Physical names show which stack owns a resource, and are valid in AWS.")

# One of each per account, looked for by name.
# https://docs.aws.amazon.com/dms/latest/userguide/security-iam.html#CHAP_Security.APIRole
ACCOUNT_ROLES = {
    "AmazonDMSVPCManagementRole": "dms-vpc-role",
    "AmazonDMSCloudWatchLogsRole": "dms-cloudwatch-logs-role",
    "AmazonDMSRedshiftS3Role": "dms-access-for-endpoint",
}
DIGEST = 9  # characters that a shortened name ends in: a hyphen and eight digits


@dataclass(frozen=True)
class Named:
    """The physical name of a type, and AWS's rules for it; `leads` are the prefixes that AWS uses."""

    property: str
    shortest: int
    longest: int
    pattern: str
    says: str
    prefix_property: str = ""
    leads: tuple[str, ...] = ()
    fixed: frozenset[str] = frozenset()


_DMS = (
    r"(?i)[a-z](-?[a-z0-9])*",
    "it begins with a letter and has letters, digits and single hyphens, none of them last",
)
# Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
# https://docs.aws.amazon.com/dms/latest/APIReference/API_CreateReplicationInstance.html and its siblings
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
# https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateScheduleGroup.html
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
# https://docs.aws.amazon.com/glue/latest/webapi/API_CreateJob.html and API_CreateSecurityConfiguration.html
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html, API_PutDashboard
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html and its siblings
# https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
# https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CreateProject.html
_EVENTS = Named("name", 1, 64, r"[.\-_A-Za-z0-9]+", "it has letters, digits and `.-_`")
_BUCKET = Named(
    "bucket",
    3,
    63,
    r"(?!xn--|sthree-|amzn-s3-demo-|\d+(\.\d+){3}$)(?!.*(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$)"
    r"(?!.*\.\.)[a-z0-9][a-z0-9.-]*[a-z0-9]",
    "it has lower-case letters, digits, hyphens and single dots, begins and ends with a letter or digit, and "
    "is not an IP address or a form that AWS reserves",
    "bucketPrefix",
)
NAMES: dict[str, Named] = {
    **dict.fromkeys(BUCKETS, _BUCKET),
    TABLE: Named("name", 3, 255, r"[A-Za-z0-9_.-]+", "it has letters, digits, `_`, `-` and `.`"),
    INSTANCE: Named("replicationInstanceId", 1, 63, *_DMS),
    TASK: Named("replicationTaskId", 1, 255, *_DMS),
    EVENT_SUBSCRIPTION: Named("name", 1, 254, *_DMS),
    SERVERLESS: Named("replicationConfigIdentifier", 1, 255, *_DMS),
    ENDPOINT: Named("endpointId", 1, 255, *_DMS),
    S3_ENDPOINT: Named("endpointId", 1, 255, *_DMS),
    SUBNET_GROUP: Named(
        "replicationSubnetGroupId",
        1,
        255,
        r"(?!default$)[a-z0-9 ._-]+",
        "it has lower-case letters, digits, spaces, `.`, `_` and `-`, and is not `default`",
    ),
    SECURITY_GROUP: Named(
        "name",
        1,
        255,
        r"(?!sg-)[A-Za-z0-9 ._:/()#,@\[\]+=&;{}!$*-]+",
        "it has letters, digits, spaces and `._-:/()#,@[]+=&;{}!$*`, and does not begin with `sg-`",
        "namePrefix",
    ),
    ROLE: Named(
        "name",
        1,
        64,
        r"[A-Za-z0-9_+=,.@-]+",
        "it has letters, digits and `_+=,.@-`",
        "namePrefix",
        fixed=frozenset(ACCOUNT_ROLES.values()),
    ),
    SCHEDULE_GROUP: Named(
        "name", 1, 64, r"[0-9A-Za-z_.-]+", "it has letters, digits and `_.-`", "namePrefix"
    ),
    STATE_MACHINE: Named(
        "name", 1, 80, r"[0-9A-Za-z_-]+", "it has letters, digits, `_` and `-`", "namePrefix"
    ),
    **dict.fromkeys(
        (GLUE_JOB, GLUE_SECURITY),
        Named("name", 1, 255, r"[\x20-\x7e]+", "it has letters, digits and other printable characters"),
    ),
    ALARM: Named("name", 1, 255, r"[^\x00-\x1f\x7f]+", "it has no control character"),
    DASHBOARD: Named("dashboardName", 1, 255, r"[A-Za-z0-9_-]+", "it has letters, digits, `_` and `-`"),
    RULE: replace(_EVENTS, prefix_property="namePrefix"),
    CONNECTION: _EVENTS,
    DESTINATION: _EVENTS,
    PROJECT: Named(
        "name",
        2,
        255,
        r"[A-Za-z0-9][A-Za-z0-9_-]+",
        "it begins with a letter or digit and has letters, digits, `_` and `-`",
    ),
    TOPIC: Named(
        "name", 1, 256, r"[A-Za-z0-9_-]+(\.fifo)?", "it has letters, digits, `_` and `-`", "namePrefix"
    ),
    LOG_GROUP: Named(
        "name",
        1,
        512,
        r"[.\-_/#A-Za-z0-9]+",
        "it has letters, digits and `.-_/#`",
        "namePrefix",
        leads=(
            *("dms-tasks-", "dms-serverless-replication-"),
            *("/aws-glue/jobs/", "/aws/codebuild/", "/aws/", "/"),
        ),
        fixed=frozenset({"/aws-dynamodb/imports"}),
    ),
}


@NAMING.on(
    frozenset(NAMES),
    "prefix",
    why="A name that does not begin with project and stack can collide with another stack's, "
    "and does not show its owner once the stack no longer exists.",
    remedy="let the component choose the name, or add the name to `except`",
    settings={
        "prefix": text(
            "{project}-{stack}-",
            "the prefix of names; `{project}` and `{stack}` are lower case, hyphenated",
        ),
        "except": texts([], "names without the prefix that are allowed, with `*` and `?`"),
    },
)
def begins_with_its_stack(resource: Resource, settings: Settings) -> Findings:
    """Use the prefix property if the name is not known."""
    named = NAMES[resource.type]
    path = named.property
    if resource.peek(path) in (None, UNKNOWN) and resource.peek(named.prefix_property or path) is not None:
        path = named.prefix_property or path
    wanted = _prefix(settings["prefix"], resource, named)
    excepted = (*settings["except"], *named.fixed)

    def holds(name: Any) -> bool:
        return (
            name is None
            or any(fnmatchcase(str(name), each) for each in excepted)
            or any(str(name).removeprefix(lead).startswith(wanted) for lead in ("", *named.leads))
        )

    yield from expect(resource, path, holds, f"it begins with {wanted}")


@NAMING.on(
    frozenset(NAMES),
    "valid",
    why="An invalid name fails in the middle of `pulumi up`.",
    remedy="shorten the name, or use the allowed characters",
)
def is_a_name_that_aws_takes(resource: Resource, _: Settings) -> Findings:
    """Check length and characters by AWS's rules for the type."""
    named = NAMES[resource.type]

    def fits(name: Any) -> bool:
        return name is None or named.shortest <= len(str(name)) <= named.longest

    def matches(name: Any) -> bool:
        return name is None or re.fullmatch(named.pattern, str(name)) is not None

    yield from expect(
        resource, named.property, fits, f"it has {named.shortest} to {named.longest} characters"
    )
    yield from expect(resource, named.property, matches, named.says)


@NAMING.on_stack(
    "account-roles",
    why="DMS finds its account roles only by their exact names.",
    remedy="give the role exactly this name, or omit it if the account has one",
)
def account_roles_have_their_names(stack: Stack, _: Settings) -> Findings:
    """A role that gets DMS's own managed policy; a name that is not known is not the fixed one."""
    for attachment in stack.of(ATTACHMENT):
        wanted = ACCOUNT_ROLES.get(str(attachment.peek("policyArn")).rpartition("/")[2])
        if wanted is None:
            continue
        for resource, path in _role_names(stack, attachment):
            if resource.peek(path) != wanted:
                yield Finding(resource, path, resource.peek(path), f"a role with this policy is {wanted}")


def _role_names(stack: Stack, attachment: Resource) -> Iterator[tuple[Resource, str]]:
    roles = [role for role in stack.source(attachment, "role") if role.type == ROLE]
    yield from ((role, "name") for role in roles)
    if not roles:
        yield attachment, "role"


def _prefix(template: str, resource: Resource, named: Named) -> str:
    def plain(part: str) -> str:
        return re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-")

    prefix = template.replace("{project}", plain(resource.project)).replace("{stack}", plain(resource.stack))
    if template.startswith("{project}") and not prefix[:1].isalpha():
        prefix = f"p-{prefix}"
    longest = named.longest - DIGEST
    return prefix if len(prefix) <= longest else prefix[:longest].rstrip("-")
