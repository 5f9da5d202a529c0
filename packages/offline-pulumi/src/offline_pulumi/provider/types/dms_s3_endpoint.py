"""What `aws.dms.S3Endpoint` sends and reads: the S3 settings of a DMS endpoint, with the real
provider's traps.
"""

from offline_pulumi.provider.model import Argument, Members, Props, argument, at
from offline_pulumi.provider.translate import same_json, same_text

_TEXTS = [
    "bucketFolder",
    "cannedAclForObjects",
    "cdcPath",
    "compressionType",
    "csvNoSupValue",
    "csvNullValue",
    "dataFormat",
    "datePartitionDelimiter",
    "datePartitionSequence",
    "datePartitionTimezone",
    "encodingType",
    "encryptionMode",
    "expectedBucketOwner",
    "parquetVersion",
    "serverSideEncryptionKmsKeyId",
    "timestampColumnName",
]
_NUMBERS = [
    "cdcMaxBatchInterval",
    "cdcMinFileSize",
    "dataPageSize",
    "dictPageSizeLimit",
    "maxFileSize",
    "rowGroupLength",
]
_SWITCHES = [
    "addColumnName",
    "cdcInsertsAndUpdates",
    "cdcInsertsOnly",
    "datePartitionEnabled",
    "includeOpForFullLoad",
    "parquetTimestampInMillisecond",
    "preserveTransactions",
    "useCsvNoSupValue",
    "useTaskStartTimeForFullLoadTimestamp",
]

NOT_FOR_SOURCE = ("DataFormat", "CompressionType")
"""Silently not sent for a source. Source: hashicorp/terraform-provider-aws issue 49616."""


def _setting(name: str, **settings: object) -> Argument:
    return argument(name, f"S3Settings.{name[0].upper()}{name[1:]}", **settings)


S3_ARGUMENTS = (
    _setting("bucketName", required=True),
    _setting("serviceAccessRoleArn", required=True),
    _setting("csvDelimiter", default=","),
    _setting("csvRowDelimiter", default="\\n"),
    _setting("externalTableDefinition", same=same_json),
    _setting("ignoreHeaderRows", kind="number", replaces=True, computed=True),
    _setting("rfc4180", kind="boolean", default=True),
    _setting("enableStatistics", kind="boolean", default=True),
    _setting("addTrailingPaddingCharacter", kind="boolean", computed=True),
    *(_setting(name, computed=True, reported=same_text) for name in _TEXTS if name != "csvNullValue"),
    _setting("csvNullValue", default=""),
    *(_setting(name, kind="number", computed=True) for name in _NUMBERS),
    *(_setting(name, kind="boolean", default=False) for name in _SWITCHES),
    _setting("glueCatalogGeneration", kind="boolean", default=False),
    argument("detachTargetOnLobLookupFailureParquet", "", kind="boolean"),
)


def shape_s3(members: Members, props: Props) -> Members:
    """Add the engine, and omit what the real provider omits.

    Apart from `NOT_FOR_SOURCE`: an empty `csv_null_value` is not sent, so it cannot be set back to empty.
    """
    settings = {"Rfc4180": True} | members.get("S3Settings", {})
    if not settings.get("CsvNullValue"):
        settings.pop("CsvNullValue", None)
    if str(props.get("endpointType", "")).lower() == "source":
        for name in NOT_FOR_SOURCE:
            settings.pop(name, None)
    return members | {"EngineName": "s3", "S3Settings": settings}


def observe_s3(members: Members) -> Members:
    """Return what was read, without what the real provider does not read for a source."""
    settings = dict(at("S3Settings", members, {}))
    if str(members.get("EndpointType", "")).lower() == "source":
        for name in NOT_FOR_SOURCE:
            settings.pop(name, None)
    return members | {"S3Settings": settings}
