"""A full export as the files of a dataset: all of it, and nothing else.

DynamoDB's imports read every object that starts with a prefix, whatever it is.
"""

import re
from collections.abc import Mapping

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.dataset import S3Location
from dynamodb_bulk.export.location import BucketPlace
from dynamodb_bulk.export.manifest import open_export
from dynamodb_bulk.spec.errors import InputError

_DATA = re.compile(r"(?P<export>(?:.*/)?AWSDynamoDB/(?!data/)[^/]+/)data/")
_CHANGES = re.compile(r"(?:.*/)?AWSDynamoDB/data/")
_WHOLE = re.compile(r"(?:.*/)?AWSDynamoDB/(?!data/)(?:[^/]+/)?")


def check_export(location: S3Location, etags: Mapping[str, str], aws: Aws) -> None:
    """Raise InputError if a location is in an export, and its objects, by key, are not a full one's.

    Other locations are left alone.
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
