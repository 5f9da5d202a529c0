"""What AWS does not document of exports, as it is assumed here.

Documented are the requests, the layout and the manifests:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

import base64
import hashlib
import secrets

from local_aws.account import ACCOUNT

# A table that is made again has so many partitions, each of which has a file at least, and files of so many
# items at most.
PARTITIONS = 4
FILE_ITEMS = 100_000

# What follows `manifest-files` and `manifest-summary`: so in buckets; the guide alone says `.checksum`.
CHECKSUM = ".md5"

# The least that an incremental export is billed for; the guide says 10 MB.
LEAST_BILLED = 10_000_000

# What an item and a change are in within a file of Ion.
ION_RECORD = "Record"

# FailureCode: the first as the guide and users have it, the others as users report them; those of keys that
# are there by the names of KMS's own exceptions.
NO_BUCKET = "S3NoSuchBucket"
DENIED = "S3AccessDenied"
NO_KEY = "KmsNotFoundException"
KEY_DISABLED = "KmsDisabledException"
KEY_UNUSABLE = "KmsInvalidStateException"
OF_KEYS = {"": NO_KEY, "Disabled": KEY_DISABLED}
NO_TABLE = "TableNotFound"

# The texts in which DynamoDB refuses, as its users report them.
CONFLICT = "Export conflict: Duplicate request detected with conflicting parameters"
NO_RECOVERY = "Point in time recovery is not enabled for table '{}'"
BAD_TIME = "Export Time is invalid"
NO_RECOVERY_THEN = "Point in Time Recovery is not available for specified export time"
BEFORE_THE_TABLE = "Incremental export period from time cannot be less than the table creation time : {}"
IN_THE_FUTURE = "Incremental export period to time cannot be greater than the current time : {}"
FROM_AFTER_TO = "Incremental export period from time cannot be greater than export period to time"
TOO_SHORT = "Difference between export period from time and export period to time is less than 15 minutes"
TOO_LONG = "Difference between export period from time and export period to time is greater than 24 hours"
NOT_AN_ARN = "One or more parameter values were invalid: tableArn is not a valid ARN"
NOT_A_TABLE = "Invalid Request: Table ARN is invalid."
TYPE_MISSING = (
    "Invalid Request: Export Type expected to be Incremental Export when incremental export specification "
    "is provided"
)
WINDOW_UNWANTED = (
    "Invalid Request: When Export Type is Full Export , Incremental Export Specification should not be "
    "provided"
)
WINDOW_MISSING = (
    "Invalid Request: Incremental Export Specification expected when export type is set as Incremental Export"
)
FROM_MISSING = "Invalid Request: ExportFromTime must be provided in IncrementalExportSpecification"
BAD_PREFIX = (
    "1 validation error detected: Value '{}' at 's3Prefix' failed to satisfy constraint: "
    "Member must satisfy regular expression pattern: [^\\p{{Cntrl}}]+"
)
KEY_UNWANTED = "Invalid Request: KMS Key Id is not supported for this encryption type"
FILTER_EMPTY = "Invalid Request: Invalid FilterSpecification: The specification can not be empty"
FILTER_INVALID = "Invalid Request: Invalid FilterSpecification: {}"


def export_arn(region: str, table: str, name: str) -> str:
    """Return the ARN of an export."""
    return f"arn:aws:dynamodb:{region}:{ACCOUNT}:table/{table}/export/{name}"


def file_name() -> str:
    """Return the name of a data file, without its endings: 26 letters and digits."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


def checksum(digest: bytes) -> str:
    """Return a checksum of MD5, as a text."""
    return base64.b64encode(digest).decode()


def partition(key: str) -> int:
    """Return the partition that a partition key, as a text, falls into."""
    return hashlib.md5(key.encode(), usedforsecurity=False).digest()[0] % PARTITIONS
