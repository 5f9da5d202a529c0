"""What every stack, its exports and its network declare and call; each method says what its loads do."""

from dynamodb_bulk.permissions.grants import (
    EVERYTHING,
    OF_STACK,
    Grant,
    Permissions,
    Task,
    called,
    reads,
    writes,
)
from dynamodb_bulk.permissions.resource_types import RESOURCE_TYPES

_ALL: tuple[Task, ...] = ("deploy", "preview", "operate")

STACK = Permissions(
    declares=tuple(each for each in RESOURCE_TYPES if each.startswith("aws:s3/")),
    calls=(
        # Records, reports, converted files. Without ListBucket S3 refuses an object that does not exist.
        called("bucket", "s3:ListBucket", *_ALL),
        called("objects", "s3:GetObject", *_ALL),
        called("objects", "s3:PutObject", "deploy", "operate"),
        called(
            "objects",
            "s3:GetObjectTagging PutObjectTagging AbortMultipartUpload DeleteObject DeleteObjectVersion",
            "deploy",
        ),
        called("bucket", "s3:ListBucketVersions", "deploy"),
        called("tables", "dynamodb:DescribeTable", *_ALL),
        called("tables", "dynamodb:Scan", "deploy", "operate"),
        # With its record goes what any run of a load logged, since an earlier one may have been an import.
        called("import logs", "logs:DeleteLogStream", "deploy"),
    ),
)
NEW_TABLE = Permissions(declares=("aws:dynamodb/table:Table",))
OTHER_TABLE = Permissions(
    calls=(
        # The provider's getTable reads all four.
        called(
            "other tables",
            "dynamodb:DescribeTable DescribeContinuousBackups DescribeTimeToLive ListTagsOfResource",
            "deploy",
            "preview",
        ),
        called("other tables", "dynamodb:DescribeTable DescribeContinuousBackups", "operate"),
        called("other tables", "dynamodb:Scan", "deploy", "operate"),
    )
)
RAISED_CAPACITY = Permissions(
    calls=(
        called("tables", "dynamodb:UpdateTable", "deploy", "operate"),
        called("other tables", "dynamodb:UpdateTable", "deploy", "operate"),
        called(EVERYTHING, "application-autoscaling:DescribeScalableTargets", "deploy", "preview", "operate"),
    )
)
"""Of loads that raise the write capacity of their tables."""
SOURCE_IN_S3 = Permissions(
    calls=(
        called("source buckets", "s3:ListBucket", *_ALL),
        called("source objects", "s3:GetObject", *_ALL),
    )
)
GLUE = Permissions(
    declares=(
        "aws:glue/job:Job",
        "aws:iam/role:Role",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:cloudwatch/logGroup:LogGroup",
    ),
    calls=(
        called("Glue jobs", "glue:StartJobRun GetJobRun", "deploy"),
        called("Glue jobs", "glue:GetJobRuns BatchStopJobRun", "deploy", "operate"),
        called("Glue logs", "logs:FilterLogEvents", "operate"),
    ),
)
"""Of loads whose files a Glue job counts and converts."""
GLUE_KEY = Permissions(declares=("aws:glue/securityConfiguration:SecurityConfiguration",))
"""Of a Glue job in a stack with a key."""
GIVEN_NETWORK = Permissions(
    calls=(
        called(
            EVERYTHING,
            "ec2:DescribeSubnets DescribeRouteTables DescribeVpcEndpoints DescribeSecurityGroups",
            "deploy",
            "preview",
        ),
        called("VPCs", "ec2:DescribeVpcAttribute", "deploy", "preview"),
    )
)
DEFAULT_NETWORK = Permissions(
    declares=("aws:ec2/vpcEndpoint:VpcEndpoint",),
    calls=(
        *GIVEN_NETWORK.calls,
        called(EVERYTHING, "ec2:DescribeVpcs", "deploy", "preview"),
        called("gateways", "ec2:DeleteVpcEndpoints", "deploy", only=OF_STACK),
    ),
)
OWN_NETWORK = Permissions(
    declares=tuple(each for each in RESOURCE_TYPES if each.startswith("aws:ec2/")),
    calls=(
        called(EVERYTHING, "ec2:DescribeAvailabilityZones DescribeSubnets", "deploy", "preview"),
        called("gateways", "ec2:DeleteVpcEndpoints", "deploy", only=OF_STACK),
    ),
)
NETWORKS = {"default": DEFAULT_NETWORK, "existing": GIVEN_NETWORK, "create": OWN_NETWORK}
"""By the mode of the stack's network."""

SERVERLESS = Permissions(
    declares=("aws:dms/replicationConfig:ReplicationConfig",),
    calls=(
        called(EVERYTHING, "dms:DescribeReplications", "deploy", "operate"),
        called("DMS", "dms:DescribeReplicationTableStatistics", "deploy", "operate"),
        called("DMS", "dms:StopReplication", "deploy", "operate", only=OF_STACK),
        called("DMS", "dms:StartReplication", "deploy", only=OF_STACK),
        called("task logs", "logs:DescribeLogStreams", "deploy", "operate"),
    ),
)
"""Of loads by DMS without an instance."""

NO_LONGER_SERVERLESS = Permissions(
    calls=(
        reads(EVERYTHING, "dms:DescribeReplications"),
        writes("DMS", "dms:StopReplication DeleteReplicationConfig", only=OF_STACK),
    )
)
"""Of loads by DMS with an instance: the stack may have been serverless before, and takes that away."""


