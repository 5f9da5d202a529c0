"""What each type of resource needs: the provider's calls, and those of our look for orphans (`adoption`).

Provider: read in terraform-provider-aws, which pulumi-aws bridges. Listed here is all that it calls for the
arguments that the components give.
"""

from collections.abc import Mapping

from dynamodb_bulk.permissions.grants import EVERYTHING, OF_STACK, Grant, called, reads, writes

_BUCKET = "aws:s3/bucket"
_DMS_TAGS = "dms:AddTagsToResource ListTagsForResource"


def _passed_to(service: str, roles: str = "roles") -> Grant:
    to = {"StringEquals": {"iam:PassedToService": f"{service}.amazonaws.com"}}
    return writes(roles, "iam:PassRole", only=to)


RESOURCE_TYPES: Mapping[str, tuple[Grant, ...]] = {
    f"{_BUCKET}:Bucket": (
        reads(
            "bucket",
            "s3:ListBucket GetBucketPolicy GetBucketAcl GetBucketCORS GetBucketWebsite GetBucketVersioning "
            "GetAccelerateConfiguration GetBucketRequestPayment GetBucketLogging GetLifecycleConfiguration "
            "GetReplicationConfiguration GetEncryptionConfiguration GetBucketObjectLockConfiguration "
            "GetBucketTagging",
        ),
        writes("bucket", "s3:CreateBucket PutBucketTagging ListBucketVersions DeleteBucket"),
        writes("objects", "s3:DeleteObject DeleteObjectVersion"),
        called(EVERYTHING, "s3:ListAllMyBuckets", "deploy", "preview"),
        called("bucket", "s3:GetBucketTagging ListBucketVersions", "deploy", "preview"),
        called("bucket", "s3:DeleteBucket ListBucket", "deploy"),
    ),
    f"{_BUCKET}OwnershipControls:BucketOwnershipControls": (
        reads("bucket", "s3:GetBucketOwnershipControls"),
        writes("bucket", "s3:PutBucketOwnershipControls"),
    ),
    f"{_BUCKET}PublicAccessBlock:BucketPublicAccessBlock": (
        reads("bucket", "s3:GetBucketPublicAccessBlock"),
        writes("bucket", "s3:PutBucketPublicAccessBlock"),
    ),
    f"{_BUCKET}ServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        reads("bucket", "s3:GetEncryptionConfiguration"),
        writes("bucket", "s3:PutEncryptionConfiguration"),
    ),
    f"{_BUCKET}Policy:BucketPolicy": (
        reads("bucket", "s3:GetBucketPolicy"),
        writes("bucket", "s3:PutBucketPolicy DeleteBucketPolicy"),
    ),
    f"{_BUCKET}LifecycleConfiguration:BucketLifecycleConfiguration": (
        reads("bucket", "s3:GetLifecycleConfiguration"),
        writes("bucket", "s3:PutLifecycleConfiguration"),
    ),
    f"{_BUCKET}Objectv2:BucketObjectv2": (
        reads("objects", "s3:GetObject GetObjectTagging"),
        writes(
            "objects",
            "s3:PutObject PutObjectTagging DeleteObjectTagging AbortMultipartUpload DeleteObject "
            "DeleteObjectVersion",
        ),
        writes("bucket", "s3:ListBucketVersions"),
    ),
    "aws:dynamodb/table:Table": (
        reads(
            "tables", "dynamodb:DescribeTable DescribeContinuousBackups DescribeTimeToLive ListTagsOfResource"
        ),
        writes(
            "tables",
            "dynamodb:CreateTable UpdateTable UpdateTimeToLive UpdateContinuousBackups DeleteTable "
            "TagResource UntagResource",
        ),
        called(EVERYTHING, "dynamodb:ListTables", "deploy", "preview"),
        called("tables", "dynamodb:DescribeTable ListTagsOfResource", "deploy", "preview"),
        called(
            "tables",
            "dynamodb:UpdateContinuousBackups DescribeContinuousBackups UpdateTimeToLive DescribeTimeToLive",
            "deploy",
        ),
    ),
    "aws:dynamodb/tableExport:TableExport": (
        reads("tables", "dynamodb:DescribeExport"),
        reads("other tables", "dynamodb:DescribeExport"),
        writes("tables", "dynamodb:ExportTableToPointInTime"),
        writes("other tables", "dynamodb:ExportTableToPointInTime"),
    ),
    "aws:iam/role:Role": (
        reads("roles", "iam:GetRole ListRolePolicies ListAttachedRolePolicies"),
        writes(
            "roles",
            "iam:CreateRole TagRole UntagRole UpdateRole UpdateAssumeRolePolicy ListInstanceProfilesForRole "
            "DeleteRole",
        ),
        called(EVERYTHING, "iam:ListRoles", "deploy", "preview"),
        called("roles", "iam:ListRoleTags", "deploy", "preview"),
    ),
    "aws:iam/rolePolicy:RolePolicy": (
        reads("roles", "iam:GetRolePolicy"),
        writes("roles", "iam:PutRolePolicy DeleteRolePolicy"),
    ),
    # Of the account's roles for DMS alone, which no stack deletes.
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (
        reads(EVERYTHING, "iam:ListRoles"),
        reads("account roles", "iam:GetRole ListRolePolicies ListAttachedRolePolicies ListRoleTags"),
        writes("account roles", "iam:CreateRole TagRole"),
        writes(
            "account roles",
            "iam:AttachRolePolicy",
            only={
                "ArnLike": {"iam:PolicyARN": "arn:{partition}:iam::aws:policy/service-role/AmazonDMS*Role"}
            },
        ),
    ),
    "aws:cloudwatch/logGroup:LogGroup": (
        reads(EVERYTHING, "logs:DescribeLogGroups"),
        reads("log groups", "logs:ListTagsForResource"),
        writes(
            "log groups",
            "logs:CreateLogGroup PutRetentionPolicy TagResource UntagResource DeleteLogGroup",
        ),
        called(EVERYTHING, "logs:DescribeLogGroups", "deploy", "preview"),
        called("log groups", "logs:ListTagsForResource", "deploy", "preview"),
        called("log groups", "logs:PutRetentionPolicy", "deploy"),
    ),
    "aws:dms/replicationSubnetGroup:ReplicationSubnetGroup": (
        reads(EVERYTHING, "dms:DescribeReplicationSubnetGroups"),
        reads("DMS subnet groups", "dms:ListTagsForResource"),
        writes(
            "DMS subnet groups",
            "dms:CreateReplicationSubnetGroup ModifyReplicationSubnetGroup DeleteReplicationSubnetGroup "
            "AddTagsToResource RemoveTagsFromResource",
        ),
        called(EVERYTHING, "dms:DescribeReplicationSubnetGroups", "deploy", "preview"),
        called("DMS subnet groups", "dms:ListTagsForResource", "deploy", "preview"),
    ),
    "aws:dms/replicationInstance:ReplicationInstance": (
        reads(EVERYTHING, "dms:DescribeReplicationInstances"),
        reads("DMS", "dms:ListTagsForResource"),
        writes("DMS", "dms:CreateReplicationInstance AddTagsToResource"),
        writes("DMS subnet groups", "dms:CreateReplicationInstance"),
        writes(
            "DMS",
            "dms:ModifyReplicationInstance DeleteReplicationInstance RemoveTagsFromResource",
            only=OF_STACK,
        ),
        called(EVERYTHING, "dms:DescribeReplicationInstances", "deploy", "preview"),
        called("DMS", "dms:ListTagsForResource", "deploy", "preview"),
    ),
    **dict.fromkeys(
        ("aws:dms/s3Endpoint:S3Endpoint", "aws:dms/endpoint:Endpoint"),
        (
            reads(EVERYTHING, "dms:DescribeEndpoints"),
            reads("DMS", "dms:ListTagsForResource"),
            writes("DMS", "dms:CreateEndpoint AddTagsToResource"),
            writes("DMS", "dms:ModifyEndpoint DeleteEndpoint RemoveTagsFromResource", only=OF_STACK),
            _passed_to("dms"),
            called(EVERYTHING, "dms:DescribeEndpoints", "deploy", "preview"),
        ),
    ),
    "aws:dms/replicationTask:ReplicationTask": (
        reads(EVERYTHING, "dms:DescribeReplicationTasks"),
        reads("DMS", "dms:ListTagsForResource"),
        writes("DMS", "dms:CreateReplicationTask AddTagsToResource"),
        writes(
            "DMS",
            "dms:ModifyReplicationTask MoveReplicationTask StopReplicationTask DeleteReplicationTask "
            "RemoveTagsFromResource",
            only=OF_STACK,
        ),
        called(EVERYTHING, "dms:DescribeReplicationTasks", "deploy", "preview"),
    ),
    # DMS makes its role with the first serverless replication of an account:
    # https://docs.aws.amazon.com/dms/latest/userguide/slr-services-sl.html
    "aws:dms/replicationConfig:ReplicationConfig": (
        reads(EVERYTHING, "dms:DescribeReplicationConfigs DescribeReplications"),
        reads("DMS", "dms:ListTagsForResource"),
        writes("DMS", "dms:CreateReplicationConfig AddTagsToResource"),
        writes("DMS serverless role", "iam:CreateServiceLinkedRole"),
        writes(
            "DMS",
            "dms:ModifyReplicationConfig StopReplication DeleteReplicationConfig RemoveTagsFromResource",
            only=OF_STACK,
        ),
        called(EVERYTHING, "dms:DescribeReplicationConfigs", "deploy", "preview"),
    ),
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_dms.html
    "aws:dms/eventSubscription:EventSubscription": (
        reads(EVERYTHING, "dms:DescribeEventSubscriptions"),
        reads("event subscriptions", "dms:ListTagsForResource"),
        writes(
            "event subscriptions",
            "dms:CreateEventSubscription ModifyEventSubscription DeleteEventSubscription "
            "AddTagsToResource RemoveTagsFromResource",
        ),
        called(EVERYTHING, "dms:DescribeEventSubscriptions", "deploy", "preview"),
        called("event subscriptions", "dms:ListTagsForResource", "deploy", "preview"),
    ),
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html
    "aws:glue/job:Job": (
        reads("Glue jobs", "glue:GetJob GetTags"),
        writes("Glue jobs", "glue:CreateJob UpdateJob DeleteJob TagResource UntagResource"),
        _passed_to("glue"),
        called(EVERYTHING, "glue:ListJobs", "deploy", "preview"),
        called("Glue jobs", "glue:GetTags", "deploy", "preview"),
    ),
    # It knows no resource.
    "aws:glue/securityConfiguration:SecurityConfiguration": (
        reads(EVERYTHING, "glue:GetSecurityConfiguration"),
        writes(EVERYTHING, "glue:CreateSecurityConfiguration DeleteSecurityConfiguration"),
        called(EVERYTHING, "glue:GetSecurityConfigurations", "deploy", "preview"),
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": (
        reads(EVERYTHING, "ec2:DescribeVpcEndpoints DescribePrefixLists"),
        writes("gateways", "ec2:CreateVpcEndpoint CreateTags"),
        writes("gateways", "ec2:ModifyVpcEndpoint DeleteTags", only=OF_STACK),
        called(EVERYTHING, "ec2:DescribeVpcEndpoints DescribeTags", "deploy", "preview"),
    ),
    "aws:ec2/vpc:Vpc": (
        reads(
            EVERYTHING,
            "ec2:DescribeVpcs DescribeRouteTables DescribeSecurityGroups DescribeNetworkAcls",
        ),
        reads("VPCs", "ec2:DescribeVpcAttribute"),
        writes("own network", "ec2:CreateVpc CreateTags"),
        writes("own network", "ec2:DeleteVpc DeleteTags", only=OF_STACK),
        called(EVERYTHING, "ec2:DescribeVpcs DescribeTags", "deploy", "preview"),
    ),
    # What DMS left in a subnet or a group goes with it.
    "aws:ec2/subnet:Subnet": (
        reads(EVERYTHING, "ec2:DescribeSubnets"),
        writes("own network", "ec2:CreateSubnet CreateTags"),
        writes("own network", "ec2:DeleteSubnet DeleteTags", only=OF_STACK),
        writes(EVERYTHING, "ec2:DescribeNetworkInterfaces"),
        writes("network interfaces", "ec2:DeleteNetworkInterface"),
        called(EVERYTHING, "ec2:DescribeSubnets DescribeTags", "deploy", "preview"),
    ),
    "aws:ec2/securityGroup:SecurityGroup": (
        reads(EVERYTHING, "ec2:DescribeSecurityGroups"),
        writes(
            "own network",
            "ec2:CreateSecurityGroup AuthorizeSecurityGroupEgress RevokeSecurityGroupEgress CreateTags",
        ),
        writes("own network", "ec2:DeleteSecurityGroup DeleteTags", only=OF_STACK),
        writes(EVERYTHING, "ec2:DescribeNetworkInterfaces"),
        writes("network interfaces", "ec2:DeleteNetworkInterface"),
        called(EVERYTHING, "ec2:DescribeSecurityGroups DescribeTags", "deploy", "preview"),
    ),
    "aws:ssm/parameter:Parameter": (
        reads("parameters", "ssm:GetParameter ListTagsForResource"),
        reads(EVERYTHING, "ssm:DescribeParameters"),
        writes("parameters", "ssm:PutParameter AddTagsToResource RemoveTagsFromResource DeleteParameter"),
        called("parameters", "ssm:GetParametersByPath ListTagsForResource", "deploy", "preview"),
    ),
    "aws:scheduler/scheduleGroup:ScheduleGroup": (
        reads("schedule groups", "scheduler:GetScheduleGroup ListTagsForResource"),
        writes(
            "schedule groups",
            "scheduler:CreateScheduleGroup DeleteScheduleGroup TagResource UntagResource",
        ),
        called(EVERYTHING, "scheduler:ListScheduleGroups", "deploy", "preview"),
        called("schedule groups", "scheduler:ListTagsForResource", "deploy", "preview"),
    ),
    "aws:scheduler/schedule:Schedule": (
        reads("schedules", "scheduler:GetSchedule"),
        writes("schedules", "scheduler:CreateSchedule UpdateSchedule DeleteSchedule"),
        _passed_to("scheduler"),
        called(EVERYTHING, "scheduler:ListSchedules", "deploy", "preview"),
        called("schedule groups", "scheduler:GetScheduleGroup", "deploy", "preview"),
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (
        reads("alarms", "cloudwatch:DescribeAlarms ListTagsForResource"),
        writes("alarms", "cloudwatch:PutMetricAlarm DeleteAlarms TagResource UntagResource"),
    ),
    "aws:cloudwatch/dashboard:Dashboard": (
        reads("dashboards", "cloudwatch:GetDashboard"),
        writes("dashboards", "cloudwatch:PutDashboard DeleteDashboards"),
    ),
    "aws:cloudwatch/eventRule:EventRule": (
        reads("rules", "events:DescribeRule ListTagsForResource"),
        writes("rules", "events:PutRule DeleteRule TagResource UntagResource"),
    ),
    "aws:cloudwatch/eventTarget:EventTarget": (
        reads("rules", "events:ListTargetsByRule"),
        writes("rules", "events:PutTargets RemoveTargets"),
        _passed_to("events"),
    ),
    "aws:cloudwatch/eventConnection:EventConnection": (
        reads("connections", "events:DescribeConnection"),
        writes("connections", "events:CreateConnection UpdateConnection DeleteConnection"),
        # EventBridge keeps what a connection sends in a secret, on behalf of who makes the connection.
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html
        writes(
            "secrets of connections",
            "secretsmanager:CreateSecret UpdateSecret DescribeSecret DeleteSecret GetSecretValue "
            "PutSecretValue",
        ),
        writes(
            "role of EventBridge",
            "iam:CreateServiceLinkedRole",
            only={"StringEquals": {"iam:AWSServiceName": "apidestinations.events.amazonaws.com"}},
        ),
        called(EVERYTHING, "events:ListConnections", "deploy", "preview"),
    ),
    "aws:cloudwatch/eventApiDestination:EventApiDestination": (
        reads("API destinations", "events:DescribeApiDestination"),
        writes(
            "API destinations",
            "events:CreateApiDestination UpdateApiDestination DeleteApiDestination",
        ),
        writes("connections", "events:CreateApiDestination"),
        called(EVERYTHING, "events:ListApiDestinations", "deploy", "preview"),
    ),
    "aws:codebuild/project:Project": (
        reads("builds", "codebuild:BatchGetProjects"),
        writes("builds", "codebuild:CreateProject UpdateProject DeleteProject"),
        _passed_to("codebuild", "roles of runs"),
        called(EVERYTHING, "codebuild:ListProjects", "deploy", "preview"),
        called("builds", "codebuild:BatchGetProjects", "deploy", "preview"),
    ),
    "aws:sns/topic:Topic": (
        reads("topics", "sns:GetTopicAttributes ListTagsForResource"),
        writes("topics", "sns:CreateTopic SetTopicAttributes DeleteTopic TagResource UntagResource"),
    ),
    "aws:sns/topicSubscription:TopicSubscription": (
        reads("topics", "sns:GetSubscriptionAttributes"),
        writes("topics", "sns:Subscribe Unsubscribe"),
    ),
    "aws:sfn/stateMachine:StateMachine": (
        reads("state machines", "states:DescribeStateMachine ListStateMachineVersions ListTagsForResource"),
        writes(EVERYTHING, "states:ValidateStateMachineDefinition"),
        writes(
            "state machines",
            "states:CreateStateMachine UpdateStateMachine DeleteStateMachine TagResource UntagResource",
        ),
        _passed_to("states"),
        called(EVERYTHING, "states:ListStateMachines", "deploy", "preview"),
        called("state machines", "states:ListTagsForResource", "deploy", "preview"),
    ),
}
