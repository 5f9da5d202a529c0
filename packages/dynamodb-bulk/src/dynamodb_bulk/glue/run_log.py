"""What a run of a Glue job logged: the driver and the workers, in one order.

Each has a stream that begins with the run's ID.
https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging-enable.html
"""

import heapq
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.glue.place import GlueJob
from dynamodb_bulk.glue.run import newest_run
from dynamodb_bulk.loads.log import LogLine, logged, milliseconds

_NEVER = datetime.min.replace(tzinfo=UTC)


def newest_log(job: GlueJob, name: str, aws: Aws, since: datetime | None = None) -> Iterator[LogLine]:
    """Yield the log of the last run for the dataset of that name, or of any without one, oldest first.

    Nothing where there was no run, or Glue has logged nothing. Raise its EntityNotFoundException where the
    job does not exist.
    """
    run = newest_run(job, name, aws)
    if run is None:
        return iter(())
    read = (_lines(group, run["Id"], aws, since) for group in job.log_groups)
    return heapq.merge(*read, key=lambda line: line.time or _NEVER)


def _lines(group: str, run: str, aws: Aws, since: datetime | None) -> Iterator[LogLine]:
    pages = aws.logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, logStreamNamePrefix=run, startTime=milliseconds(since)
    )
    with suppress(aws.logs.exceptions.ResourceNotFoundException):
        for page in pages:
            for event in page.get("events", []):
                yield logged(event.get("message", ""), event.get("timestamp"))
