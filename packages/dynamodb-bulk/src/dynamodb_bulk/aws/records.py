"""Records of what ran, kept as JSON next to the stack's files in S3."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from dynamodb_bulk.aws import Aws, read_object
from dynamodb_bulk.one_line import remedy_of
from dynamodb_bulk.spec.errors import InputError

Record = TypeVar("Record", bound=BaseModel)


def read(kind: type[Record], bucket: str, key: str, aws: Aws) -> Record | None:
    """Return the record; None if there is none, or only one of a different version.

    Raise InputError if it is no record at all, as when a page of a proxy is taken for it.
    """
    try:
        return kind.model_validate_json(read_object(bucket, key, aws))
    except (aws.s3.exceptions.NoSuchKey, aws.s3.exceptions.NoSuchBucket):
        return None
    except ValidationError as error:
        if error.errors()[0]["type"] != "json_invalid":
            return None
        what = "the answer is not JSON, so it is not known what ran"
        raise InputError(f"s3://{bucket}/{key}", what, remedy_of("Endpoint")) from None


def write(record: BaseModel, bucket: str, key: str, aws: Aws) -> None:
    """Keep it in place of the one before."""
    body = record.model_dump_json().encode()
    aws.s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json")
