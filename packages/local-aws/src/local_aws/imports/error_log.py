"""What an import writes of the items that it rejects: one event for each, in CloudWatch Logs.

The group keeps its events forever, as AWS makes it.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Validation.html
"""

import json
import time
from collections.abc import Iterable

from moto.logs.models import LogsBackend, logs_backends

from local_aws.account import ACCOUNT

GROUP = "/aws-dynamodb/imports"


def group_arn(region: str) -> str:
    """Return the ARN of the log group of all imports."""
    return f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{GROUP}:*"


class ErrorLog:
    """The stream `<import id>/error` of one import, made with its first event."""

    def __init__(self, region: str, import_arn: str, bucket: str) -> None:
        self._region = region
        self._arn = import_arn
        self._bucket = bucket

    def add(self, key: str, errors: Iterable[tuple[int, str]]) -> None:
        """Log the items of an object, each with its place, from 0, and what is wrong with it."""
        now = int(time.time() * 1000)
        events: list[dict[str, object]] = [
            {
                "timestamp": now,
                "message": json.dumps(
                    {
                        "itemS3Pointer": {"bucket": self._bucket, "key": key, "itemIndex": place},
                        "importArn": self._arn,
                        "errorMessages": [reason],
                    }
                ),
            }
            for place, reason in errors
        ]
        if not events:
            return
        stream = f"{self._arn.rpartition('/')[2]}/error"
        backend: LogsBackend = logs_backends[ACCOUNT][self._region]
        backend.ensure_log_group(GROUP)
        backend.ensure_log_stream(GROUP, stream)
        backend.groups[GROUP].put_log_events(stream, events)
