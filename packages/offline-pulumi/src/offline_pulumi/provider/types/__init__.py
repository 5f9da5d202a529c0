"""The table: every resource type that the replacement provider knows."""

from offline_pulumi.provider.model import ResourceType
from offline_pulumi.provider.types import (
    cloudwatch,
    codebuild,
    dms,
    events,
    glue,
    iam,
    logs,
    network,
    s3,
    s3_bucket,
    s3_object,
    scheduler,
    sns,
    ssm,
    states,
)
from offline_pulumi.provider.types.dynamodb.export import TABLE_EXPORT
from offline_pulumi.provider.types.dynamodb.table import TABLE
from offline_pulumi.provider.types.vpc_endpoint import VPC_ENDPOINT

TYPES: dict[str, ResourceType] = {
    entry.type: entry
    for entry in (
        s3_bucket.BUCKET,
        *s3.TYPES,
        s3_object.BUCKET_OBJECT,
        TABLE,
        TABLE_EXPORT,
        *scheduler.TYPES,
        states.STATE_MACHINE,
        *iam.TYPES,
        *dms.TYPES,
        *glue.TYPES,
        logs.LOG_GROUP,
        *cloudwatch.TYPES,
        codebuild.PROJECT,
        *events.TYPES,
        *sns.TYPES,
        ssm.PARAMETER,
        *network.TYPES,
        VPC_ENDPOINT,
    )
}
"""Entries by type token."""
