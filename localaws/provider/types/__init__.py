"""The table: every resource type that the stand-in provider knows."""

from localaws.provider.model import ResourceType
from localaws.provider.types import dms, dynamodb, iam, logs, network, s3, s3_object, vpc_endpoint

TYPES: dict[str, ResourceType] = {
    entry.token: entry
    for entry in (
        *s3.TYPES,
        s3_object.BUCKET_OBJECT,
        dynamodb.TABLE,
        *iam.TYPES,
        *dms.TYPES,
        logs.LOG_GROUP,
        *network.TYPES,
        vpc_endpoint.VPC_ENDPOINT,
    )
}
"""Entries by type token."""
