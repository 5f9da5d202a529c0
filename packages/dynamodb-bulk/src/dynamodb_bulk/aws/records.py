"""Records of what ran, kept as JSON next to the stack's files in S3."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from dynamodb_bulk.aws import Aws, read_object

Record = TypeVar("Record", bound=BaseModel)


def read(kind: type[Record], bucket: str, key: str, aws: Aws) -> Record | None:
    """Return the record; None if there is none, or only one of a different version."""
    try:
        return kind.model_validate_json(read_object(bucket, key, aws))
    except (aws.s3.exceptions.NoSuchKey, aws.s3.exceptions.NoSuchBucket, ValidationError):
        return None


def write(record: BaseModel, bucket: str, key: str, aws: Aws) -> None:
    """Keep it in place of the one before."""
    body = record.model_dump_json().encode()
    aws.s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json")
