"""For every rule, what breaks it: a happy resource with one thing changed, or a small stack.

The unit tests and the engine's plant the same.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import policies.tokens as tokens
from tests.policies.factories import ROLES, TLS_ONLY, Node, document, node, statement, trust

Environment = Literal["development", "production"]


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A violation: `says` is part of what the rule answers, about the node `guilty`."""

    rule: str
    nodes: tuple[Node, ...]
    says: str
    guilty: str = "it"
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    environment: Environment = "development"
    path: str = ""
    """The property that was changed, where it is one of one resource that may as well be unknown."""

    @property
    def id(self) -> str:
        """How tests call it."""
        return f"{self.rule}, {self.path or self.says}"


def one(rule: str, kind: str, says: str, path: str, value: Any, **more: Any) -> Planted:
    """One property of a happy resource changed; None takes it out."""
    node_options = {name: more.pop(name) for name in ("ignore_changes", "create_minutes") if name in more}
    changes = {**more.pop("also", {}), path: value}
    return Planted(
        rule=rule,
        nodes=(node(kind, changes=changes, **node_options),),
        says=says,
        path=path if value is not None else "",
        **more,
    )


def many(rule: str, says: str, *nodes: Node, guilty: str = "it", **more: Any) -> Planted:
    """A small stack."""
    return Planted(rule=rule, nodes=nodes, says=says, guilty=guilty, **more)


def _step(name: str, arguments: Mapping[str, Any], *depends_on: str) -> Node:
    given = {"arguments": {"limit_minutes": 60, **arguments}}
    return node(tokens.STEP, name, changes=given, depends_on=depends_on)


def _granting(**changes: Any) -> str:
    return document(statement(**changes))


TABLE_ARN = "arn:aws:dynamodb:eu-west-1:1:table/t"
IMPORT = {"inputFormat": "CSV", "s3BucketSource": {"bucket": "shop-test-files", "keyPrefix": "data/"}}
TASK_SETTINGS = "replicationTaskSettings"
DROPS = json.dumps({"FullLoadSettings": {"TargetTablePrepMode": "DROP_AND_CREATE"}})
NAMED_LOGS = json.dumps({"Logging": {"EnableLogging": True, "CloudWatchLogGroup": None}})
INDEX = [{"name": "i", "hashKey": "PK", "projectionType": "ALL"}]
PASSED = {"StringEquals": {"iam:PassedToService": "dms.amazonaws.com"}}