def _exporting(*to: Task) -> tuple[Grant, ...]:
    """DynamoDB writes an export with the permissions of its caller.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport_Requesting.html
    """
    writing = "s3:GetObject PutObject PutObjectAcl AbortMultipartUpload"
    return (
        *(
            called(on, "dynamodb:ExportTableToPointInTime DescribeExport DescribeContinuousBackups", *to)
            for on in ("tables", "other tables")
        ),
        called("export buckets", "s3:ListBucket", *to),
        *(called(on, writing, *to) for on in ("objects", "export objects")),
        called("keys", "kms:DescribeKey GenerateDataKey Decrypt", *to),
    )


REPORT = Permissions(calls=(called(EVERYTHING, "cloudwatch:GetMetricData", "operate"),))
COMMAND_EXPORT = Permissions(calls=_exporting("operate"))
EXPORT = Permissions(
    declares=("aws:dynamodb/tableExport:TableExport",),
    calls=(
        *_exporting("deploy"),
        called("keys", "kms:DescribeKey", "deploy", "preview"),
        called(EVERYTHING, "dynamodb:ListExports", "deploy", "operate"),
    ),
)
SCHEDULE = Permissions(
    declares=(
        "aws:iam/role:Role",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:scheduler/scheduleGroup:ScheduleGroup",
        "aws:scheduler/schedule:Schedule",
    ),
    calls=(
        called("schedules", "scheduler:GetSchedule", "operate"),
        called(EVERYTHING, "dynamodb:ListExports", "operate"),
    ),
)
WINDOWS = Permissions(
    declares=("aws:sfn/stateMachine:StateMachine",),
    calls=(called("state machines", "states:DescribeStateMachine", "operate"),),
)
RUNS = Permissions(
    declares=(
        "aws:codebuild/project:Project",
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:iam/role:Role",
        "aws:iam/rolePolicy:RolePolicy",
    ),
    calls=(called("builds", "codebuild:ListBuildsForProject BatchGetBuilds", "operate"),),
)
RUNS_BY_THE_CLOCK = Permissions(
    declares=("aws:scheduler/scheduleGroup:ScheduleGroup", "aws:scheduler/schedule:Schedule"),
    calls=(called("schedules", "scheduler:GetSchedule", "operate"),),
)
RUNS_ON_ARRIVAL = Permissions(
    declares=("aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget"),
    calls=(
        called("arrival buckets", "s3:GetBucketNotification", "deploy", "preview"),
        called("arrival objects", "s3:GetObject", "operate"),
        called("builds", "codebuild:BatchGetProjects", "operate"),
    ),
)
MONITORING = Permissions(
    declares=(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "aws:cloudwatch/dashboard:Dashboard",
        "aws:cloudwatch/eventRule:EventRule",
        "aws:cloudwatch/eventTarget:EventTarget",
        "aws:sns/topic:Topic",
        "aws:sns/topicSubscription:TopicSubscription",
    ),
    calls=(
        called(
            "default event bus",
            "events:PutEvents",
            "deploy",
            "operate",
            only={"StringEquals": {"events:source": "dynamodb-bulk"}},
        ),
    ),
)
EVENTS_OF_DMS = Permissions(declares=("aws:dms/eventSubscription:EventSubscription",))
"""Of a monitored stack whose loads have a replication instance, or had one before."""
WEBHOOK = Permissions(
    declares=(
        "aws:cloudwatch/eventConnection:EventConnection",
        "aws:cloudwatch/eventApiDestination:EventApiDestination",
        "aws:iam/role:Role",
        "aws:iam/rolePolicy:RolePolicy",
    )
)
LEFTOVERS = Permissions(
    calls=(
        called(
            EVERYTHING,
            "tag:GetResources iam:ListRoles s3:ListAllMyBuckets dynamodb:ListTables ListImports "
            "dms:DescribeEndpoints DescribeEventSubscriptions DescribeReplicationConfigs "
            "DescribeReplicationInstances DescribeReplicationSubnetGroups DescribeReplicationTasks "
            "ec2:DescribeNetworkInterfaces DescribeSecurityGroups DescribeSubnets DescribeVpcEndpoints "
            "DescribeVpcs logs:DescribeLogGroups",
            "operate",
        ),
        called(
            "project's buckets",
            "s3:GetBucketTagging ListBucket ListBucketVersions ListBucketMultipartUploads",
            "operate",
        ),
        called("project's records of capacity", "s3:GetObject", "operate"),
        called("all tables", "dynamodb:DescribeTable ListTagsOfResource", "operate"),
        called("account roles", "iam:GetRole", "operate"),
        called("project's roles", "iam:ListRoleTags", "operate"),
        called("DMS logs", "logs:ListTagsForResource", "operate"),
        called("import logs", "logs:DescribeLogStreams", "operate"),
        called("project's schedule groups", "scheduler:GetScheduleGroup", "operate"),
        called("project's state machines", "states:DescribeStateMachine", "operate"),
        called("project's Glue jobs", "glue:GetJob", "operate"),
        called("project's parameters", "ssm:GetParameter", "operate"),
        called("project's topics", "sns:GetTopicAttributes", "operate"),
        called("project's builds", "codebuild:BatchGetProjects", "operate"),
        called("project's alarms", "cloudwatch:DescribeAlarms", "operate"),
        called("project's rules", "events:DescribeRule", "operate"),
        called(
            EVERYTHING,
            "cloudwatch:ListDashboards events:ListConnections ListApiDestinations",
            "operate",
        ),
    )
)
"""Listing alone: what is deleted needs the permissions to deploy the stack that left it."""
