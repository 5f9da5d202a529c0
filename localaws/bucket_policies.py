"""Bucket policies with their conditions, which moto's S3 takes for refusals when they are not met."""

from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from localaws.dataplane.policies import Context, effects, statements

# Nothing leaves this machine, so a request here stands for one through TLS.
_CONTEXT: Context = {"aws:securetransport": frozenset({"true"})}


def evaluate_conditions() -> None:
    """Let the buckets of this process decide by the whole of their policies."""
    FakeBucket.get_permission = _permission  # pyright: ignore[reportAttributeAccessIssue]


def _permission(bucket: FakeBucket, action: str, resource: str) -> Any:
    policy: bytes | None = bucket.policy
    found = effects(statements([policy.decode()] if policy else []), action, resource, _CONTEXT)
    if "Deny" in found:
        return PermissionResult.DENIED
    return PermissionResult.PERMITTED if "Allow" in found else PermissionResult.NEUTRAL
