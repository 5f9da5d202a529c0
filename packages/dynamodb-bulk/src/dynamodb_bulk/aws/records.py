"""Records of what ran, kept as JSON next to the stack's files in S3.

Where two processes may write one, S3 replaces it only if it is what the writer knows of it:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from contextlib import suppress
from typing import ClassVar, Self

from botocore.exceptions import ClientError
from pydantic import BaseModel, ConfigDict, ValidationError

from dynamodb_bulk.aws import Aws, read_object
from dynamodb_bulk.one_line import remedy_of
from dynamodb_bulk.spec.errors import InputError

_OTHERS = ("412", "PreconditionFailed", "ConditionalRequestConflict", "404", "NoSuchKey")


class Superseded(Exception):
    """The record is not what its writer knows of it: someone else has written it."""


class StoredRecord(BaseModel):
    """A record of the last run of something; `stored_at` is the key of that of a name, with `{}` for it."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True)
    stored_at: ClassVar[str]

    @classmethod
    def key(cls, name: str) -> str:
        """Return the record's key in the stack's bucket."""
        return cls.stored_at.format(name)

    @classmethod
    def read(cls, bucket: str, name: str, aws: Aws) -> Self | None:
        """Return the record; None if there is none, or only one of a different version.

        Raise InputError if it is no record at all, as when a page of a proxy is taken for it.
        """
        try:
            return cls.model_validate_json(read_object(bucket, cls.key(name), aws))
        except (aws.s3.exceptions.NoSuchKey, aws.s3.exceptions.NoSuchBucket):
            return None
        except ValidationError as error:
            if error.errors()[0]["type"] != "json_invalid":
                return None
            what = "the answer is not JSON, so it is not known what ran"
            raise InputError(f"s3://{bucket}/{cls.key(name)}", what, remedy_of("Endpoint")) from None

    @classmethod
    def tag(cls, bucket: str, name: str, aws: Aws) -> str | None:
        """Return the entity tag of the object, whatever it holds; None if there is none."""
        try:
            return aws.s3.head_object(Bucket=bucket, Key=cls.key(name))["ETag"]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in _OTHERS:
                raise
            return None

    @classmethod
    def delete(cls, bucket: str, name: str, aws: Aws) -> None:
        """Forget it, if there is one."""
        with suppress(aws.s3.exceptions.NoSuchBucket):
            aws.s3.delete_object(Bucket=bucket, Key=cls.key(name))

    def write(self, bucket: str, name: str, aws: Aws) -> Self:
        """Keep it in place of the one before."""
        body = self.model_dump_json().encode()
        aws.s3.put_object(Bucket=bucket, Key=self.key(name), Body=body, ContentType="application/json")
        return self

    def write_over(self, tag: str | None, bucket: str, name: str, aws: Aws) -> str:
        """Keep it in place of the one with the entity tag, or of none; return its own.

        Raise Superseded where another is there.
        """
        condition = {"IfMatch": tag} if tag else {"IfNoneMatch": "*"}
        try:
            return aws.s3.put_object(
                Bucket=bucket,
                Key=self.key(name),
                Body=self.model_dump_json().encode(),
                ContentType="application/json",
                **condition,  # pyright: ignore[reportArgumentType] - one of two texts
            )["ETag"]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in _OTHERS:
                raise
        # The client may have repeated a call whose answer was lost.
        now = self.tag(bucket, name, aws)
        if now and self.read(bucket, name, aws) == self:
            return now
        raise Superseded

    def write_after(self, last: Self | None, bucket: str, name: str, aws: Aws) -> Self:
        """Keep it in place of `last`, as it was read; raise Superseded where another is there by now."""
        tag = self.tag(bucket, name, aws)
        if self.read(bucket, name, aws) != last:
            raise Superseded
        self.write_over(tag, bucket, name, aws)
        return self
