"""What a table takes: the arguments of `aws.dynamodb.Table` and of the blocks within.

Source: pulumi-aws 7.51.1, sdk/python/pulumi_aws/dynamodb; for what replaces and what AWS chooses,
hashicorp/terraform-provider-aws, internal/service/dynamodb/table.go.
"""

from dataclasses import replace

from offline_pulumi.provider.model import Props, argument
from offline_pulumi.provider.translate import same_set

_CAPACITY = (
    argument("readCapacity", "ProvisionedThroughput.ReadCapacityUnits", kind="number", computed=True),
    argument("writeCapacity", "ProvisionedThroughput.WriteCapacityUnits", kind="number", computed=True),
)
LIMITS = argument(
    "onDemandThroughput",
    kind="object",
    fields=(
        argument("maxReadRequestUnits", kind="number", default=-1),
        argument("maxWriteRequestUnits", kind="number", default=-1),
    ),
)


def _is_as_warm(read: Props | None, wanted: Props) -> bool:
    return all((read or {}).get(unit) == value for unit, value in wanted.items())


WARM = argument(
    "warmThroughput",
    kind="object",
    computed=True,
    fields=(
        argument("readUnitsPerSecond", kind="number", computed=True),
        argument("writeUnitsPerSecond", kind="number", computed=True),
    ),
)
_PROJECTION = (
    argument("projectionType", "Projection.ProjectionType", required=True),
    argument("nonKeyAttributes", "Projection.NonKeyAttributes", kind="list", same=same_set),
)
_INDEX = (argument("name", "IndexName", required=True), *_PROJECTION, *_CAPACITY, LIMITS, WARM)

ATTRIBUTES = argument(
    "attributes",
    "AttributeDefinitions",
    kind="objects",
    unordered=True,
    fields=(
        argument("name", "AttributeName", required=True),
        argument("type", "AttributeType", required=True),
    ),
)
CAPACITY = _CAPACITY
GLOBAL_INDEXES = argument(
    "globalSecondaryIndexes",
    kind="objects",
    unordered=True,
    fields=(*_INDEX, argument("hashKey", "hashKey", required=True), argument("rangeKey", "rangeKey")),
)
LOCAL_INDEXES = argument(
    "localSecondaryIndexes",
    kind="objects",
    unordered=True,
    replaces=True,
    fields=(
        argument("name", "IndexName", required=True),
        argument("rangeKey", "rangeKey", required=True),
        *_PROJECTION,
    ),
)
RECOVERY = argument(
    "pointInTimeRecovery",
    "PointInTimeRecoverySpecification",
    kind="object",
    default={"enabled": False},
    computed=True,
    fields=(
        argument("enabled", "PointInTimeRecoveryEnabled", kind="boolean", required=True),
        argument("recoveryPeriodInDays", kind="number", computed=True),
    ),
)
TABLE_WARM = replace(WARM, as_read=_is_as_warm)
TIME_TO_LIVE = argument(
    "ttl",
    "TimeToLiveSpecification",
    kind="object",
    default={"enabled": False},
    computed=True,
    fields=(argument("attributeName", computed=True), argument("enabled", kind="boolean", default=False)),
)
ENCRYPTION = argument(
    "serverSideEncryption",
    "SSESpecification",
    kind="object",
    default={"enabled": False},
    computed=True,
    fields=(
        argument("enabled", kind="boolean", required=True),
        argument("kmsKeyArn", "KMSMasterKeyId", computed=True),
    ),
)
REPLICAS = argument(
    "replicas", kind="objects", unordered=True, fields=(argument("regionName", required=True),)
)
IMPORT = argument(
    "importTable",
    kind="object",
    write_only=True,
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
)
