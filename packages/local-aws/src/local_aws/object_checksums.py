"""Uploads whose checksum is not that of their content, which S3 refuses and moto stores.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

from collections.abc import Callable
from typing import Any

from moto.s3.exceptions import S3ClientError
from moto.s3.responses import S3Response
from moto.s3.utils import compute_checksum

# moto computes these without packages that it may not have.
_ALGORITHMS = ("SHA256", "SHA1", "CRC32")

Respond = Callable[[S3Response], Any]


def verify_checksums() -> None:
    """Let S3 of this process compare the checksums of objects and parts with their content."""
    for name in ("put_object", "upload_part"):
        setattr(S3Response, name, _verifying(getattr(S3Response, name)))


def _verifying(respond: Respond) -> Respond:
    def response(self: S3Response) -> Any:
        for algorithm in _ALGORITHMS:
            given = self.headers.get(f"x-amz-checksum-{algorithm.lower()}")
            if given and given != compute_checksum(self.body or b"", algorithm).decode():
                text = f"The {algorithm} you specified did not match the calculated checksum."
                raise S3ClientError("BadDigest", text)
        return respond(self)

    return response
