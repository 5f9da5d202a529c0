"""The stack's bucket: private, encrypted, reached through TLS alone."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pulumi
import pulumi_aws as aws

from components.stack import Stack
from dynamodb_bulk.loads.run_record import REPORTS

CONVERTED = "converted/"
"""The prefix of converted files, by load."""
REPORT_DAYS = 90  # as long as AWS keeps a bulk put in its list


@dataclass(frozen=True, kw_only=True)
class FilesBucketArgs:
    """The stack that the bucket holds files for; `expire`: days after which what is under a prefix goes."""

    stack: Stack
    expire: Mapping[str, int] = field(default_factory=dict[str, int])


class FilesBucket(pulumi.ComponentResource):
    """Holds the datasets' files, the records of loads and what bulk put reports.

    Not versioned: DMS lists old versions too, until its connection test times out.
    Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html
    """

    plain_name: str  # known before it is there
    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    ready: list[pulumi.Resource]  # what an upload depends on

    def __init__(self, name: str, args: FilesBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("bulk:components:FilesBucket", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        stack = args.stack
        self.plain_name = stack.bucket_name(name)
        bucket = aws.s3.Bucket(
            name,
            bucket=self.plain_name,
            force_destroy=not stack.production,
            tags=stack.tagged(),
            opts=child,
        )
        ownership = aws.s3.BucketOwnershipControls(
            name, bucket=bucket.bucket, rule={"object_ownership": "BucketOwnerEnforced"}, opts=child
        )
        private = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        encrypted = aws.s3.BucketServerSideEncryptionConfiguration(
            name,
            bucket=bucket.bucket,
            rules=[_encryption(stack.kms_key)],
            opts=child,
        )
        tls_only = aws.s3.BucketPolicy(
            name,
            bucket=bucket.bucket,
            policy=bucket.bucket.apply(lambda known: _tls_only(f"arn:{stack.partition}:s3:::{known}")),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[private]),
        )
        tidy = aws.s3.BucketLifecycleConfiguration(
            name,
            bucket=bucket.bucket,
            rules=[
                {
                    "id": "abandoned-uploads",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": 1},
                },
                {
                    "id": "reports",
                    "status": "Enabled",
                    "filter": {"prefix": REPORTS},
                    "expiration": {"days": REPORT_DAYS},
                },
                *_expiring(args.expire),
            ],
            opts=child,
        )
        self._stack = stack
        self.name = bucket.bucket
        self.arn = bucket.arn
        self.ready = [ownership, private, encrypted, tls_only, tidy]
        self.register_outputs({"name": self.name, "arn": self.arn})

    def uploads(
        self,
        dataset: str,
        keys: Sequence[str],
        files: Sequence[Path],
        *,
        parent: pulumi.Resource,
        content_type: str | None = None,
    ) -> list[pulumi.Resource]:
        """Declare an object with each of the keys for the files of a dataset."""
        return [
            aws.s3.BucketObjectv2(
                f"{dataset}-{number}",
                bucket=self.name,
                key=key,
                source=pulumi.FileAsset(str(file)),
                content_type=content_type,
                checksum_algorithm="SHA256",
                tags=self._stack.tagged(dataset=dataset),
                opts=pulumi.ResourceOptions(parent=parent, depends_on=self.ready),
            )
            for number, (key, file) in enumerate(zip(keys, files, strict=True), start=1)
        ]


def _expiring(expire: Mapping[str, int]) -> list[aws.s3.BucketLifecycleConfigurationRuleArgsDict]:
    return [
        {
            "id": prefix.strip("/"),
            "status": "Enabled",
            "filter": {"prefix": prefix},
            "expiration": {"days": days},
        }
        for prefix, days in expire.items()
    ]


def _encryption(key: str | None) -> aws.s3.BucketServerSideEncryptionConfigurationRuleArgsDict:
    if key is None:
        return {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
    # A bucket key makes one request to KMS for many objects, and each costs money:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
    return {
        "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key},
        "bucket_key_enabled": True,
    }


def _tls_only(arn: str) -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "TlsOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [arn, f"{arn}/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ],
        }
    )
