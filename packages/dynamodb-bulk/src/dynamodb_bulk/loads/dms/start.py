"""Starts a task, once. An answer of AWS that is lost on its way is not a failure: the task itself tells.

Source: https://docs.aws.amazon.com/dms/latest/APIReference/API_StartReplicationTask.html
"""

import itertools
import time

from botocore import exceptions as botocore
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import poll
from dynamodb_bulk.loads.dms.state import TaskState
from dynamodb_bulk.loads.dms.task import describe_task
from dynamodb_bulk.loads.load import DmsLoad, LoadFailed, Report

# Between attempts; each of them is repeated by boto3 as well.
_PAUSES = (2.0, 5.0, 10.0)
_LOOK_SECONDS = 900


def start_task(load: DmsLoad, before: TaskState, aws: Aws, report: Report) -> None:
    """Start the task, at rest as `before` says; raise LoadFailed with AWS's words where it refuses."""
    lost = False
    for attempt in itertools.count():
        error = _start(load, before, aws)
        if error is None:
            return
        lost = lost or _may_have_arrived(error)
        if lost:
            report("AWS's response was lost: checking whether the task was started")
            if _was_started(_look(load, aws), before):
                return
        if not lost or attempt == len(_PAUSES):
            raise LoadFailed(f"load {load.name}: DMS does not start the task: {error}")
        time.sleep(_PAUSES[attempt])


def _start(load: DmsLoad, before: TaskState, aws: Aws) -> Exception | None:
    again = "reload-target" if before.loads else "resume-processing"
    kind = again if before.has_run else "start-replication"
    try:
        aws.dms.start_replication_task(ReplicationTaskArn=load.task_arn, StartReplicationTaskType=kind)
    except (BotoCoreError, ClientError, ResponseParserError) as error:
        return error
    return None


def _may_have_arrived(error: Exception) -> bool:
    """Return whether DMS may have started the task: boto3 repeats a call whose response was lost."""
    if isinstance(error, ClientError):
        answer = error.response.get("ResponseMetadata", {})
        return answer.get("HTTPStatusCode", 0) >= 500 or answer.get("RetryAttempts", 0) > 0
    return isinstance(error, (botocore.ConnectionError, botocore.HTTPClientError, ResponseParserError))


def _look(load: DmsLoad, aws: Aws) -> TaskState:
    return poll(
        lambda: describe_task(load, aws),
        lambda _: True,
        limit_seconds=_LOOK_SECONDS,
        what=f"the task of load {load.name}",
    )


def _was_started(task: TaskState, before: TaskState) -> bool:
    return task.started != before.started or task.status in ("starting", "running")
