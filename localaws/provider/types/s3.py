"""S3 buckets, and what is configured about them one resource at a time."""

from typing import Any

from botocore.exceptions import ClientError

from localaws.provider.failures import code
from localaws.provider.lifecycle import tag_list, tag_map
from localaws.provider.model import Argument, Call, Change, Members, Props, ResourceType, Tagging, argument
from localaws.provider.translate import same_policy

GONE = frozenset({"NoSuchBucket", "404", "NotFound"})
BUCKET = argument("bucket", required=True, replaces=True)


def _create_bucket(client: Any, members: Members, _props: Props) -> None:
    region = client.meta.region_name
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    client.create_bucket(**members, **place)


def _empty_bucket(client: Any, members: Members, props: Props) -> None:
    """Deletes every version of every object, when the resource says `forceDestroy`."""
    if not props.get("forceDestroy"):
        return
    for page in client.get_paginator("list_object_versions").paginate(Bucket=members["Bucket"]):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
        if objects:
            client.delete_objects(Bucket=members["Bucket"], Delete={"Objects": objects, "Quiet": True})


def _read_tags(client: Any, members: Members) -> dict[str, str]:
    try:
        return tag_map(client.get_bucket_tagging(Bucket=members["Bucket"])["TagSet"])
    except ClientError as error:
        if code(error) == "NoSuchTagSet":
            return {}
        raise


def _put_tags(client: Any, members: Members, _new: dict[str, str], tags: dict[str, str]) -> None:
    client.put_bucket_tagging(Bucket=members["Bucket"], Tagging={"TagSet": tag_list(tags)})


def _remove_tags(client: Any, members: Members, _keys: list[str]) -> None:
    client.delete_bucket_tagging(Bucket=members["Bucket"])


def _region(members: Members) -> str:
    return members.get("BucketRegion") or "us-east-1"


_BUCKET = ResourceType(
    token="aws:s3/bucket:Bucket",
    title="S3 Bucket ({id})",
    service="s3",
    arguments=(
        argument("bucket", replaces=True, computed=True),
        argument("bucketPrefix", "", replaces=True),
        argument("forceDestroy", "", kind="boolean"),
        argument(
            "objectLockEnabled", "ObjectLockEnabledForBucket", kind="boolean", replaces=True, write_only=True
        ),
    ),
    id=lambda members: members["Bucket"],
    parse_id=lambda id: {"Bucket": id},
    outputs={
        "arn": lambda members: f"arn:aws:s3:::{members['Bucket']}",
        "bucketDomainName": lambda members: f"{members['Bucket']}.s3.amazonaws.com",
        "bucketRegion": _region,
        "bucketRegionalDomainName": lambda members: (
            f"{members['Bucket']}.s3.{_region(members)}.amazonaws.com"
        ),
        "hostedZoneId": "HostedZoneId",
    },
    create=_create_bucket,
    read=(Call(operation="head_bucket"),),
    before_delete=_empty_bucket,
    delete=Call(operation="delete_bucket"),
    tagging=Tagging(read=_read_tags, put=_put_tags, remove=_remove_tags),
    autoname="bucket",
    name_limit=63,
    gone=GONE,
)


def _part(
    name: str,
    title: str,
    fields: tuple[Argument, ...],
    *,
    put: str,
    get: str,
    delete: str,
    absent: str,
    root: str = "",
    answer: str | None = None,
) -> ResourceType:
    """One configuration of a bucket, which has the bucket's name as id; `root` is its place in request and answer."""
    return ResourceType(
        token=f"aws:s3/b{name[1:]}:{name}",
        title=f"S3 Bucket ({{id}}) {title}",
        service="s3",
        arguments=(BUCKET, *fields),
        id=lambda members: members["Bucket"],
        parse_id=lambda id: {"Bucket": id},
        create=Call(operation=put),
        read=(Call(operation=get, answer=root if answer is None else answer, into=root),),
        changes=(Change(arguments=frozenset(each.name for each in fields), call=Call(operation=put)),),
        delete=Call(operation=delete),
        gone=GONE | {absent},
        retry={"NoSuchBucket": "", "OperationAborted": "", "MalformedPolicy": "Invalid principal"},
    )


_PUBLIC = "PublicAccessBlockConfiguration"
_OWNER = argument("expectedBucketOwner", replaces=True, write_only=True)

_TAG = (argument("key", required=True), argument("value", required=True))
_FILTER = (
    argument("prefix"),
    argument("objectSizeGreaterThan", kind="number"),
    argument("objectSizeLessThan", kind="number"),
    argument("tag", kind="object", fields=_TAG),
    argument(
        "and",
        kind="object",
        fields=(
            argument("prefix"),
            argument("objectSizeGreaterThan", kind="number"),
            argument("objectSizeLessThan", kind="number"),
        ),
    ),
)
_LIFECYCLE_RULE = (
    argument("id", "ID", required=True),
    argument("status", required=True),
    argument("filter", kind="object", fields=_FILTER, computed=True),
    argument(
        "expiration",
        kind="object",
        fields=(
            argument("date"),
            argument("days", kind="number"),
            argument("expiredObjectDeleteMarker", kind="boolean", computed=True),
        ),
    ),
    argument(
        "abortIncompleteMultipartUpload",
        kind="object",
        fields=(argument("daysAfterInitiation", kind="number"),),
    ),
    argument(
        "noncurrentVersionExpiration",
        kind="object",
        fields=(
            argument("noncurrentDays", kind="number"),
            argument("newerNoncurrentVersions", kind="number", computed=True),
        ),
    ),
    argument(
        "transitions",
        kind="objects",
        fields=(argument("date"), argument("days", kind="number"), argument("storageClass", required=True)),
    ),
)

TYPES = (
    _BUCKET,
    _part(
        "BucketPublicAccessBlock",
        "Public Access Block",
        tuple(
            argument(name, f"{_PUBLIC}.{name[0].upper()}{name[1:]}", kind="boolean", default=False)
            for name in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        ),
        put="put_public_access_block",
        get="get_public_access_block",
        delete="delete_public_access_block",
        absent="NoSuchPublicAccessBlockConfiguration",
        root=_PUBLIC,
    ),
    _part(
        "BucketServerSideEncryptionConfiguration",
        "Server-side Encryption Configuration",
        (
            _OWNER,
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
        put="put_bucket_encryption",
        get="get_bucket_encryption",
        delete="delete_bucket_encryption",
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
        put="put_bucket_ownership_controls",
        get="get_bucket_ownership_controls",
        delete="delete_bucket_ownership_controls",
        absent="OwnershipControlsNotFoundError",
        root="OwnershipControls",
    ),
    _part(
        "BucketPolicy",
        "Policy",
        (argument("policy", required=True, same=same_policy),),
        put="put_bucket_policy",
        get="get_bucket_policy",
        delete="delete_bucket_policy",
        absent="NoSuchBucketPolicy",
    ),
    _part(
        "BucketLifecycleConfiguration",
        "Lifecycle Configuration",
        (
            _OWNER,
            argument(
                "rules", "LifecycleConfiguration.Rules", kind="objects", required=True, fields=_LIFECYCLE_RULE
            ),
        ),
        put="put_bucket_lifecycle_configuration",
        get="get_bucket_lifecycle_configuration",
        delete="delete_bucket_lifecycle",
        absent="NoSuchLifecycleConfiguration",
        root="LifecycleConfiguration",
        answer="",
    ),
)
