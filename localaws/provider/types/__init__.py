"""The table: every resource type that the stand-in provider knows."""

from localaws.provider.model import ResourceType
from localaws.provider.types import (
    dms,
    dynamodb,
    iam,
    logs,
    network,
    s3,
    s3_bucket,
    s3_object,
    security_group,
    vpc_endpoint,
)

TYPES: dict[str, ResourceType] = {
    entry.type: entry
    for entry in (
        s3_bucket.BUCKET,
        *s3.TYPES,
        s3_object.BUCKET_OBJECT,
        dynamodb.TABLE,
        *iam.TYPES,
        *dms.TYPES,
        logs.LOG_GROUP,
        *network.TYPES,
        security_group.SECURITY_GROUP,
        vpc_endpoint.VPC_ENDPOINT,
    )
}
"""Entries by type token."""
