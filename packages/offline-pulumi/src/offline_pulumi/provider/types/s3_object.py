"""Objects in S3 buckets: files and texts, uploaded as a stream."""

import io
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlencode

from boto3.s3.transfer import TransferConfig

from offline_pulumi.provider.failures import Failure
from offline_pulumi.provider.model import Call, Change, Members, Props, ResourceType, argument
from offline_pulumi.provider.properties import UNKNOWN, Asset
from offline_pulumi.provider.types.s3_bucket import tagging


def _body(props: Props) -> AbstractContextManager[IO[bytes]]:
    source = props.get("source")
    if isinstance(source, Asset):
        if source.path:
            try:
                return Path(source.path).open("rb")
            except OSError as error:
                raise Failure(f"opening S3 object source ({source.path}): {error.strerror}") from error
        if source.uri:
            raise Failure(f"opening S3 object source ({source.uri}): only files and texts work locally")
        return io.BytesIO(source.text.encode())
    return io.BytesIO(str(props.get("content") or "").encode())


def _upload(client: Any, members: Members, props: Props) -> None:
    extra = {name: value for name, value in members.items() if name in _UPLOAD_MEMBERS}
    with _body(props) as body:
        client.upload_fileobj(body, members["Bucket"], members["Key"], ExtraArgs=extra, Config=_IN_PARTS)


# As the AWS SDK for Go uploads: https://pkg.go.dev/github.com/aws/aws-sdk-go-v2/feature/s3/manager
_IN_PARTS = TransferConfig(multipart_threshold=5 * 1024**2 + 1, multipart_chunksize=5 * 1024**2)
_UPLOAD_MEMBERS = frozenset({"ChecksumAlgorithm", "ContentType", "Tagging"})


def _delete(client: Any, members: Members, _props: Props) -> None:
    """Delete the object with all its versions, as the real provider does in a versioned bucket."""
    place = {"Bucket": members["Bucket"], "Key": members["Key"]}
    if not members.get("VersionId"):
        client.delete_object(**place)
        return
    for page in client.get_paginator("list_object_versions").paginate(
        Bucket=place["Bucket"], Prefix=place["Key"]
    ):
        for each in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
            if each["Key"] == place["Key"]:
                client.delete_object(**place, VersionId=each["VersionId"])


def _parse_id(resource_id: str) -> Members:
    bucket, _, key = resource_id.removeprefix("s3://").partition("/")
    return {"Bucket": bucket, "Key": key}


def _tags(tags: dict[str, str]) -> Members:
    return {"Tagging": urlencode(tags)}


def _observe(members: Members) -> Members:
    return members | {"ETag": str(members.get("ETag", "")).strip('"')}


def _check(props: Props) -> Mapping[str, str]:
    given = [name for name in ("source", "content") if props.get(name) is not None]
    if len(given) > 1:
        return {given[1]: f"{' and '.join(map(repr, given))} conflict: give one of them"}
    source = props.get("source")
    if (
        isinstance(source, Asset)
        and source.path
        and source.path != UNKNOWN
        and not Path(source.path).is_file()
    ):
        return {"source": f"opening S3 object source ({source.path}): no such file"}
    return {}


BUCKET_OBJECT = ResourceType(
    type="aws:s3/bucketObjectv2:BucketObjectv2",
    title="S3 Object ({key}) in Bucket ({bucket})",
    service="s3",
    arguments=(
        argument("bucket", required=True, replaces=True),
        argument("key", computed=True, replaces=True),
        argument("source", "", kind="asset"),
        argument("content", ""),
        argument("etag", "ETag", computed=True),
        argument("contentType", computed=True),
        argument("checksumAlgorithm", write_only=True),
    ),
    id=lambda members: f"{members['Bucket']}/{members['Key']}",
    parse_id=_parse_id,
    outputs={
        "arn": lambda members: f"arn:aws:s3:::{members['Bucket']}/{members['Key']}",
        "versionId": lambda members: members.get("VersionId") or "",
    },
    create=_upload,
    read=(Call(operation="head_object"),),
    observe=_observe,
    changes=(
        Change(
            arguments=frozenset({"source", "content", "etag", "contentType", "checksumAlgorithm"}),
            call=_upload,
        ),
    ),
    delete=_delete,
    tagging=tagging("object", ("Bucket", "Key"), on_create=_tags),
    autoname="key",
    name_limit=1024,
    gone=frozenset({"404", "NoSuchKey", "NoSuchBucket", "NotFound"}),
    retry={"NoSuchBucket": ""},
    check=_check,
)
