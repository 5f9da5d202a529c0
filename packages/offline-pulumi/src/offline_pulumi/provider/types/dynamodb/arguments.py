"""What a table takes: the arguments of `aws.dynamodb.Table` and of the blocks within.

Source: pulumi-aws 7.51.1, sdk/python/pulumi_aws/dynamodb; for what replaces and what AWS chooses,
hashicorp/terraform-provider-aws, internal/service/dynamodb/table.go.
"""

from typing import Any

from offline_pulumi.provider.model import Props, argument
from offline_pulumi.provider.translate import same_set

_CAPACITY = (
    argument("readCapacity", "ProvisionedThroughput.ReadCapacityUnits", kind="number", computed=True),
    argument("writeCapacity", "ProvisionedThroughput.WriteCapacityUnits", kind="number", computed=True),
)
_LIMITS = argument(
    "onDemandThroughput",
    kind="object",
    fields=(
        argument("maxReadRequestUnits", kind="number", default=-1),
        argument("maxWriteRequestUnits", kind="number", default=-1),
    ),
)
_WARM_FIELDS = (
    argument("readUnitsPerSecond", kind="number", computed=True),
    argument("writeUnitsPerSecond", kind="number", computed=True),
)
_WARM = argument("warmThroughput", kind="object", computed=True, fields=_WARM_FIELDS)
_PROJECTION = (
    argument("projectionType", "Projection.ProjectionType", required=True),
    argument("nonKeyAttributes", "Projection.NonKeyAttributes", kind="list", same=same_set),
)
_INDEX = (argument("name", "IndexName", required=True), *_PROJECTION, *_CAPACITY, _LIMITS, _WARM)


def _is_as_warm(read: Props | None, wanted: Props) -> bool:
    return all((read or {}).get(unit) == value for unit, value in wanted.items())


def _falls(before: Any, after: Any) -> bool:
    """Whether warm throughput would be lower than it is, which takes a new table."""
    before, after = before or {}, after or {}
    return any(isinstance(value, int) and value < before.get(unit, 0) for unit, value in after.items())


def _comes_or_goes(before: Any, after: Any) -> bool:
    """Whether a block is added or removed."""
    return (before is None) is not (after is None)


ARGUMENTS = (
    argument("name", "TableName", replaces=True, computed=True),
    argument(
        "attributes",
        "AttributeDefinitions",
        kind="objects",
        unordered=True,
        fields=(
            argument("name", "AttributeName", required=True),
            argument("type", "AttributeType", required=True),
        ),
    ),
    argument("hashKey", "hashKey", replaces=True, required=True),
    argument("rangeKey", "rangeKey", replaces=True),
    argument("billingMode", default="PROVISIONED"),
    *_CAPACITY,
    _LIMITS,
    argument(
        "warmThroughput",
        kind="object",
        computed=True,
        fields=_WARM_FIELDS,
        replaces=_falls,
        as_read=_is_as_warm,
    ),
    argument(
        "globalSecondaryIndexes",
        kind="objects",
        unordered=True,
        fields=(*_INDEX, argument("hashKey", "hashKey", required=True), argument("rangeKey", "rangeKey")),
    ),
    argument(
        "localSecondaryIndexes",
        kind="objects",
        unordered=True,
        replaces=True,
        fields=(
            argument("name", "IndexName", required=True),
            argument("rangeKey", "rangeKey", required=True),
            *_PROJECTION,
        ),
    ),
    argument(
        "pointInTimeRecovery",
        "PointInTimeRecoverySpecification",
        kind="object",
        computed=True,
        default={"enabled": False},
        fields=(
            argument("enabled", "PointInTimeRecoveryEnabled", kind="boolean", required=True),
            argument("recoveryPeriodInDays", kind="number", computed=True),
        ),
    ),
    argument(
        "ttl",
        "TimeToLiveSpecification",
        kind="object",
        computed=True,
        default={"enabled": False},
        fields=(argument("attributeName", computed=True), argument("enabled", kind="boolean", default=False)),
    ),
    argument("streamEnabled", "StreamSpecification.StreamEnabled", kind="boolean", default=False),
    argument("streamViewType", "StreamSpecification.StreamViewType", computed=True),
    argument("tableClass", default="STANDARD"),
    argument("deletionProtectionEnabled", kind="boolean", default=False),
    argument(
        "serverSideEncryption",
        "SSESpecification",
        kind="object",
        computed=True,
        default={"enabled": False},
        fields=(
            argument("enabled", kind="boolean", required=True),
            argument("kmsKeyArn", "KMSMasterKeyId", computed=True),
        ),
    ),
    argument("replicas", kind="objects", unordered=True, fields=(argument("regionName", required=True),)),
    argument(
        "importTable",
        kind="object",
        write_only=True,
        replaces=_comes_or_goes,
        fields=(
            argument("inputFormat", required=True),
            argument("inputCompressionType"),
            argument(
                "s3BucketSource",
                "S3BucketSource",
                kind="object",
                required=True,
                fields=(argument("bucket", "S3Bucket", required=True), argument("keyPrefix", "S3KeyPrefix")),
            ),
        ),
    ),
)
