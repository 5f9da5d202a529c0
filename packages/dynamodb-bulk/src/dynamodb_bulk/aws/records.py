"""Records of what ran, kept as JSON next to the stack's files in S3."""

from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from dynamodb_bulk.aws import Aws, read_object
from dynamodb_bulk.one_line import remedy_of
from dynamodb_bulk.spec.errors import InputError


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

    def write(self, bucket: str, name: str, aws: Aws) -> Self:
        """Keep it in place of the one before."""
        body = self.model_dump_json().encode()
        aws.s3.put_object(Bucket=bucket, Key=self.key(name), Body=body, ContentType="application/json")
        return self
