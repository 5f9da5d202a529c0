"""S3 buckets, and what is configured about them one resource at a time."""

from typing import Any, Literal

from botocore.exceptions import ClientError

from offline_pulumi.provider.failures import code
from offline_pulumi.provider.model import Call, Members, Props, ResourceType, Tagging, argument
from offline_pulumi.provider.requests import tag_list, tag_map

GONE = frozenset({"NoSuchBucket", "404", "NotFound"})


def _create_bucket(client: Any, members: Members, _props: Props) -> None:
    region = client.meta.region_name
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    client.create_bucket(**members, **place)


def _empty_bucket(client: Any, members: Members, props: Props) -> None:
    """Delete every version of every object, when the resource says `forceDestroy`."""
    if not props.get("forceDestroy"):
        return
    for page in client.get_paginator("list_object_versions").paginate(Bucket=members["Bucket"]):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
        if objects:
            client.delete_objects(Bucket=members["Bucket"], Delete={"Objects": objects, "Quiet": True})


def tagging(kind: Literal["bucket", "object"], names: tuple[str, ...], **settings: Any) -> Tagging:
    """Return how S3 tags what the members `names` name: all tags at once."""

    def call(client: Any, verb: str, members: Members, **more: Any) -> Any:
        return getattr(client, f"{verb}_{kind}_tagging")(**{name: members[name] for name in names}, **more)

    def read(client: Any, members: Members) -> dict[str, str]:
        try:
            return tag_map(call(client, "get", members)["TagSet"])
        except ClientError as error:
            if code(error) == "NoSuchTagSet":
                return {}
            raise

    def put(client: Any, members: Members, tags: dict[str, str]) -> None:
        call(client, "put", members, Tagging={"TagSet": tag_list(tags)})

    def remove(client: Any, members: Members, _keys: list[str]) -> None:
        call(client, "delete", members)

    return Tagging(read=read, put=put, remove=remove, **settings)


def _region(members: Members) -> str:
    return members.get("BucketRegion") or "us-east-1"


BUCKET = ResourceType(
    type="aws:s3/bucket:Bucket",
    title="S3 Bucket ({id})",
    service="s3",
    arguments=(
        argument("bucket", replaces=True, computed=True),
        argument("forceDestroy", "", kind="boolean"),
    ),
    id=lambda members: members["Bucket"],
    parse_id=lambda found: {"Bucket": found},
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
    tagging=tagging("bucket", ("Bucket",)),
    autoname="bucket",
    name_limit=63,
    gone=GONE,
)
