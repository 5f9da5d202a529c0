"""What is configured about S3 buckets, one resource type at a time."""

from offline_pulumi.provider.model import Argument, Call, Change, ResourceType, argument
from offline_pulumi.provider.translate import same_policy
from offline_pulumi.provider.types.s3_bucket import GONE

BUCKET = argument("bucket", required=True, replaces=True)


def _part(
    name: str,
    title: str,
    fields: tuple[Argument, ...],
    *,
    of: str,
    absent: str,
    root: str = "",
    answer: str | None = None,
    delete: str = "",
) -> ResourceType:
    """Return one configuration of a bucket, which has the bucket's name as id.

    `of` names its operations; `root` is its place in request and answer.
    """
    put = Call(operation=f"put_{of}")
    return ResourceType(
        type=f"aws:s3/b{name[1:]}:{name}",
        title=f"S3 Bucket ({{id}}) {title}",
        service="s3",
        arguments=(BUCKET, *fields),
        id=lambda members: members["Bucket"],
        parse_id=lambda found: {"Bucket": found},
        create=put,
        read=(Call(operation=f"get_{of}", answer=root if answer is None else answer, into=root),),
        changes=(Change(call=put),),
        delete=Call(operation=delete or f"delete_{of}"),
        gone=GONE | {absent},
        retry={"NoSuchBucket": "", "OperationAborted": "", "MalformedPolicy": "Invalid principal"},
    )


_PUBLIC = "PublicAccessBlockConfiguration"
_LIFECYCLE_RULE = (
    argument("id", "ID", required=True),
    argument("status", required=True),
    argument("filter", kind="object", fields=(argument("prefix"),), computed=True),
    argument("expiration", kind="object", fields=(argument("days", kind="number"),)),
    argument(
        "abortIncompleteMultipartUpload",
        kind="object",
        fields=(argument("daysAfterInitiation", kind="number"),),
    ),
)

TYPES = (
    _part(
        "BucketPublicAccessBlock",
        "Public Access Block",
        tuple(
            argument(name, f"{_PUBLIC}.{name[0].upper()}{name[1:]}", kind="boolean", default=False)
            for name in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        ),
        of="public_access_block",
        absent="NoSuchPublicAccessBlockConfiguration",
        root=_PUBLIC,
    ),
    _part(
        "BucketServerSideEncryptionConfiguration",
        "Server-side Encryption Configuration",
        (
            argument(
                "rules",
                "ServerSideEncryptionConfiguration.Rules",
                kind="objects",
                required=True,
                fields=(
                    argument(
                        "applyServerSideEncryptionByDefault",
                        kind="object",
                        fields=(
                            argument("sseAlgorithm", "SSEAlgorithm", required=True),
                            argument("kmsMasterKeyId", "KMSMasterKeyID", computed=True),
                        ),
                    ),
                    argument("bucketKeyEnabled", kind="boolean", default=False),
                ),
            ),
        ),
        of="bucket_encryption",
        absent="ServerSideEncryptionConfigurationNotFoundError",
        root="ServerSideEncryptionConfiguration",
    ),
    _part(
        "BucketOwnershipControls",
        "Ownership Controls",
        (
            argument(
                "rule",
                "OwnershipControls.Rules.0",
                kind="object",
                required=True,
                fields=(argument("objectOwnership", required=True),),
            ),
        ),
        of="bucket_ownership_controls",
        absent="OwnershipControlsNotFoundError",
        root="OwnershipControls",
    ),
    _part(
        "BucketPolicy",
        "Policy",
        (argument("policy", required=True, same=same_policy),),
        of="bucket_policy",
        absent="NoSuchBucketPolicy",
    ),
    _part(
        "BucketLifecycleConfiguration",
        "Lifecycle Configuration",
        (
            argument(
                "rules", "LifecycleConfiguration.Rules", kind="objects", required=True, fields=_LIFECYCLE_RULE
            ),
        ),
        of="bucket_lifecycle_configuration",
        delete="delete_bucket_lifecycle",
        absent="NoSuchLifecycleConfiguration",
        root="LifecycleConfiguration",
        answer="",
    ),
)
