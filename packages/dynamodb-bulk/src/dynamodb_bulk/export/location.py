"""The location of an export: in a bucket, or in a local folder that it was copied to."""

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws, read_object
from dynamodb_bulk.spec.errors import InputError

SUMMARY = "manifest-summary.json"
FILES = "manifest-files.json"
_DATA = "data/"
_Found = TypeVar("_Found", str, Path)
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
_ABOVE = "AWSDynamoDB/"


class Unreadable(InputError):
    """Something of an export is not this account's to read."""


class BucketPlace:
    """An export in S3, `folder` with its manifests."""

    def __init__(self, bucket: str, folder: str, aws: Aws) -> None:
        self.bucket, self.folder = bucket, folder
        self.shown = f"s3://{bucket}/{folder}"
        self._aws = aws

    @property
    def id(self) -> str:
        """The export's ID; those of one table are in the order of their beginnings."""
        return self.folder.rstrip("/").rpartition("/")[2]

    def manifest(self, name: str) -> bytes | None:
        """Return a manifest, or None if there is none."""
        with _told(self.shown):
            try:
                return read_object(self.bucket, self.folder + name, self._aws)
            except self._aws.s3.exceptions.NoSuchKey:
                return None

    def open(self, key: str) -> BinaryIO:
        """Return a data file as stored, by its key in S3; raise InputError if it is missing."""
        with _told(self.shown, f"s3://{self.bucket}/{key}"):
            return cast("BinaryIO", self._aws.s3.get_object(Bucket=self.bucket, Key=key)["Body"])

    def etag(self, key: str) -> str | None:
        """Return the entity tag of a data file; raise InputError as `open`."""
        with _told(self.shown, f"s3://{self.bucket}/{key}"):
            return self._aws.s3.head_object(Bucket=self.bucket, Key=key)["ETag"].strip('"')


class FolderPlace:
    """An export in a folder, with its manifests; data of incremental ones is next to it, else below."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        from dynamodb_bulk.spec.loader import display_path  # few are in a folder

        self.shown = display_path(folder)

    @property
    def id(self) -> str:
        """The export's ID, as in S3."""
        return self._folder.name

    def manifest(self, name: str) -> bytes | None:
        """Return a manifest, or None if there is none."""
        path = self._folder / name
        return path.read_bytes() if path.is_file() else None

    def open(self, key: str) -> BinaryIO:
        """Return a data file as stored, by its key in S3; raise InputError if it is missing."""
        return self._path(key).open("rb", buffering=0)  # pyright: ignore[reportReturnType]

    def etag(self, key: str) -> str | None:
        """Return None, as it cannot be known; raise InputError as `open`."""
        self._path(key)
        return None

    def _path(self, key: str) -> Path:
        name = Path(key).name
        for path in (self._folder / "data" / name, self._folder.parent / "data" / name, self._folder / name):
            if path.is_file():
                return path
        raise _missing(self.shown, f"data/{name}")


Place = BucketPlace | FolderPlace


def place_of(text: str, aws: Aws | None) -> Place:
    """Return the place that a URL or a path names, of an export or of its data; raise InputError."""
    if not text.startswith("s3://"):
        folder = Path(text)
        if not folder.is_dir():
            raise InputError(
                text, "the folder does not exist", "name the folder of an export, or s3://bucket/prefix/"
            )
        found = [path.parent for path in sorted(folder.rglob(SUMMARY))]
        beside = folder.parent if folder.name == "data" and (folder.parent / SUMMARY).is_file() else None
        return FolderPlace(beside or _only(found, text))
    bucket, prefix, aws = _in_s3(text, aws)
    return BucketPlace(bucket, _export_folder(bucket, prefix, aws, text), aws)


def places_below(text: str, aws: Aws | None) -> list[Place]:
    """Return the exports under the prefix that they were made with, or in a folder that it was copied to.

    Newest first, with unfinished and failed ones; raise InputError if the location does not exist.
    """
    if not text.startswith("s3://"):
        folder = Path(text)
        if not folder.is_dir():
            raise InputError(text, "the folder does not exist", "name the folder that has AWSDynamoDB/ in it")
        above = folder / _ABOVE if (folder / _ABOVE).is_dir() else folder
        found: list[Place] = [FolderPlace(one) for one in above.iterdir() if one.is_dir()]
    else:
        bucket, prefix, aws = _in_s3(text, aws)
        above = prefix if prefix.endswith(_ABOVE) else prefix + _ABOVE
        pages = _listed(bucket, above, aws, text, Delimiter="/")
        folders = [one["Prefix"] for page in pages for one in page.get("CommonPrefixes", [])]
        found = [BucketPlace(bucket, one, aws) for one in folders]
    exports = [place for place in found if place.id != _DATA.rstrip("/")]
    return sorted(exports, key=lambda place: place.id, reverse=True)


def _in_s3(text: str, aws: Aws | None) -> tuple[str, str, Aws]:
    from dynamodb_bulk.spec.model import S3_LOCATION  # who looks at a stack knows the bucket

    where = S3_LOCATION.fullmatch(text if text.endswith("/") else text + "/")
    if where is None:
        raise InputError(text, "not a location in S3", "use the form s3://bucket/prefix/")
    if aws is None:
        raise InputError(text, "in S3, but the Region is unknown", "pass --region, or set AWS_REGION")
    return where["bucket"], where["prefix"], aws


def _export_folder(bucket: str, prefix: str, aws: Aws, shown: str) -> str:
    if re.search(rf"(?:\A|/){_ABOVE}(?!data/)[^/]+/(?:{_DATA})?\Z", prefix):
        return prefix.removesuffix(_DATA)
    pages = _listed(bucket, prefix, aws, shown)
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    found = sorted(key.removesuffix(SUMMARY) for key in keys if key.endswith("/" + SUMMARY))
    return _only(found, shown)


def _listed(bucket: str, prefix: str, aws: Aws, shown: str, **more: Any) -> Iterator[dict[str, Any]]:
    paginator: Any = aws.s3.get_paginator("list_objects_v2")
    with _told(shown):
        yield from paginator.paginate(Bucket=bucket, Prefix=prefix, **more)


def _only(found: list[_Found], shown: str) -> _Found:
    if len(found) == 1:
        return found[0]
    if not found:
        raise InputError(
            shown, f"not an export: {SUMMARY} is missing", "an incomplete or FAILED export has none"
        )
    names = ", ".join(Path(one).name for one in found[:5])
    raise InputError(shown, f"{len(found)} exports found: {names}", "name one of them")


@contextmanager
def _told(place: str, file: str = "") -> Generator[None]:
    """Report S3's refusals; `file`: the data file that is read."""
    try:
        yield
    except ClientError as error:
        refusal = error.response.get("Error", {})
        if refusal.get("Code") == "NoSuchBucket":
            raise InputError(place, "the bucket does not exist", "check its name and your Region") from None
        if file and error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404:
            raise _missing(place, file) from None
        what = f"cannot be read: {refusal.get('Code', '')}: {refusal.get('Message', '')}"
        remedy = "allow s3:GetObject on the objects, and s3:ListBucket on the bucket"
        raise Unreadable(place, what, remedy) from None


def _missing(place: str, file: str) -> InputError:
    return InputError(
        place, f"the data file {file} is missing, but the manifest names it", "copy or export it again"
    )
