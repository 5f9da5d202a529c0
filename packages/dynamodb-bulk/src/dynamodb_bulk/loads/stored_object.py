"""Check by S3's checksums that an object holds a file's content, and upload it if not.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

import base64
import hashlib
from pathlib import Path
from urllib.parse import urlencode

from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.spec.errors import InputError, LoadFailed
from dynamodb_bulk.spec.files import CHANGED_WHILE_READ
from dynamodb_bulk.spec.loader import display_path

_READ = 1024 * 1024
_ALLOW = "allow s3:GetObject, s3:GetObjectTagging, s3:PutObject and s3:PutObjectTagging on the stack's bucket"
_NO_OBJECT = ("404", "NoSuchKey", "412", "PreconditionFailed")


def store(path: Path, sha256: str, bucket: str, key: str, tag: str, aws: Aws) -> bool:
    """Upload the file where the object with the entity tag does not hold it; whether that was so.

    `sha256` is that of the content that must be in S3, in hex; `tag` is empty if there is no object.
    Raise InputError if the file has other content, and LoadFailed if AWS refuses.
    """
    try:
        return _store(path, sha256, bucket, key, tag, aws)
    except (ClientError, S3UploadFailedError) as error:
        if "BadDigest" in str(error):  # the file changed between its checksum and its upload
            raise InputError(display_path(path), *CHANGED_WHILE_READ) from None
        raise LoadFailed(f"s3://{bucket}/{key}: {error}; {_ALLOW}") from None
    except OSError as error:
        raise InputError(display_path(path), error.strerror or str(error)) from None


def _store(path: Path, sha256: str, bucket: str, key: str, tag: str, aws: Aws) -> bool:
    if tag and _holds(path, sha256, bucket, key, tag, aws):
        return False
    extra = {"ChecksumAlgorithm": "SHA256", **(_described(bucket, key, aws) if tag else {})}
    aws.s3.upload_file(str(path), bucket, key, ExtraArgs=extra)
    tag = aws.s3.head_object(Bucket=bucket, Key=key)["ETag"]
    if not _holds(path, sha256, bucket, key, tag, aws):
        raise InputError(display_path(path), *CHANGED_WHILE_READ)
    return True


def _holds(path: Path, sha256: str, bucket: str, key: str, tag: str, aws: Aws) -> bool:
    try:
        head = aws.s3.head_object(Bucket=bucket, Key=key, IfMatch=tag, ChecksumMode="ENABLED")
        kept = head.get("ChecksumSHA256", "")
        if not kept:  # of an earlier version of this program
            body = aws.s3.get_object(Bucket=bucket, Key=key, IfMatch=tag)["Body"]
            held = hashlib.sha256()
            for piece in body.iter_chunks(_READ):
                held.update(piece)
            return held.hexdigest() == sha256
        if "-" not in tag:
            return kept == base64.b64encode(bytes.fromhex(sha256)).decode()
        # An upload in parts: the checksum is of the parts' checksums. All parts but the last are of one size,
        # or else the file is uploaded again.
        size = aws.s3.head_object(Bucket=bucket, Key=key, PartNumber=1)["ContentLength"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _NO_OBJECT:
            return False
        raise
    return kept.partition("-")[0] == _of_parts(path, sha256, size)


def _of_parts(path: Path, sha256: str, size: int) -> str:
    """The checksum of the file's parts; InputError if the file's content is another than `sha256`."""
    whole, parts = hashlib.sha256(), hashlib.sha256()
    with path.open("rb") as stream:
        part, room = hashlib.sha256(), size
        while piece := stream.read(min(_READ, room)):
            whole.update(piece)
            part.update(piece)
            room -= len(piece)
            if not room:
                parts.update(part.digest())
                part, room = hashlib.sha256(), size
        if room < size:
            parts.update(part.digest())
    if whole.hexdigest() != sha256:
        raise InputError(display_path(path), *CHANGED_WHILE_READ)
    return base64.b64encode(parts.digest()).decode()


def _described(bucket: str, key: str, aws: Aws) -> dict[str, str]:
    """Return what an upload in the object's place has to say of it."""
    tags = aws.s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
    return {
        "ContentType": aws.s3.head_object(Bucket=bucket, Key=key).get("ContentType", ""),
        "Tagging": urlencode({tag["Key"]: tag["Value"] for tag in tags}),
    }
