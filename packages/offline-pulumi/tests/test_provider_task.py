"""The replacement's DMS tasks when they are deleted, against local DMS."""

from typing import Any

from local_aws.testing.orders import object_mapping
from local_aws.testing.stage import Stage
from offline_pulumi.provider.lifecycle import Lifecycle
from offline_pulumi.provider.settings import Clients, Settings
from offline_pulumi.provider.types import TYPES

TASK = "aws:dms/replicationTask:ReplicationTask"


def tasks(stage: Stage) -> Lifecycle:
    clients = Clients(Settings(region=stage.region, endpoint=stage.url))
    return Lifecycle(TYPES[TASK], clients.get, {})


def test_delete_of_a_running_task_stops_it_whatever_the_state_says(stage: Stage) -> None:
    stage.files(LOAD001="o1,1,\n")
    arn = stage.task(object_mapping(stage.table()))
    name = stage.named("task")
    with stage.held():
        stage.start(arn)
        stage.until(lambda: stage.task_fields(arn)["Status"] == "running")
        tasks(stage).delete(name, {"replicationTaskId": name, "status": "ready"})
    found = stage.dms.describe_replication_tasks()["ReplicationTasks"]
    assert name not in [each["ReplicationTaskIdentifier"] for each in found]


class Starting:
    """DMS as it answers while a task starts, which takes a minute on AWS."""

    def describe_replication_tasks(self, **_request: Any) -> dict[str, Any]:
        return {"ReplicationTasks": [{"Status": "starting"}]}


def test_delete_of_a_starting_task_does_not_stop_it_as_the_real_provider_does_not() -> None:
    stop = TYPES[TASK].before_delete
    assert callable(stop)
    stop(Starting(), {"ReplicationTaskArn": "arn", "ReplicationTaskIdentifier": "orders"}, {})
