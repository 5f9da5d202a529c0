"""The bucket of a request of DynamoDB: the account's own, or another's that is opened to it."""

from collections.abc import Iterable

from moto.s3.exceptions import MissingBucket
from moto.s3.models import FakeBucket, s3_backends

from local_aws.account import ACCOUNT
from local_aws.dataplane.policies import about, allows, bucket_rules
from local_aws.protocol import Request

READ = ("s3:ListBucket", "s3:GetObject")
WRITE = ("s3:PutObject",)


class NotShared(Exception):
    """The bucket belongs to another account than was said, or its policy does not open it."""


def shared_bucket(where: Request, actions: Iterable[str]) -> FakeBucket:
    """Return the bucket, for actions under the prefix; raise MissingBucket or NotShared."""
    name: str = where["S3Bucket"]
    partition, owner = s3_backends.bucket_accounts.get(name, ("", ""))
    if not owner:
        raise MissingBucket(bucket=name)
    if owner != where.get("S3BucketOwner", ACCOUNT):
        raise NotShared
    bucket: FakeBucket = s3_backends[owner][partition].get_bucket(name)
    rules = about(bucket_rules(bucket), ACCOUNT)
    for action in actions if owner != ACCOUNT else ():
        below = "" if action == "s3:ListBucket" else f"/{where.get('S3KeyPrefix', '')}"
        if not allows(rules, action, f"arn:{partition}:s3:::{name}{below}", {}):
            raise NotShared
    return bucket
