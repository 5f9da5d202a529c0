"""Read what ImportTable wrote about the items that it rejected.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Validation.html
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from itertools import islice

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.loads.log import LogLine, logged, milliseconds
from dynamodb_bulk.loads.verdict import EXAMPLES

LOG_GROUP = "/aws-dynamodb/imports"


def error_stream(import_arn: str) -> str:
    """Return the log stream of one import, in the log group of all imports."""
    return f"{import_arn.rpartition('/')[2]}/error"


def error_log(import_arn: str, prefix: str, aws: Aws, since: datetime | None = None) -> Iterator[LogLine]:
    """Yield the entries of the log for users, in AWS's order; none where there is no log.

    A line names the key without the prefix, and the item's place in the object as AWS counts.
    """
    pages = aws.logs.get_paginator("filter_log_events").paginate(
        logGroupName=LOG_GROUP, logStreamNames=[error_stream(import_arn)], startTime=milliseconds(since)
    )
    with suppress(aws.logs.exceptions.ResourceNotFoundException):
        for page in pages:
            for event in page.get("events", []):
                yield logged(_line(event.get("message", ""), prefix), event.get("timestamp"))


def first_errors(import_arn: str, prefix: str, aws: Aws) -> tuple[str, ...]:
    """Return the first entries of the log as lines for users."""
    return tuple(line.text for line in islice(error_log(import_arn, prefix, aws), EXAMPLES))


def _line(message: str, prefix: str) -> str:
    try:
        entry = json.loads(message)
        pointer = entry.get("itemS3Pointer", {})
        key, item = str(pointer.get("key", "")).removeprefix(prefix), pointer.get("itemIndex")
        said = "; ".join(map(str, entry.get("errorMessages", ())))
    except (ValueError, AttributeError):
        key, item, said = "", None, message
    place = key if item is None else f"{key}, item {item}"
    return f"{place}: AWS says: {said or 'no reason'}"
