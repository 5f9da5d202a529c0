"""The bucket that an export writes to, within its permissions.

Permissions: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport_Requesting.html
"""

from typing import Any

from moto.s3.models import FakeBucket, s3_backends

from local_aws.account import ACCOUNT
from local_aws.dataplane.keys import WRITE, UnusableKeyError, find_key, require_key
from local_aws.dataplane.policies import about, effects, statements
from local_aws.dataplane.roles import DeniedError
from local_aws.exports import assumed
from local_aws.protocol import Request

_ENCRYPTIONS = {"AES256": "AES256", "KMS": "aws:kms"}


class ExportFailure(Exception):
    """The export cannot continue; the arguments are its FailureCode and its FailureMessage."""


class Destination:
    """The bucket of an export; raise `ExportFailure` where there is none that the export may write to."""

    def __init__(self, request: Request) -> None:
        name: str = request["S3Bucket"]
        partition, account = s3_backends.bucket_accounts.get(name, ("", ""))
        if not account:
            raise ExportFailure(assumed.NO_BUCKET, f"The specified bucket does not exist: {name}")
        if account != request.get("S3BucketOwner", ACCOUNT):
            raise ExportFailure(assumed.DENIED, f"Access Denied: {name} is not a bucket of the owner")
        self._backend: Any = s3_backends[account][partition]
        self._bucket: FakeBucket = self._backend.get_bucket(name)
        self._foreign = account != ACCOUNT
        self._encryption = _ENCRYPTIONS[request.get("S3SseAlgorithm", "AES256")]
        self._key: str | None = request.get("S3SseKmsKeyId")
        if self._key is not None:
            _check_key(self._key, self._bucket.region_name)

    def put(self, key: str, content: bytes) -> str:
        """Write an object; its ETag. Raise `ExportFailure`."""
        name = self._bucket.name
        if s3_backends.bucket_accounts.get(name) is None:
            raise ExportFailure(assumed.NO_BUCKET, f"The specified bucket does not exist: {name}")
        resource = f"arn:aws:s3:::{name}/{key}"
        policy: bytes | None = self._bucket.policy
        context = {
            "aws:securetransport": frozenset({"true"}),
            "s3:x-amz-server-side-encryption": frozenset({self._encryption}),
        }
        rules = about(statements([policy.decode()] if policy else []), ACCOUNT)
        found = effects(rules, "s3:PutObject", resource, context)
        if "Deny" in found or (self._foreign and "Allow" not in found):
            why = f'not authorized to perform: s3:PutObject on resource: "{resource}"'
            raise ExportFailure(assumed.DENIED, why)
        made = self._backend.put_object(name, key, content, encryption=self._encryption, kms_key_id=self._key)
        return str(made.etag).strip('"')


def key_arn(name: str, region: str) -> str:
    """Return the ARN by which AWS reports a key that was named by its ID or alias; unknown ones as named."""
    try:
        key = find_key(name, region)
    except UnusableKeyError:
        return name
    return key.arn if key else name


def _check_key(key: str, region: str) -> None:
    """Raise `ExportFailure` if a key, by its ID, alias or ARN, is none of the region that may be used."""
    try:
        require_key(find_key(key, region), WRITE, "s3", None)
    except UnusableKeyError as error:
        raise ExportFailure(assumed.OF_KEYS.get(error.state, assumed.KEY_UNUSABLE), str(error)) from None
    except DeniedError as error:
        raise ExportFailure(assumed.DENIED, str(error)) from None
