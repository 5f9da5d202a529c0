"""Uploads that S3 refuses and moto stores: of a checksum not that of the content, or with too many tags.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from moto.s3.exceptions import S3ClientError
from moto.s3.responses import S3Response
from moto.s3.utils import compute_checksum

# moto computes these without packages that it may not have.
_ALGORITHMS = ("SHA256", "SHA1", "CRC32")

_TAGS = 10

Respond = Callable[..., Any]


def verify_checksums() -> None:
    """Let S3 of this process compare the checksums of objects and parts with their content."""
    for name in ("put_object", "upload_part"):
        setattr(S3Response, name, _verifying(getattr(S3Response, name)))
    S3Response._tagging_from_headers = _at_most(S3Response._tagging_from_headers)  # pyright: ignore[reportPrivateUsage]


def _at_most(read: Respond) -> Respond:
    def tags(self: S3Response, headers: Any) -> Any:
        if len(parse_qs(headers.get("x-amz-tagging", ""), keep_blank_values=True)) > _TAGS:
            raise S3ClientError("BadRequest", f"Object tags cannot be greater than {_TAGS}")
        return read(self, headers)

    return tags


def _verifying(respond: Respond) -> Respond:
    def response(self: S3Response) -> Any:
        for algorithm in _ALGORITHMS:
            given = self.headers.get(f"x-amz-checksum-{algorithm.lower()}")
            if given and given != compute_checksum(self.body or b"", algorithm).decode():
                text = f"The {algorithm} you specified did not match the calculated checksum."
                raise S3ClientError("BadDigest", text)
        return respond(self)

    return response
