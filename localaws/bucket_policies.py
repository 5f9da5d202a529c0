"""Who may do what to a bucket: its owner, and others as far as its policy says.

moto's S3 lets every account do everything, and takes conditions that are not met for refusals. Source:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-auth-workflow-object-operation.html
"""

from collections.abc import Callable
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.exceptions import S3AccessDeniedError
from moto.s3.models import FakeBucket, s3_backends
from moto.s3.responses import S3Response

from localaws.dataplane.policies import Context, about, effects, statements

# Nothing leaves this machine, so a request here stands for one through TLS.
_CONTEXT: Context = {"aws:securetransport": frozenset({"true"})}
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
_OWNER = "x-amz-expected-bucket-owner"
_OBJECT_ACTIONS = {
    "HEAD": "s3:GetObject",
    "GET": "s3:GetObject",
    "PUT": "s3:PutObject",
    "DELETE": "s3:DeleteObject",
}

Respond = Callable[[S3Response, Any, str], Any]


def evaluate_policies() -> None:
    """Let the buckets of this process decide by their owners and the whole of their policies."""
    FakeBucket.get_permission = _permission  # pyright: ignore[reportAttributeAccessIssue]
    for name, of_objects in (("_key_response", True), ("_bucket_response", False)):
        setattr(S3Response, name, _asking(getattr(S3Response, name), of_objects=of_objects))


def _permission(bucket: FakeBucket, action: str, resource: str) -> Any:
    policy: bytes | None = bucket.policy
    found = effects(statements([policy.decode()] if policy else []), action, resource, _CONTEXT)
    if "Deny" in found:
        return PermissionResult.DENIED
    return PermissionResult.PERMITTED if "Allow" in found else PermissionResult.NEUTRAL


def _asking(respond: Respond, *, of_objects: bool) -> Respond:
    def response(self: S3Response, request: Any, full_url: str) -> Any:
        name = self.parse_bucket_name_from_url(request, full_url)
        partition, owner = s3_backends.bucket_accounts.get(name, ("", ""))
        if owner and request.headers.get(_OWNER, owner) != owner:
            raise S3AccessDeniedError
        if owner and owner != self.current_account:
            bucket: FakeBucket = s3_backends[owner][partition].get_bucket(name)
            action = _OBJECT_ACTIONS.get(request.method, "s3:PutObject") if of_objects else "s3:ListBucket"
            resource = f"arn:{partition}:s3:::{name}" + (f"/{self.parse_key_name()}" if of_objects else "")
            policy: bytes | None = bucket.policy
            rules = about(statements([policy.decode()] if policy else []), self.current_account)
            if "Allow" not in effects(rules, action, resource, _CONTEXT):
                raise S3AccessDeniedError
        return respond(self, request, full_url)

    return response
