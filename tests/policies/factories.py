"""Resources that no rule minds, and what a rule says of others."""

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from pulumi_policy import (
    PolicyCustomTimeouts,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    StackValidationArgs,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError, unknown_checking_proxy

import policies.tokens as tokens
from policies.pack import RULES
from policies.rule import Rule
from policies.sdk_adapter import policy

PROJECT, STACK = "shop", "test"
UNKNOWN = UNKNOWN_STRING_VALUE
TAGS = {"project": PROJECT, "stack": STACK}
BY_NAME = {rule.name: rule for rule in RULES}


def statement(**changes: Any) -> dict[str, Any]:
    """One statement that grants a named action on a named resource."""
    given = {
        "Effect": "Allow",
        "Action": "dynamodb:PutItem",
        "Resource": "arn:aws:dynamodb:eu-west-1:1:table/t",
    }
    return {name: value for name, value in (given | changes).items() if value is not None}


def document(*statements: Mapping[str, Any]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def trust(**changes: Any) -> str:
    """A trust policy for DMS, for one account."""
    narrowed = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    given = {"Principal": {"Service": "dms.amazonaws.com"}, "Action": "sts:AssumeRole", "Condition": narrowed}
    return document(statement(Resource=None, **(given | changes)))


TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::shop-test-files", "arn:aws:s3:::shop-test-files/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
ROLES = {
    "dms-vpc-role": "arn:aws:iam::aws:policy/service-role/AmazonDMSVPCManagementRole",
    "dms-cloudwatch-logs-role": "arn:aws:iam::aws:policy/service-role/AmazonDMSCloudWatchLogsRole",
}
PUBLISHING = document(statement(Principal={"Service": "events.amazonaws.com"}, Action="sns:Publish"))
HAPPY: dict[str, dict[str, Any]] = {
    tokens.BUCKET: {"bucket": "shop-test-files", "forceDestroy": True, "tags": TAGS},
    tokens.OBJECT: {"bucket": "shop-test-files", "key": "data/orders/1.csv", "tags": TAGS},
    tokens.PUBLIC_ACCESS_BLOCK: {
        "bucket": "shop-test-files",
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    },
    tokens.ENCRYPTION: {
        "bucket": "shop-test-files",
        "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}],
    },
    tokens.BUCKET_POLICY: {"bucket": "shop-test-files", "policy": document(TLS_ONLY)},
    tokens.TABLE: {
        "name": "shop-test-orders",
        "attributes": [{"name": "PK", "type": "S"}],
        "hashKey": "PK",
        "billingMode": "PAY_PER_REQUEST",
        "deletionProtectionEnabled": False,
        "tags": TAGS,
    },
    tokens.EXPORT: {
        "tableArn": "arn:aws:dynamodb:eu-west-1:123456789012:table/shop-test-orders",
        "s3Bucket": "shop-test-files",
        "s3Prefix": "exports/orders",
    },
    **{each: {"tags": TAGS} for each in tokens.NETWORK},
    tokens.SECURITY_GROUP: {"name": "shop-test-network", "tags": TAGS},
    tokens.SUBNET_GROUP: {
        "replicationSubnetGroupId": "shop-test-replication",
        "replicationSubnetGroupDescription": "d",
        "subnetIds": ["subnet-1", "subnet-2"],
        "tags": TAGS,
    },
    tokens.INSTANCE: {
        "replicationInstanceId": "shop-test-replication",
        "replicationInstanceClass": "dms.t3.medium",
        "allocatedStorage": 50,
        "multiAz": False,
        "publiclyAccessible": False,
        "tags": TAGS,
    },
    tokens.SERVERLESS: {
        "replicationConfigIdentifier": "shop-test-orders",
        "replicationType": "full-load",
        "sourceEndpointArn": "arn:aws:dms:eu-west-1:1:endpoint:S",
        "targetEndpointArn": "arn:aws:dms:eu-west-1:1:endpoint:T",
        "tableMappings": "{}",
        "replicationSettings": json.dumps({"Logging": {"EnableLogging": True}}),
        "computeConfig": {"maxCapacityUnits": 4},
        "tags": TAGS,
    },
    tokens.S3_ENDPOINT: {
        "endpointId": "shop-test-orders-source",
        "endpointType": "source",
        "bucketName": "shop-test-files",
        "serviceAccessRoleArn": "arn:aws:iam::1:role/shop-test-orders",
        "externalTableDefinition": "{}",
        "tags": TAGS,
    },
    tokens.ENDPOINT: {
        "endpointId": "shop-test-orders-target",
        "endpointType": "target",
        "engineName": "dynamodb",
        "serviceAccessRole": "arn:aws:iam::1:role/shop-test-orders",
        "tags": TAGS,
    },
    tokens.TASK: {
        "replicationTaskId": "shop-test-orders",
        "migrationType": "full-load",
        "replicationInstanceArn": "arn:aws:dms:eu-west-1:1:rep:I",
        "sourceEndpointArn": "arn:aws:dms:eu-west-1:1:endpoint:S",
        "targetEndpointArn": "arn:aws:dms:eu-west-1:1:endpoint:T",
        "tableMappings": "{}",
        "replicationTaskSettings": json.dumps({"FullLoadSettings": {"TargetTablePrepMode": "DO_NOTHING"}}),
        "startReplicationTask": False,
        "tags": TAGS,
    },
    tokens.EVENT_SUBSCRIPTION: {
        "name": "shop-test-task-failed",
        "snsTopicArn": "arn:aws:sns:eu-west-1:123456789012:shop-test-monitoring",
        "sourceType": "replication-task",
        "sourceIds": ["shop-test-orders"],
        "eventCategories": ["failure"],
        "tags": TAGS,
    },
    tokens.ROLE: {"name": "shop-test-orders", "assumeRolePolicy": trust(), "tags": TAGS},
    tokens.ROLE_POLICY: {"name": "load", "role": "shop-test-orders", "policy": document(statement())},
    tokens.ATTACHMENT: {"role": "shop-test-orders", "policyArn": "arn:aws:iam::123456789012:policy/narrow"},
    tokens.SCHEDULE_GROUP: {"name": "shop-test-orders", "tags": TAGS},
    tokens.STATE_MACHINE: {"name": "shop-test-orders-changes", "definition": "{}", "tags": TAGS},
    tokens.GLUE_JOB: {
        "name": "shop-test-glue",
        "roleArn": "arn:aws:iam::1:role/shop-test-glue",
        "securityConfiguration": "shop-test-glue",
        "tags": TAGS,
    },
    tokens.GLUE_SECURITY: {"name": "shop-test-glue"},
    tokens.LOG_GROUP: {"name": "dms-tasks-shop-test-replication", "retentionInDays": 14, "tags": TAGS},
    tokens.PARAMETER: {"name": "/shop/test/tables/orders", "type": "String", "value": "t", "tags": TAGS},
    tokens.ALARM: {"name": "shop-test-load-failed", "tags": TAGS},
    tokens.DASHBOARD: {"dashboardName": "shop-test-loads", "dashboardBody": "{}"},
    tokens.RULE: {"name": "shop-test-load-failed", "tags": TAGS},
    tokens.PROJECT: {"name": "shop-test-runs", "tags": TAGS},
    tokens.CONNECTION: {"name": "shop-test-monitoring"},
    tokens.DESTINATION: {"name": "shop-test-monitoring"},
    tokens.TOPIC: {"name": "shop-test-monitoring", "policy": PUBLISHING, "tags": TAGS},
    tokens.TOPIC_POLICY: {
        "arn": "arn:aws:sns:eu-west-1:123456789012:shop-test-monitoring",
        "policy": PUBLISHING,
    },
    tokens.STEP: {"digest": "d", "arguments": {"method": "dms", "limit_minutes": 60}},
    tokens.STACK: {},
}


@dataclass(frozen=True, kw_only=True)
class Node:
    """A resource to be: `taken` properties come from other nodes, so that a preview does not know them."""

    type: str
    name: str = "it"
    props: Mapping[str, Any]
    depends_on: tuple[str, ...] = ()
    taken: Mapping[str, str] = field(default_factory=dict[str, str])
    parent: str = ""
    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    create_minutes: int = 0

    @property
    def urn(self) -> str:
        """As the engine builds it, but for the parents' types."""
        return f"urn:pulumi:{STACK}::{PROJECT}::{self.type}::{self.name}"

    def unknown(self, *paths: str) -> "Node":
        """The same, with these properties not known."""
        return replace(self, props=changed(self.props, dict.fromkeys(paths, UNKNOWN)))


def changed(props: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Properties with others at dotted paths; None takes one out."""
    made = deepcopy(dict(props))
    for path, value in deepcopy(dict(changes)).items():
        *steps, last = path.split(".")
        place: Any = made
        for step in steps:
            place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
        if value is None:
            place.pop(last, None)
        else:
            place[int(last) if isinstance(place, list) else last] = value
    return made


def node(kind: str, name: str = "it", /, *, changes: Mapping[str, Any] | None = None, **options: Any) -> Node:
    """A happy resource, but for `changes`."""
    return Node(type=kind, name=name, props=changed(HAPPY.get(kind, {}), changes or {}), **options)


@dataclass(frozen=True)
class Heard:
    """What a rule said: violations by resource, and what it could not know."""

    refused: list[tuple[str, str]]
    noted: list[str]


def hear(rule: Rule, nodes: Sequence[Node], config: Mapping[str, Any] | None = None) -> Heard:
    """Let the SDK's policy judge the nodes."""
    return hear_each([rule], nodes, config)[0]


def hear_each(
    rules: Sequence[Rule], nodes: Sequence[Node], config: Mapping[str, Any] | None = None
) -> list[Heard]:
    """Let the policies of the SDK judge the nodes, or what is made of them once for all rules on a stack."""
    graph = _graph(nodes) if any(rule.check_stack for rule in rules) else []
    return [_heard(rule, nodes, graph, config) for rule in rules]


def _heard(
    rule: Rule, nodes: Sequence[Node], graph: list[PolicyResource], config: Mapping[str, Any] | None
) -> Heard:
    made, heard = policy(rule), Heard([], [])

    def judge(args: Any, subject: str) -> None:
        def report(message: str, urn: str | None = None) -> None:
            heard.refused.append(((urn or subject).rpartition("::")[2], message))

        try:
            made.validate(args, report)  # pyright: ignore[reportAttributeAccessIssue]
        except UnknownValueError as error:
            heard.noted.append(error.message)

    if rule.check_stack:
        judge(StackValidationArgs(graph, config), "")
    for each in () if rule.check_stack else nodes:
        props = unknown_checking_proxy(dict(each.props) | dict.fromkeys(each.taken, UNKNOWN))
        judge(
            ResourceValidationArgs(each.type, props, each.urn, each.name, _options(each), None, config),
            each.urn,
        )
    return heard


def _options(each: Node) -> PolicyResourceOptions:
    timeouts = PolicyCustomTimeouts(each.create_minutes * 60, 0, 0)
    return PolicyResourceOptions(each.protect, list(each.ignore_changes), None, [], timeouts, [])


def _graph(nodes: Sequence[Node]) -> list[PolicyResource]:
    made = {
        each.name: PolicyResource(
            each.type,
            unknown_checking_proxy(dict(each.props) | dict.fromkeys(each.taken, UNKNOWN)),
            each.urn,
            each.name,
            _options(each),
            None,
            None,
            [],
            {},
        )
        for each in nodes
    }
    for each in nodes:
        resource = made[each.name]
        resource.parent = made.get(each.parent)
        resource.property_dependencies = {path: [made[name]] for path, name in each.taken.items()}
        resource.dependencies = [made[name] for name in {*each.depends_on, *each.taken.values()}]
    return list(made.values())
