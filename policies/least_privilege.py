"""Least privilege: a role may do what a load needs, for the service it is for, and nothing else."""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any

from policies.iam_documents import Statement, listed, permissions, statements
from policies.naming import ACCOUNT_ROLES
from policies.resources import UNKNOWN, Resource
from policies.rule import Family, Finding, Findings, Settings, texts
from policies.tokens import ATTACHMENTS, EXCLUSIVE, POLICIES, ROLE

PRIVILEGE = Family("privilege", "A role may do what a load needs, and nothing else.")

GRANTING = frozenset({*POLICIES, ROLE})
# Actions that know no resource, so that AWS takes nothing but `*`: those for loads, and for watching them.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
# and the pages of the other services next to it.
WITHOUT_RESOURCE = tuple(
    f"{service}:{action}"
    for service, actions in {
        "cloudwatch": "GetMetricData GetMetricStatistics ListMetrics PutMetricData",
        "dms": "CreateEndpoint CreateReplicationInstance CreateReplicationSubnetGroup "
        "DescribeAccountAttributes DescribeCertificates DescribeConnections DescribeEndpointSettings "
        "DescribeEndpointTypes DescribeEndpoints DescribeEngineVersions DescribeEventCategories "
        "DescribeEventSubscriptions DescribeEvents "
        "DescribeOrderableReplicationInstances DescribePendingMaintenanceActions DescribeReplicationConfigs "
        "DescribeReplicationInstances DescribeReplicationSubnetGroups DescribeReplicationTasks "
        "DescribeReplications",
        "dynamodb": "DescribeEndpoints DescribeLimits ListBackups ListContributorInsights ListExports "
        "ListGlobalTables ListImports ListStreams ListTables",
        "ec2": "DescribeAvailabilityZones DescribeDhcpOptions DescribeInternetGateways "
        "DescribeNetworkInterfaces DescribeRouteTables DescribeSecurityGroups DescribeSubnets "
        "DescribeVpcEndpoints DescribeVpcs",
        "logs": "CreateLogDelivery DeleteLogDelivery DescribeLogGroups DescribeResourcePolicies "
        "GetLogDelivery ListLogDeliveries PutResourcePolicy UpdateLogDelivery",
        "s3": "ListAllMyBuckets",
        "scheduler": "ListScheduleGroups ListSchedules",
        "states": "ListStateMachines",
        "sts": "GetCallerIdentity",
        "xray": "GetSamplingRules GetSamplingTargets PutTelemetryRecords PutTraceSegments",
    }.items()
    for action in actions.split()
)
TOO_MUCH = (
    "*FullAccess*",
    "*/AdministratorAccess*",
    "*/PowerUserAccess",
    "*:policy/job-function/*Administrator",
)
# https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
DEPUTY_KEYS = ("aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:SourceOrgPaths")
# Who loads and converts, who exports by the clock, and who calls a webhook.
# DMS has a name in each Region, too, for roles that read its secrets:
# https://docs.aws.amazon.com/dms/latest/userguide/security_iam_secretsmanager.html
SERVICES = [
    "dms.amazonaws.com",
    "dms.*.amazonaws.com",
    "events.amazonaws.com",
    "glue.amazonaws.com",
    "scheduler.amazonaws.com",
    "states.amazonaws.com",
]
# Their ARNs have a name alone: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
WITHOUT_KIND = (["s3"], ["sns"], ["sqs"])
WILD = set("*?")
# DMS assumes it without saying for whom: https://github.com/terraform-aws-modules/terraform-aws-dms/issues/84
UNNARROWED = ACCOUNT_ROLES["AmazonDMSCloudWatchLogsRole"]


@PRIVILEGE.on(
    GRANTING,
    "actions",
    why="`*` also grants actions that AWS adds later.",
    remedy="name the actions that are needed",
    settings={"except": texts([], "actions with `*` that may be granted")},
)
def names_every_action(resource: Resource, settings: Settings) -> Findings:
    """Reject `*` in an action, and NotAction, in what is allowed."""
    may = {each.lower() for each in settings["except"]}
    for statement in _allowing(resource):
        for action in statement.actions:
            if not WILD & set(action) or action.lower() in may:
                continue
            yield _finding(resource, statement, "Action", action, "actions are named")
        if "NotAction" in statement.negated:
            yield _finding(resource, statement, "NotAction", "NotAction", "actions are named")


@PRIVILEGE.on(
    GRANTING,
    "resources",
    why="A role with access to all resources has access to those of others.",
    remedy="name the resources, by ARN",
    settings={
        "except": texts([], "actions that may be granted on `*`, in addition to those without resources")
    },
)
def names_every_resource(resource: Resource, settings: Settings) -> Findings:
    """Allow `*` only for actions without resources."""
    may = {each.lower() for each in (*WITHOUT_RESOURCE, *settings["except"])}
    for statement in _allowing(resource):
        everything = [each for each in statement.resources if _is_everything(each)]
        if everything and (statement.negated or not all(each.lower() in may for each in statement.actions)):
            wanted = f"{', '.join(statement.actions) or 'NotAction'} can be narrowed"
            yield _finding(resource, statement, "Resource", everything[0], wanted)
        if "NotResource" in statement.negated:
            yield _finding(resource, statement, "NotResource", "NotResource", "resources are named")


