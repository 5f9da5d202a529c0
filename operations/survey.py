"""Counts the rows of a dataset's files, and finds the first that cannot become items."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import BinaryIO, cast

from dataset.dataset import Dataset, S3Location
from dataset.errors import InputError
from dataset.reading import display_path
from dataset.rows import Rejected, read_rows
from operations.aws import Aws

EXAMPLES = 5


@dataclass(frozen=True, kw_only=True)
class Survey:
    """Rows in the files, how many of them the dataset's rules reject, and the first of those."""

    rows: int
    rejected: int
    examples: tuple[Rejected, ...]


def survey(dataset: Dataset, aws: Aws) -> Survey:
    """Read every row once, streaming; memory does not grow with the files."""
    to_item = dataset.row_to_item()
    names = [column.name for column in dataset.columns]
    rows = rejected = 0
    examples: list[Rejected] = []
    for name, stream in _open_files(dataset, aws):
        with closing(stream):
            for batch in read_rows(stream, name, names, dataset.csv):
                items = to_item(batch)
                rows += len(items.items) + len(items.rejected)
                rejected += len(items.rejected)
                examples += items.rejected[: EXAMPLES - len(examples)]
    return Survey(rows=rows, rejected=rejected, examples=tuple(examples))


def _open_files(dataset: Dataset, aws: Aws) -> Iterator[tuple[str, BinaryIO]]:
    if dataset.location:
        for key in list_keys(dataset.location, aws):
            body = aws.s3.get_object(Bucket=dataset.location.bucket, Key=key)["Body"]
            yield f"s3://{dataset.location.bucket}/{key}", cast(BinaryIO, body)
    for path in dataset.files:
        yield display_path(path), path.open("rb")


def list_keys(location: S3Location, aws: Aws) -> Iterator[str]:
    """The objects under a location; raises InputError when there are none."""
    found = False
    for key, _ in list_objects(location, aws):
        found = True
        yield key
    if not found:
        raise InputError(
            f"s3://{location.bucket}/{location.prefix}", "no object here", "check source.location"
        )


def list_objects(location: S3Location, aws: Aws) -> Iterator[tuple[str, str]]:
    """Key and entity tag of every object under a location that is not a folder's marker."""
    pages = aws.s3.get_paginator("list_objects_v2").paginate(Bucket=location.bucket, Prefix=location.prefix)
    for page in pages:
        for entry in page.get("Contents", []):
            key = entry.get("Key", "")
            if not key.endswith("/"):
                yield key, entry.get("ETag", "")
