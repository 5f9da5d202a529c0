"""Read what DMS wrote about a task's errors to CloudWatch Logs.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Monitoring.html
"""

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.loads.load import DmsLoad

# DMS marks the lines of errors and warnings so.
_MARKS = ("]E:", "]W:")


def last_errors(load: DmsLoad, aws: Aws, count: int = 5) -> tuple[str, ...]:
    """The last error and warning lines of the task's log stream, oldest first; none when there is no log."""
    stream = f"dms-task-{load.task_arn.rsplit(':', 1)[-1]}"
    try:
        answer = aws.logs.get_log_events(
            logGroupName=load.log_group, logStreamName=stream, limit=500, startFromHead=False
        )
    except aws.logs.exceptions.ResourceNotFoundException:
        return ()
    messages = [event.get("message", "").strip() for event in answer.get("events", [])]
    return tuple(message for message in messages if any(mark in message for mark in _MARKS))[-count:]
