"""The record of the last verification of a load, kept in the stack's bucket."""

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.records import StoredRecord


class VerifyRecord(StoredRecord):
    """The result of the last verification; `failed` counts those that did not pass, with a running one."""

    stored_at = "runs/verify-{}.json"

    good: bool
    verdict: str
    failed: int = 0


def failed_verifications(bucket: str, name: str, aws: Aws) -> int:
    """Return how many did not end well: when there are more, the same data must be verified again."""
    record = VerifyRecord.read(bucket, name, aws)
    return record.failed if record else 0
