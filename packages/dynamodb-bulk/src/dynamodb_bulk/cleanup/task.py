"""Stops a DMS task whatever it is about.

The provider stops one that is running, and waits five minutes; one that is starting it cannot delete.
https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/dms/replication_task.go
"""

from contextlib import suppress

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import poll
from dynamodb_bulk.loads.dms.state import SETTLING

_LIMIT_SECONDS = 3600
_GONE = "gone"


def stop_task(aws: Aws, *, task_arn: str) -> None:
    """Wait until the task is at rest or gone; raise LoadFailed when it does not come to rest in an hour."""

    def look() -> str:
        status = _status(aws, task_arn)
        if status == "running":
            with suppress(aws.dms.exceptions.InvalidResourceStateFault):  # it ended in the meantime
                aws.dms.stop_replication_task(ReplicationTaskArn=task_arn)
        return status

    poll(
        look,
        lambda status: status not in (*SETTLING, "running"),
        limit_seconds=_LIMIT_SECONDS,
        what=f"the end of the task {task_arn}",
    )


def _status(aws: Aws, task_arn: str) -> str:
    try:
        tasks = aws.dms.describe_replication_tasks(
            Filters=[{"Name": "replication-task-arn", "Values": [task_arn]}], WithoutSettings=True
        )["ReplicationTasks"]
    except aws.dms.exceptions.ResourceNotFoundFault:
        return _GONE
    return tasks[0].get("Status", _GONE) if tasks else _GONE
