"""The bucket that an export writes to, within its permissions.

Permissions: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport_Requesting.html
"""

from typing import Any

from moto.kms.models import kms_backends
from moto.s3.models import FakeBucket, s3_backends

from local_aws.account import ACCOUNT
from local_aws.dataplane.policies import about, effects, statements
from local_aws.exports import assumed
from local_aws.protocol import Request

_ENCRYPTIONS = {"AES256": "AES256", "KMS": "aws:kms"}
# The key that S3 itself has in every account.
_OF_S3 = "alias/aws/s3"


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


def key_arn(key: str, region: str) -> str:
    """Return the ARN by which AWS reports a key that was named by its ID or alias; unknown ones as named."""
    try:
        return key if key.startswith("arn:") else str(kms_backends[ACCOUNT][region].describe_key(key).arn)
    except (KeyError, TypeError, AttributeError):
        return key


def _check_key(key: str, region: str) -> None:
    """Whether a key, by its ID, alias or ARN, is one of the bucket's region that encrypts.

    An ID or alias is looked for in the account that asks, whoever has the bucket:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    """
    account, of_region = ACCOUNT, region
    if key.startswith("arn:"):
        _, _, _, of_region, account, _ = key.split(":", 5)
    try:
        if of_region != region:
            raise KeyError(key)
        state: str = kms_backends[account][region].describe_key(key).key_state
    except (KeyError, TypeError, AttributeError):
        if key.endswith(_OF_S3):
            return
        raise ExportFailure(assumed.NO_KEY, f"Key '{key}' does not exist") from None
    if state == "Disabled":
        raise ExportFailure(assumed.KEY_DISABLED, f"{key} is disabled.")
    if state != "Enabled":
        raise ExportFailure(assumed.KEY_UNUSABLE, f"{key} is pending deletion.")
