"""Fix how moto's S3 takes requests: by all that a bucket's policy says, and with checksums compared.

moto's S3 lets every account do everything, takes conditions that are not met for refusals, and stores uploads
whose checksum is not that of their content, or which have too many tags. Sources:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-auth-workflow-object-operation.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlparse

from moto.iam.access_control import PermissionResult
from moto.s3.exceptions import S3AccessDeniedError, S3ClientError
from moto.s3.models import FakeBucket, s3_backends
from moto.s3.responses import S3Response
from moto.s3.utils import compute_checksum

from local_aws.dataplane.policies import Context, about, allows, bucket_rules, effects

# Nothing leaves this machine, so a request here stands for one through TLS.
_CONTEXT: Context = {"aws:securetransport": frozenset({"true"})}
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
_OWNER = "x-amz-expected-bucket-owner"
# Methods that are not named here are the owner's alone.
_OF_OBJECTS = {
    "HEAD": "s3:GetObject",
    "GET": "s3:GetObject",
    "DELETE": "s3:DeleteObject",
    "PUT": "s3:PutObject",
    "POST": "s3:PutObject",
}
_OF_BUCKETS = {"HEAD": "s3:ListBucket", "GET": "s3:ListBucket"}

# moto computes these without packages that it may not have.
_ALGORITHMS = ("SHA256", "SHA1", "CRC32")
_TAGS = 10

Respond = Callable[[S3Response, Any, str], Any]


def check_requests() -> None:
    """Let the buckets of this process decide by their owners and all of their policies, and by checksums."""
    FakeBucket.get_permission = _permission  # pyright: ignore[reportAttributeAccessIssue]
    for name, actions in (("_key_response", _OF_OBJECTS), ("_bucket_response", _OF_BUCKETS)):
        setattr(S3Response, name, _asking(getattr(S3Response, name), actions))
    for name in ("put_object", "upload_part"):
        setattr(S3Response, name, _verifying(getattr(S3Response, name)))
    read = S3Response._tagging_from_headers  # pyright: ignore[reportPrivateUsage]
    S3Response._tagging_from_headers = _at_most(read)  # pyright: ignore[reportAttributeAccessIssue, reportPrivateUsage]


def _permission(bucket: FakeBucket, action: str, resource: str) -> Any:
    found = effects(bucket_rules(bucket), action, resource, _CONTEXT)
    if "Deny" in found:
        return PermissionResult.DENIED
    return PermissionResult.PERMITTED if "Allow" in found else PermissionResult.NEUTRAL


def _asking(respond: Respond, actions: Mapping[str, str]) -> Respond:
    def response(self: S3Response, request: Any, full_url: str) -> Any:
        name = self.parse_bucket_name_from_url(request, full_url)
        partition, owner = s3_backends.bucket_accounts.get(name, ("", ""))
        if owner and request.headers.get(_OWNER, owner) != owner:
            raise S3AccessDeniedError
        makes_it = actions is _OF_BUCKETS and request.method == "PUT" and not urlparse(full_url).query
        if owner and owner != self.current_account and not makes_it:
            bucket: FakeBucket = s3_backends[owner][partition].get_bucket(name)
            below = f"/{self.parse_key_name()}" if actions is _OF_OBJECTS else ""
            rules = about(bucket_rules(bucket), self.current_account)
            action, resource = actions.get(request.method), f"arn:{partition}:s3:::{name}{below}"
            if action is None or not allows(rules, action, resource, _CONTEXT):
                raise S3AccessDeniedError
        return respond(self, request, full_url)

    return response


def _verifying(respond: Callable[[S3Response], Any]) -> Callable[[S3Response], Any]:
    def response(self: S3Response) -> Any:
        for algorithm in _ALGORITHMS:
            given = self.headers.get(f"x-amz-checksum-{algorithm.lower()}")
            if given and given != compute_checksum(self.body or b"", algorithm).decode():
                text = f"The {algorithm} you specified did not match the calculated checksum."
                raise S3ClientError("BadDigest", text)
        return respond(self)

    return response


def _at_most(read: Callable[[S3Response, Any], Any]) -> Callable[[S3Response, Any], Any]:
    def tags(self: S3Response, headers: Any) -> Any:
        if len(parse_qs(headers.get("x-amz-tagging", ""), keep_blank_values=True)) > _TAGS:
            raise S3ClientError("BadRequest", f"Object tags cannot be greater than {_TAGS}")
        return read(self, headers)

    return tags