@PRIVILEGE.on(
    frozenset({*ATTACHMENTS, ROLE}),
    "no-full-access",
    why="A policy with full access lets a load delete tables that it never wrote.",
    remedy="list the permissions in a separate policy of the role",
    settings={"except": texts([], "policy ARNs, with `*`, that may be attached")},
)
def attaches_no_full_access(resource: Resource, settings: Settings) -> Findings:
    """Reject AWS's policies that grant an entire service, or everything."""

    def holds(arn: Any) -> bool:
        return arn is UNKNOWN or _among(str(arn), settings["except"]) or not _among(str(arn), TOO_MUCH)

    path = "managedPolicyArns" if resource.type == ROLE else "policyArn"
    for arn in listed(resource.whole(path)):
        if not holds(arn):
            yield Finding(resource, path, arn, "policies with full access are not attached")


@PRIVILEGE.on(
    frozenset({*EXCLUSIVE, ROLE}),
    "no-exclusive",
    why="An exclusive attachment removes the attachments of others in the entire account.",
    remedy="use RolePolicyAttachment and RolePolicy",
)
def attaches_nothing_exclusively(resource: Resource, _: Settings) -> Findings:
    """https://www.pulumi.com/registry/packages/aws/api-docs/iam/policyattachment/."""
    if resource.type in EXCLUSIVE:
        yield Finding(resource, "type", resource.type, "attachments do not remove others")
        return
    for path in ("managedPolicyArns", "inlinePolicies"):
        if resource.peek(path) is not None:
            yield Finding(resource, path, resource.peek(path), "a role's own list removes what others attach")


@PRIVILEGE.on(
    ROLE,
    "trust",
    why="A service that acts for everyone can be tricked into acting for someone else: the confused deputy.",
    remedy="trust only the service, with a condition on aws:SourceAccount or aws:SourceArn",
    settings={"services": texts(SERVICES, "the services, with `*`, that a role may trust")},
)
def trusts_a_service_for_this_account(role: Resource, settings: Settings) -> Findings:
    """Source: https://docs.aws.amazon.com/dms/latest/userguide/cross-service-confused-deputy-prevention.html."""
    path = "assumeRolePolicy"
    for statement in statements(role, path):
        if not statement.allows:
            continue
        if "NotPrincipal" in statement.negated:
            yield _finding(role, statement, "NotPrincipal", "NotPrincipal", "it names whom it trusts")
        for kind, who in statement.principals.items():
            strangers = [each for each in who if kind != "Service" or not _among(each, settings["services"])]
            if strangers:
                wanted = f"it trusts only {', '.join(settings['services'])}"
                yield _finding(role, statement, f"Principal.{kind}", strangers[0], wanted)
        narrowed = statement.narrowed(*DEPUTY_KEYS) or role.peek("name") == UNNARROWED
        if "Service" in statement.principals and not narrowed:
            wanted = "it names the account that the service acts for"
            yield _finding(role, statement, "Condition", dict(statement.conditions) or None, wanted)


@PRIVILEGE.on(
    GRANTING,
    "pass-role",
    why="Permission to pass any role to a service includes the permissions of every role.",
    remedy="name the roles, with a condition on iam:PassedToService",
)
def passes_named_roles_to_named_services(resource: Resource, _: Settings) -> Findings:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html."""
    for statement in _allowing(resource):
        if not any(fnmatchcase("iam:passrole", each.lower()) for each in statement.actions):
            continue
        for arn in statement.resources:
            if WILD & set(arn):
                yield _finding(resource, statement, "Resource", arn, "roles that may be passed are named")
        if not statement.narrowed("iam:PassedToService"):
            wanted = "it names the service"
            yield _finding(resource, statement, "Condition", dict(statement.conditions) or None, wanted)


def _allowing(resource: Resource) -> Iterator[Statement]:
    return (each for each in permissions(resource) if each.allows)


def _among(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, each) for each in patterns)


def _is_everything(arn: str) -> bool:
    """Return whether it names everything of a service or a kind: `*`, or `table/*/index/*` of DynamoDB."""
    *_, resource = parts = arn.split(":", 5)
    kind, *name = [each for each in re.split("[:/]", resource) if each] or [""]
    if set(kind) <= WILD or parts[2:3] in WITHOUT_KIND:
        return set(kind) <= WILD
    return bool(WILD & set(kind)) or (bool(name) and set(name[0]) <= WILD)


def _finding(resource: Resource, statement: Statement, field: str, value: Any, wanted: str) -> Finding:
    return Finding(resource, f"{statement.path}, {statement.sid}, {field}", value, wanted)
