"""The manifests of an export, checked against their checksums and counts.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.export.location import FILES, SUMMARY, BucketPlace, Place
from dynamodb_bulk.spec.errors import InputError

if TYPE_CHECKING:
    from dynamodb_bulk.dataset import S3Location

_CHECKSUMS = (".md5", ".checksum")  # what AWS writes, and what its guide says


_DATA = re.compile(r"(?P<export>(?:.*/)?AWSDynamoDB/(?!data/)[^/]+/)data/")
_CHANGES = re.compile(r"(?:.*/)?AWSDynamoDB/data/")
_WHOLE = re.compile(r"(?:.*/)?AWSDynamoDB/(?!data/)(?:[^/]+/)?")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Summary(_Model):
    """The used part of manifest-summary.json."""

    export_arn: str = Field(default="", alias="exportArn")
    table_arn: str = Field(alias="tableArn")
    table_id: str = Field(default="", alias="tableId")
    start_time: datetime | None = Field(default=None, alias="startTime")
    end_time: datetime | None = Field(default=None, alias="endTime")
    export_time: datetime | None = Field(default=None, alias="exportTime")
    from_time: datetime | None = Field(default=None, alias="exportFromTime")
    to_time: datetime | None = Field(default=None, alias="exportToTime")
    item_count: int = Field(alias="itemCount")
    format: Literal["DYNAMODB_JSON", "ION"] = Field(default="DYNAMODB_JSON", alias="outputFormat")
    type: Literal["FULL_EXPORT", "INCREMENTAL_EXPORT"] = Field(default="FULL_EXPORT", alias="exportType")

    @property
    def incremental(self) -> bool:
        """Whether it holds changes, not items."""
        return self.type == "INCREMENTAL_EXPORT"

    @property
    def seconds(self) -> float:
        """How long it took; 0 if the manifest does not say."""
        if self.start_time is None or self.end_time is None:
            return 0.0
        return max((self.end_time - self.start_time).total_seconds(), 0.0)

    @property
    def table(self) -> str:
        """The table's name."""
        return self.table_arn.rpartition("/")[2]


class DataFile(_Model):
    """A data file, as manifest-files.json has it; `md5` in Base64."""

    key: str = Field(alias="dataFileS3Key")
    items: int = Field(alias="itemCount")
    md5: str = Field(default="", alias="md5Checksum")
    etag: str = ""


@dataclass(frozen=True, kw_only=True)
class Export:
    """An export whose manifests are complete."""

    place: Place
    summary: Summary
    files: tuple[DataFile, ...] = field(repr=False)

    def check_files(self) -> None:
        """Raise InputError if a file is missing, or in S3 differs from the exported file."""
        for file in self.files:
            etag = self.place.etag(file.key)
            if etag and file.etag and etag != file.etag.strip('"'):
                raise InputError(
                    self.place.shown,
                    f"the data file {file.key} differs from the exported file: "
                    f"its ETag is {etag}, in the manifest {file.etag}",
                    "export again",
                )


def open_export(place: Place) -> Export:
    """Return the export at a location; raise InputError if a manifest is missing, damaged or inconsistent."""
    try:
        summary = Summary.model_validate(_document(place, SUMMARY))
        lines = _checked(place, FILES).decode().splitlines()
        files = tuple(DataFile.model_validate_json(line) for line in lines if line.strip())
    except (ValidationError, UnicodeDecodeError):
        raise InputError(place.shown, f"{SUMMARY} or {FILES} is not a manifest of an export") from None
    held = sum(file.items for file in files)
    if held != summary.item_count:
        raise InputError(
            place.shown,
            f"{SUMMARY} says {summary.item_count:,} items, the files of {FILES} hold {held:,}",
            "one of them belongs to a different export: copy both again",
        )
    return Export(place=place, summary=summary, files=files)


def check_export(location: "S3Location", etags: Mapping[str, str], aws: Aws) -> None:
    """Raise InputError if a location is in an export, and its objects, by key, are not a full one's.

    DynamoDB's imports read every object that starts with a prefix, whatever it is. Other locations are left
    alone.
    """
    shown = f"s3://{location.bucket}/{location.prefix}"
    if _CHANGES.fullmatch(location.prefix):
        raise InputError(
            shown,
            "the data of incremental exports: changes, not items",
            "convert them to items: bulk export --from FULL --from INCREMENTAL --to ndjson --out DIR, "
            "and load DIR/dataset.yaml",
        )
    if _WHOLE.fullmatch(location.prefix):
        raise InputError(shown, "an export with its manifests, not items", "end it with its data/")
    found = _DATA.fullmatch(location.prefix)
    if found is None:
        return
    export = open_export(BucketPlace(location.bucket, found["export"], aws))
    if export.summary.incremental:
        raise InputError(shown, "an incremental export: changes, not items", "name a full one")
    wanted = {file.key: file.etag.strip('"') for file in export.files}
    for key, etag in wanted.items():
        there = etags.get(key, "").strip('"')
        if not there:
            raise InputError(shown, f"{key} is missing, but its manifest names it", "export again")
        if etag and there != etag:
            raise InputError(shown, f"{key} differs from the exported file", "export again")
    for key in etags:
        if key not in wanted:
            raise InputError(
                shown, f"{key} does not belong to this export", "move it: imports would read it too"
            )


def _document(place: Place, name: str) -> Any:
    try:
        return json.loads(_checked(place, name))
    except ValueError:
        raise InputError(place.shown, f"{name} is not JSON") from None


def _checked(place: Place, name: str) -> bytes:
    content = place.manifest(name)
    if content is None:
        raise InputError(place.shown, f"no {name}", "an incomplete or FAILED export has none; see its status")
    stem = name.removesuffix(".json")
    for ending in _CHECKSUMS:
        checksum = place.manifest(stem + ending)
        if checksum is None:
            continue
        if _is_of(checksum.decode(errors="replace").strip(), content):
            return content
        raise InputError(
            place.shown, f"{name} does not have the checksum of {stem}{ending}", "copy both again"
        )
    raise InputError(
        place.shown,
        f"no {stem}{' and no '.join(_CHECKSUMS)}: {name} cannot be checked",
        "copy or export it again",
    )


def _is_of(checksum: str, content: bytes) -> bool:
    """MD5 or, should AWS change it, SHA-256; in Base64 or hexadecimal."""
    digests = (hashlib.md5(content, usedforsecurity=False).digest(), hashlib.sha256(content).digest())
    return any(checksum in (base64.b64encode(one).decode(), one.hex()) for one in digests)
