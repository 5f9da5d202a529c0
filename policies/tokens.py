"""The resource types that rules are about, by their tokens."""


def _aws(module: str, name: str) -> str:
    return f"aws:{module}/{name[0].lower()}{name[1:]}:{name}"


BUCKET = _aws("s3", "Bucket")
BUCKETS = frozenset({BUCKET, _aws("s3", "BucketV2")})
OBJECT = _aws("s3", "BucketObjectv2")
OBJECTS = frozenset({OBJECT, _aws("s3", "BucketObject")})
ACLS = frozenset({_aws("s3", "BucketAcl"), _aws("s3", "BucketAclV2")})
BUCKET_POLICY = _aws("s3", "BucketPolicy")
PUBLIC_ACCESS_BLOCK = _aws("s3", "BucketPublicAccessBlock")
ENCRYPTION = _aws("s3", "BucketServerSideEncryptionConfiguration")
ENCRYPTIONS = frozenset({ENCRYPTION, _aws("s3", "BucketServerSideEncryptionConfigurationV2")})

TABLE = _aws("dynamodb", "Table")
EXPORT = _aws("dynamodb", "TableExport")

SUBNET_GROUP = _aws("dms", "ReplicationSubnetGroup")
INSTANCE = _aws("dms", "ReplicationInstance")
SERVERLESS = _aws("dms", "ReplicationConfig")
ENDPOINT = _aws("dms", "Endpoint")
S3_ENDPOINT = _aws("dms", "S3Endpoint")
ENDPOINTS = frozenset({ENDPOINT, S3_ENDPOINT})
TASK = _aws("dms", "ReplicationTask")
EVENT_SUBSCRIPTION = _aws("dms", "EventSubscription")

SECURITY_GROUP = _aws("ec2", "SecurityGroup")
NETWORK = frozenset({SECURITY_GROUP, *(_aws("ec2", each) for each in ("Vpc", "Subnet", "VpcEndpoint"))})

ROLE = _aws("iam", "Role")
ROLE_POLICY = _aws("iam", "RolePolicy")
ATTACHMENT = _aws("iam", "RolePolicyAttachment")
ATTACHMENTS = frozenset({ATTACHMENT, *(_aws("iam", f"{who}PolicyAttachment") for who in ("User", "Group"))})
POLICIES = frozenset({ROLE_POLICY, *(_aws("iam", each) for each in ("Policy", "UserPolicy", "GroupPolicy"))})
EXCLUSIVE = frozenset(
    _aws("iam", each)
    for each in (
        "PolicyAttachment",
        *(
            f"{who}{what}Exclusive"
            for who in ("Role", "User", "Group")
            for what in ("PolicyAttachments", "Policies")
        ),
    )
)

SCHEDULE_GROUP = _aws("scheduler", "ScheduleGroup")
STATE_MACHINE = _aws("sfn", "StateMachine")

GLUE_JOB = _aws("glue", "Job")
GLUE_SECURITY = _aws("glue", "SecurityConfiguration")

LOG_GROUP = _aws("cloudwatch", "LogGroup")
ALARM = _aws("cloudwatch", "MetricAlarm")
DASHBOARD = _aws("cloudwatch", "Dashboard")
RULE = _aws("cloudwatch", "EventRule")
CONNECTION = _aws("cloudwatch", "EventConnection")
DESTINATION = _aws("cloudwatch", "EventApiDestination")
PROJECT = _aws("codebuild", "Project")
TOPIC = _aws("sns", "Topic")
TOPIC_POLICY = _aws("sns", "TopicPolicy")
PARAMETER = _aws("ssm", "Parameter")
STEP = "bulk:steps:Step"
STACK = "pulumi:pulumi:Stack"
