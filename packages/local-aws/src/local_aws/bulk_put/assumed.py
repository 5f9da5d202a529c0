"""What AWS does not document of bulk put, as it is assumed here; of its lines, see `bulk_put_lines`.

Documented are the requests, the states, the counts, and that there is a report with a manifest:
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BulkOperationDescription.html and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/BulkPutItems.Output.html

Documented is that some errors end an object, and not which: assumed are those that end one of an import.
Both read objects by `dataplane.item_files`.
"""

from local_aws.account import ACCOUNT, new_id

# How many may be in progress in an account and Region, and on one table.
AT_ONCE = 50
AT_ONCE_ON_A_TABLE = 5

# FailureCode.
NO_BUCKET = "S3NoSuchBucket"
DENIED = "S3AccessDenied"
CHANGED = "ObjectModifiedInS3DuringBulkPut"
NO_TABLE = "TableNotFound"
TOO_MANY = "InputLimitExceeded"
CANCELLED_BY_USER = "Cancelled"

# ErrorCode of an item in the report.
BAD_ITEM = "ValidationError"


def operation_arn(region: str) -> str:
    """Return the ARN of a new operation."""
    return f"arn:aws:dynamodb:{region}:{ACCOUNT}:bulk-operation/{new_id()}"


def report_folder(prefix: str, arn: str) -> str:
    """Return where the report of an operation is, under the output's prefix."""
    above = f"{prefix.rstrip('/')}/" if prefix else ""
    return f"{above}BulkPutItems/{arn.rpartition('/')[2]}/"


def report_file(output: str, part: int) -> str:
    """Return the name of a file of the report, of records that are lines of JSON, compressed with gzip."""
    return f"{output.lower()}/{part:05d}.json.gz"


MANIFEST = "manifest.json"
