"""The IAM actions that a call to an operation of AWS needs, where they are not the operation's own name.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from dynamodb_bulk.permissions.grants import EVERYTHING, called

_IMPORT_LOG = (
    "CreateLogGroup CreateLogStream PutLogEvents PutRetentionPolicy DescribeLogGroups DescribeLogStreams"
)
_ACTIONS = {
    "dynamodb:ImportTable": f"dynamodb:ImportTable s3:GetObject s3:ListBucket logs:{_IMPORT_LOG}",
    "dynamodb:ExportTableToPointInTime": "dynamodb:ExportTableToPointInTime "
    "s3:PutObject PutObjectAcl AbortMultipartUpload kms:GenerateDataKey Decrypt",
    "dynamodb:StartBulkPutItems": "dynamodb:StartBulkPutItems s3:GetObject ListBucket PutObject",
    **{
        f"monitoring:{name}": f"cloudwatch:{name}"
        for name in (
            "DeleteAlarms",
            "DeleteDashboards",
            "DescribeAlarms",
            "GetDashboard",
            "GetMetricData",
            "GetMetricStatistics",
            "ListDashboards",
            "ListTagsForResource",
            "PutDashboard",
            "PutMetricAlarm",
        )
    },
    "s3:CompleteMultipartUpload": "s3:PutObject",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:DeleteBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:DeleteBucketLifecycle": "s3:PutLifecycleConfiguration",
    "s3:DeleteBucketOwnershipControls": "s3:PutBucketOwnershipControls",
    "s3:DeleteObject": "s3:DeleteObject DeleteObjectVersion",
    "s3:DeleteObjects": "s3:DeleteObject DeleteObjectVersion",
    "s3:DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:PutObject": "s3:PutObject AbortMultipartUpload",  # upload_file, which may do it in parts
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:UploadPart": "s3:PutObject",
    "sts:GetCallerIdentity": "",  # nobody can be denied it
    "tagging:GetResources": "tag:GetResources",
}
_TAGGING = {
    "dms": "dms:AddTagsToResource",
    "dynamodb": "dynamodb:TagResource",
    "events": "events:TagResource",
    "monitoring": "cloudwatch:TagResource",
    "ec2": "ec2:CreateTags",
    "glue": "glue:TagResource",
    "iam": "iam:TagRole",
    "logs": "logs:TagResource",
    "s3": "s3:PutObjectTagging",
    "scheduler": "scheduler:TagResource",
    "sns": "sns:TagResource",
    "ssm": "ssm:AddTagsToResource",
    "states": "states:TagResource",
}


def actions_of(service: str, operation: str, *, tagged: bool = False) -> list[str]:
    """Return the actions; a request that makes something with tags needs one more."""
    text = _ACTIONS.get(f"{service}:{operation}", f"{service}:{operation}")
    found = list(called(EVERYTHING, text).actions)
    # CodeBuild tags a project by the action that makes it.
    if tagged and operation.startswith(("Create", "Put")) and service != "codebuild":
        found.append(_TAGGING[service])
    return found
