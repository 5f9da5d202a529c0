"""The stand-in's DMS tasks when they are deleted, against DMS on this machine."""

import pytest

from localaws.provider.clients import Clients
from localaws.provider.failures import Failure
from localaws.provider.lifecycle import Lifecycle
from localaws.provider.settings import Settings
from localaws.provider.types import TYPES
from tests.localaws.orders import object_mapping
from tests.localaws.stage import Stage


def tasks(stage: Stage) -> Lifecycle:
    clients = Clients(Settings(region=stage.region, endpoint=stage.url))
    return Lifecycle(TYPES["aws:dms/replicationTask:ReplicationTask"], clients, {})


def started(stage: Stage, status: str) -> str:
    """A task at work, in the status; its identifier."""
    stage.files(LOAD001="".join(f"o{number},1,\n" for number in range(40_000)))
    arn = stage.task(object_mapping(stage.table()))
    stage.dms.start_replication_task(ReplicationTaskArn=arn, StartReplicationTaskType="start-replication")
    stage.until(lambda: stage.task_fields(arn)["Status"] == status)
    return stage.named("task")


def test_delete_of_a_running_task_stops_it_whatever_the_state_says(stage: Stage) -> None:
    name = started(stage, "running")
    tasks(stage).delete(name, {"replicationTaskId": name, "status": "ready"})
    found = stage.dms.describe_replication_tasks()["ReplicationTasks"]
    assert name not in [each["ReplicationTaskIdentifier"] for each in found]


def test_delete_of_a_starting_task_fails_since_the_provider_stops_only_what_runs(stage: Stage) -> None:
    name = started(stage, "starting")
    with pytest.raises(Failure, match=r"^deleting DMS Replication Task \(.*InvalidResourceStateFault"):
        tasks(stage).delete(name, {"replicationTaskId": name})
