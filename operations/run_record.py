"""The record of a load's last run, kept beside the stack's files in S3.

It tells a later `pulumi up` whether a running or finished task ran for the same data and documents.
"""

from pydantic import BaseModel, ConfigDict, ValidationError

from operations.aws import Aws
from operations.load import DmsLoad


class RunRecord(BaseModel):
    """One run: the digest of all it depends on, the rows its files held, and whether it was judged yet."""

    model_config = ConfigDict(frozen=True)

    digest: str
    rows_in_files: int
    judged: bool = False


def read_record(load: DmsLoad, aws: Aws) -> RunRecord | None:
    """The record of the last run, or None when there was none."""
    try:
        body = aws.s3.get_object(Bucket=load.records_bucket, Key=_key(load))["Body"].read()
        return RunRecord.model_validate_json(body)
    except (aws.s3.exceptions.NoSuchKey, aws.s3.exceptions.NoSuchBucket, ValidationError):
        return None


def write_record(load: DmsLoad, record: RunRecord, aws: Aws) -> None:
    """Keep the record in place of the one before."""
    aws.s3.put_object(
        Bucket=load.records_bucket,
        Key=_key(load),
        Body=record.model_dump_json().encode(),
        ContentType="application/json",
    )


def _key(load: DmsLoad) -> str:
    return f"runs/{load.name}.json"
