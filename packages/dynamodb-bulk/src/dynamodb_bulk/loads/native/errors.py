"""Read what ImportTable wrote about the items that it rejected.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Validation.html
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from dynamodb_bulk.aws import Aws

LOG_GROUP = "/aws-dynamodb/imports"


@dataclass(frozen=True, kw_only=True)
class RejectedItem:
    """One entry of the import's error log: the object, the item's place in it as AWS counts, why."""

    bucket: str
    key: str
    item: int | None
    messages: tuple[str, ...]

    def line(self, prefix: str) -> str:
        """For users; the key without the prefix."""
        item = "" if self.item is None else f", item {self.item}"
        return f"{self.key.removeprefix(prefix)}{item}: AWS says: {'; '.join(self.messages) or 'no reason'}"


def error_stream(import_arn: str) -> str:
    """Return the log stream of one import, in the log group of all imports."""
    return f"{import_arn.rpartition('/')[2]}/error"


def import_errors(import_arn: str, aws: Aws) -> Iterator[RejectedItem]:
    """Yield the entries in the order in which AWS keeps them; none where there is no log."""
    stream = error_stream(import_arn)
    pages = aws.logs.get_paginator("filter_log_events").paginate(
        logGroupName=LOG_GROUP, logStreamNames=[stream]
    )
    try:
        for page in pages:
            for event in page.get("events", []):
                yield _entry(event.get("message", ""))
    except aws.logs.exceptions.ResourceNotFoundException:
        return


def first_errors(import_arn: str, prefix: str, aws: Aws, count: int = 5) -> tuple[str, ...]:
    """Return the first entries as lines."""
    return tuple(error.line(prefix) for error in islice(import_errors(import_arn, aws), count))


def _entry(message: str) -> RejectedItem:
    try:
        entry = json.loads(message)
        pointer = entry.get("itemS3Pointer", {})
        return RejectedItem(
            bucket=str(pointer.get("bucket", "")),
            key=str(pointer.get("key", "")),
            item=pointer.get("itemIndex"),
            messages=tuple(map(str, entry.get("errorMessages", ()))),
        )
    except (ValueError, AttributeError):
        return RejectedItem(bucket="", key="", item=None, messages=(message,))