NAMING = (
    one("naming-prefix", tokens.BUCKET, "begins with shop-test-", "bucket", "other-files"),
    one("naming-prefix", tokens.TABLE, "begins with shop-test-", "name", "orders"),
    one("naming-prefix", tokens.INSTANCE, "begins with", "replicationInstanceId", "replication"),
    one("naming-prefix", tokens.SERVERLESS, "begins with", "replicationConfigIdentifier", "orders"),
    one("naming-prefix", tokens.SUBNET_GROUP, "begins with", "replicationSubnetGroupId", "subnets"),
    one("naming-prefix", tokens.SECURITY_GROUP, "begins with", "name", "network"),
    one("naming-prefix", tokens.TASK, "begins with", "replicationTaskId", "shop-orders"),
    one("naming-prefix", tokens.ENDPOINT, "begins with", "endpointId", "target"),
    one("naming-prefix", tokens.S3_ENDPOINT, "begins with", "endpointId", "source"),
    one("naming-prefix", tokens.ROLE, "begins with", "name", "dms-vpc-role-2"),
    one("naming-prefix", tokens.LOG_GROUP, "begins with", "name", "dms-tasks-replication"),
    one("naming-prefix", tokens.LOG_GROUP, "begins with", "name", "/aws-glue/jobs/error"),
    one("naming-prefix", tokens.GLUE_JOB, "begins with", "name", "glue"),
    one("naming-prefix", tokens.GLUE_SECURITY, "begins with", "name", "glue"),
    one("naming-valid", tokens.BUCKET, "3 to 63 characters", "bucket", "shop-test-" + "x" * 60),
    one("naming-valid", tokens.BUCKET, "lower-case letters", "bucket", "shop-test-Files"),
    one("naming-valid", tokens.BUCKET, "lower-case letters", "bucket", "shop-test-a..b"),
    one("naming-valid", tokens.BUCKET, "form that AWS reserves", "bucket", "shop-test-s3alias"),
    one("naming-valid", tokens.TABLE, "letters, digits", "name", "shop-test-orders!"),
    one(
        "naming-valid",
        tokens.INSTANCE,
        "1 to 63 characters",
        "replicationInstanceId",
        "shop-test-" + "x" * 60,
    ),
    one("naming-valid", tokens.TASK, "single hyphens", "replicationTaskId", "shop-test-a--b"),
    one("naming-valid", tokens.ENDPOINT, "none of them last", "endpointId", "shop-test-target-"),
    one("naming-valid", tokens.ROLE, "1 to 64 characters", "name", "shop-test-" + "x" * 60),
    one("naming-valid", tokens.SECURITY_GROUP, "does not begin with `sg-`", "name", "sg-test-network"),
    one("naming-valid", tokens.SUBNET_GROUP, "not `default`", "replicationSubnetGroupId", "default"),
    many(
        "naming-account-roles",
        "a role with this policy is dms-vpc-role",
        node(tokens.ROLE, changes={"name": "shop-test-vpc"}),
        node(
            tokens.ATTACHMENT, "attached", changes={"policyArn": ROLES["dms-vpc-role"]}, taken={"role": "it"}
        ),
    ),
    many(
        "naming-account-roles",
        "a role with this policy is dms-cloudwatch-logs-role",
        node(
            tokens.ATTACHMENT,
            changes={"role": "dms-cloudwatch-log-role", "policyArn": ROLES["dms-cloudwatch-logs-role"]},
        ),
    ),
)
TAGGING = (
    *(
        one("tagging-owner", kind, "project, stack missing", "tags", None, environment="production")
        for kind in sorted(tokens.NETWORK)
    ),
    one(
        "tagging-owner",
        tokens.PARAMETER,
        "project missing",
        "tags",
        {"stack": "test"},
        environment="production",
    ),
    one("tagging-owner", tokens.TABLE, "project, stack missing", "tags", None, environment="production"),
    one("tagging-owner", tokens.GLUE_JOB, "project, stack missing", "tags", None, environment="production"),
)
TEARDOWN = (
    many(
        "teardown-unprotected", "nothing is protected in this environment", node(tokens.TABLE, protect=True)
    ),
    many(
        "teardown-emptied",
        "the stack fills this bucket",
        node(tokens.BUCKET, changes={"forceDestroy": None}),
        node(tokens.OBJECT, "file", taken={"bucket": "it"}),
    ),
    one(
        "teardown-deletable",
        tokens.TABLE,
        "tables are deleted with the stack",
        "deletionProtectionEnabled",
        True,
    ),
    one(
        "teardown-deletion-protection",
        tokens.TABLE,
        "protected from deletion",
        "deletionProtectionEnabled",
        False,
        environment="production",
    ),
    many("teardown-tables-kept", "protected or retained", node(tokens.TABLE), environment="production"),
    one(
        "teardown-files-kept",
        tokens.BUCKET,
        "keep their files",
        "forceDestroy",
        True,
        environment="production",
    ),
    one("teardown-no-drop", tokens.TASK, "a load does not drop a table", TASK_SETTINGS, DROPS),
    one("teardown-no-drop", tokens.SERVERLESS, "a load does not drop a table", "replicationSettings", DROPS),
    many(
        "teardown-account-roles-kept",
        "stays when the stack is destroyed",
        node(tokens.ROLE, changes={"name": "dms-vpc-role"}),
    ),
    one(
        "teardown-log-retention",
        tokens.LOG_GROUP,
        "are kept for at most",
        "retentionInDays",
        None,
        environment="production",
    ),
    one(
        "teardown-log-retention",
        tokens.LOG_GROUP,
        "are kept for at most",
        "retentionInDays",
        3653,
        environment="production",
    ),
    one("teardown-log-retention", tokens.LOG_GROUP, "AWS accepts 1, 3", "retentionInDays", 15),
    one("teardown-log-retention", tokens.LOG_GROUP, "is deleted with its stack", "skipDestroy", True),
    many(
        "teardown-window",
        "the window is closed",
        node(tokens.STACK, "root", changes={"window": "closed"}),
        node(tokens.INSTANCE),
        config={"window": "closed"},
    ),
    many("teardown-window", "this only serves loading", node(tokens.GLUE_JOB), config={"window": "closed"}),
)
ORDERING = (
    many(
        "ordering-vpc-role-first",
        "the policy of dms-vpc-role comes before it",
        node(tokens.ROLE, "dms-vpc-role", changes={"name": "dms-vpc-role"}, parent="roles"),
        node("bulk:components:DmsRoles", "roles"),
        node(
            tokens.ATTACHMENT,
            "attached",
            changes={"role": "dms-vpc-role", "policyArn": ROLES["dms-vpc-role"]},
            parent="roles",
        ),
        node(tokens.INSTANCE, depends_on=("dms-vpc-role",)),
    ),
    many("ordering-vpc-role-first", "the policy of dms-vpc-role comes before it", node(tokens.SERVERLESS)),
    many(
        "ordering-uploads-first",
        "late comes before it",
        node(tokens.BUCKET, "bucket"),
        node(tokens.OBJECT, "late"),
        node(tokens.TABLE, changes={"importTable": IMPORT}, depends_on=("bucket",)),
    ),
    many(
        "ordering-uploads-first",
        "late comes before it",
        node(tokens.OBJECT, "late"),
        _step("it", {"method": "native", "files": {"bucket": "shop-test-files", "prefix": "data/"}}),
    ),
    many(
        "ordering-endpoints-first",
        "the target endpoint comes before it",
        node(tokens.S3_ENDPOINT, "source"),
        node(tokens.ENDPOINT, "target"),
        node(tokens.TASK, taken={"sourceEndpointArn": "source"}),
    ),
    many(
        "ordering-step-last",
        "the task comes before it",
        _step("it", {"method": "dms", "task_arn": "arn:task"}),
    ),
    many(
        "ordering-step-last",
        "the Glue job comes before it",
        node(tokens.GLUE_JOB, "job"),
        _step("it", {"method": "native", "glue_job": "shop-test-glue"}),
    ),
    many(
        "ordering-step-last",
        "the table comes before it",
        node(tokens.TABLE, "table"),
        _step("it", {"method": "bulk_put", "table": "shop-test-orders"}),
    ),
    many(
        "ordering-step-last",
        "import, which creates it, comes before it",
        _step("import", {"method": "native", "table": "shop-test-orders", "incarnation": 1}),
        node(tokens.TABLE),
    ),
)
PRIVILEGE = (
    one("privilege-actions", tokens.ROLE_POLICY, "named", "policy", _granting(Action="*")),
    one("privilege-actions", tokens.ROLE_POLICY, "named", "policy", _granting(Action=["s3:Get*"])),
    one(
        "privilege-actions",
        tokens.ROLE_POLICY,
        "actions are named",
        "policy",
        _granting(Action=None, NotAction="iam:*"),
    ),
    one("privilege-resources", tokens.ROLE_POLICY, "can be narrowed", "policy", _granting(Resource="*")),
    one(
        "privilege-resources", tokens.ROLE_POLICY, "narrowed", "policy", _granting(Resource="arn:aws:s3:::*")
    ),
    one(
        "privilege-resources",
        tokens.ROLE_POLICY,
        "resources are named",
        "policy",
        _granting(Resource=None, NotResource=TABLE_ARN),
    ),
    one(
        "privilege-no-full-access",
        tokens.ATTACHMENT,
        "policies with full access are not attached",
        "policyArn",
        "arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess",
    ),
    one(
        "privilege-no-full-access",
        tokens.ATTACHMENT,
        "policies with full access are not attached",
        "policyArn",
        "arn:aws:iam::aws:policy/AdministratorAccess",
    ),
    many(
        "privilege-no-exclusive",
        "attachments do not remove others",
        Node(
            type="aws:iam/policyAttachment:PolicyAttachment",
            props={"policyArn": "arn:aws:iam::1:policy/p", "roles": ["r"]},
        ),
    ),
    one(
        "privilege-no-exclusive",
        tokens.ROLE,
        "removes what others attach",
        "managedPolicyArns",
        ["arn:aws:iam::1:policy/p"],
    ),
    one(
        "privilege-trust",
        tokens.ROLE,
        "it trusts only dms.amazonaws.com, dms.*.amazonaws.com, ",
        "assumeRolePolicy",
        trust(Principal={"AWS": "*"}),
    ),
    one(
        "privilege-trust",
        tokens.ROLE,
        "it trusts only dms.amazonaws.com, dms.*.amazonaws.com, ",
        "assumeRolePolicy",
        trust(Principal={"Service": ["dms.amazonaws.com", "ec2.amazonaws.com"]}),
    ),
    one(
        "privilege-trust",
        tokens.ROLE,
        "names the account that the service acts for",
        "assumeRolePolicy",
        trust(Condition=None),
    ),
    one(
        "privilege-pass-role",
        tokens.ROLE_POLICY,
        "roles that may be passed are named",
        "policy",
        _granting(Action="iam:PassRole", Resource="arn:aws:iam::1:role/*", Condition=PASSED),
    ),
    one(
        "privilege-pass-role",
        tokens.ROLE_POLICY,
        "it names the service",
        "policy",
        _granting(Action="iam:PassRole", Resource="arn:aws:iam::1:role/shop-test-orders"),
    ),
)
GUARDS = (
    node(tokens.PUBLIC_ACCESS_BLOCK, "block"),
    node(tokens.ENCRYPTION, "encryption"),
    node(tokens.BUCKET_POLICY, "policy"),
)
WITH_KEYS = {"for": ["table", "logs", "job", "export"]}
DATA = (
    many("data-public-access-block", "blocks public access", node(tokens.BUCKET), *GUARDS[1:]),
    many(
        "data-public-access-block",
        "all four are true",
        node(tokens.BUCKET, "bucket"),
        node(tokens.PUBLIC_ACCESS_BLOCK, changes={"ignorePublicAcls": False}),
    ),
    many("data-encryption", "sets its encryption", node(tokens.BUCKET), GUARDS[0], GUARDS[2]),
    many(
        "data-encryption",
        "allowed are aws:kms",
        node(tokens.BUCKET, "bucket"),
        node(tokens.ENCRYPTION),
        config={"algorithms": ["aws:kms"]},
    ),
    one(
        "data-kms",
        tokens.TABLE,
        "a separate key",
        "serverSideEncryption",
        None,
        config=WITH_KEYS,
    ),
    one("data-kms", tokens.LOG_GROUP, "a separate key", "kmsKeyId", None, config=WITH_KEYS),
    one("data-kms", tokens.GLUE_JOB, "a separate key", "securityConfiguration", None, config=WITH_KEYS),
    one(
        "data-kms",
        tokens.EXPORT,
        "a separate key",
        "s3SseKmsKeyId",
        None,
        config=WITH_KEYS,
    ),
    many("data-tls-only", "refuses requests without TLS", node(tokens.BUCKET), *GUARDS[:2]),
    one(
        "data-tls-policy",
        tokens.BUCKET_POLICY,
        "no statement denies requests without TLS",
        "policy",
        document({**TLS_ONLY, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}),
    ),
    one(
        "data-not-public",
        tokens.BUCKET_POLICY,
        "nothing is public",
        "policy",
        document(TLS_ONLY, statement(Action="s3:GetObject", Principal="*")),
    ),
    one("data-not-public", tokens.OBJECT, "nothing is public", "acl", "public-read"),
    one(
        "data-not-public",
        tokens.TOPIC,
        "nothing is public",
        "policy",
        document(statement(Action="sns:Publish", Principal="*")),
    ),
    one("data-private-instance", tokens.INSTANCE, "no public address", "publiclyAccessible", True),
    one("data-private-instance", tokens.INSTANCE, "no public address", "publiclyAccessible", None),
    one("data-no-secret", tokens.ENDPOINT, "a secret is not an input", "password", "correct horse"),
    one(
        "data-no-secret",
        tokens.ENDPOINT,
        "looks like a password",
        "extraConnectionAttributes",
        "a=1;password=correcthorse;",
    ),
    one(
        "data-no-secret",
        tokens.OBJECT,
        "looks like an AWS access key",
        "content",
        "key " + "AKIA" + "ABCDEFGHIJKLMNOP",
    ),
    many(
        "data-no-secret-output",
        "its name indicates a secret",
        node(tokens.STACK, changes={"db_password": "correct horse"}),
    ),
)
COST = (
    one(
        "cost-instance",
        tokens.INSTANCE,
        "allowed are dms.t3.*",
        "replicationInstanceClass",
        "dms.r5.24xlarge",
    ),
    one("cost-instance", tokens.INSTANCE, "at most 100 GB", "allocatedStorage", 101),
    one("cost-instance", tokens.INSTANCE, "one zone is enough", "multiAz", True),
    one("cost-serverless", tokens.SERVERLESS, "at most 8 units", "computeConfig.maxCapacityUnits", 16),
    one("cost-provisioned", tokens.TABLE, "at most 100 units", "writeCapacity", 101),
    one(
        "cost-provisioned",
        tokens.TABLE,
        "at most 100 units",
        "globalSecondaryIndexes.0.readCapacity",
        101,
        also={"globalSecondaryIndexes": INDEX},
    ),
    one("cost-provisioned", tokens.TABLE, "at most 4000 units", "warmThroughput.writeUnitsPerSecond", 40_000),
    one(
        "cost-provisioned",
        tokens.TABLE,
        "at most 12000 units",
        "globalSecondaryIndexes.0.warmThroughput.readUnitsPerSecond",
        50_000,
        also={"globalSecondaryIndexes": INDEX},
    ),
    one(
        "cost-on-demand",
        tokens.TABLE,
        "at most 40000",
        "globalSecondaryIndexes.0.onDemandThroughput.maxWriteRequestUnits",
        50_000,
        also={"globalSecondaryIndexes": INDEX},
    ),
    one("cost-on-demand", tokens.TABLE, "at most 40000", "onDemandThroughput.maxWriteRequestUnits", 50_000),
    one(
        "cost-on-demand",
        tokens.TABLE,
        "it has a maximum",
        "onDemandThroughput",
        None,
        config={"required": True},
    ),
    one("cost-load-ends", tokens.STEP, "within 720 minutes", "arguments.limit_minutes", 721),
    one(
        "cost-window-ends",
        tokens.INSTANCE,
        "it names a date within 14 days",
        "tags.ends",
        "2026-01-01",
        config={"tag": "ends"},
    ),
)
CORRECTNESS = (
    one("correctness-start-task", tokens.TASK, "does not start it", "startReplicationTask", True),
    one("correctness-start-serverless", tokens.SERVERLESS, "does not start it", "startReplication", True),
    one(
        "correctness-header-list",
        tokens.TABLE,
        "the order of a header list is lost",
        "importTable.inputFormatOptions.csv.headerLists",
        ["id", "name"],
        also={"importTable.inputFormat": "CSV"},
    ),
    one("correctness-log-settings", tokens.TASK, "AWS sets it", TASK_SETTINGS, NAMED_LOGS),
    one("correctness-log-settings", tokens.SERVERLESS, "AWS sets it", "replicationSettings", NAMED_LOGS),
    many(
        "correctness-import-block",
        "the block replaces the table",
        node(tokens.TABLE, changes={"importTable": IMPORT}),
    ),
    many(
        "correctness-import-block",
        "the block replaces the table",
        node(tokens.TABLE, changes={"importTable": IMPORT}, ignore_changes=("importTable.inputFormat",)),
    ),
    many(
        "correctness-import-timeout",
        "120 minutes or more",
        node(tokens.TABLE, changes={"importTable": IMPORT}, create_minutes=30),
    ),
    one(
        "correctness-topic-of-events",
        tokens.TOPIC,
        "without a condition",
        "policy",
        document(
            statement(
                Principal={"Service": "events.amazonaws.com"},
                Action="sns:Publish",
                Condition={"StringEquals": {"aws:SourceAccount": "123456789012"}},
            )
        ),
    ),
    one("correctness-topic-of-events", tokens.TOPIC, "use the key", "kmsMasterKeyId", "alias/aws/sns"),
    one("correctness-s3-endpoint", tokens.ENDPOINT, "is an S3Endpoint", "engineName", "s3"),
    one("correctness-source-settings", tokens.S3_ENDPOINT, "drops it", "compressionType", "GZIP"),
)
ENVIRONMENT = (
    many(
        "environment-matches",
        "the configuration is for development",
        node(tokens.STACK, changes={"environment": "production"}),
        config={"is": "development"},
    ),
)
PLANTED = (
    *NAMING, *TAGGING, *TEARDOWN, *ORDERING, *PRIVILEGE, *DATA, *COST, *CORRECTNESS, *ENVIRONMENT,
)  # fmt: skip
