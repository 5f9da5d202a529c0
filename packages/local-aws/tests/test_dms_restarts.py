"""Tasks whose replication instance is rebooted, or in maintenance."""

import pytest
from botocore.exceptions import ClientError

from local_aws.testing.held import maintain
from local_aws.testing.orders import object_mapping
from local_aws.testing.stage import Stage

FINISHED = "Stop Reason FULL_LOAD_ONLY_FINISHED"
ROWS = 80_000


@pytest.fixture
def loading(stage: Stage) -> str:
    """A task in the middle of its table."""
    stage.files(LOAD001="".join(f"{number},1,{'x' * 80}\n" for number in range(ROWS)))
    task = stage.task(object_mapping(stage.table()))
    stage.start(task)
    stage.until(lambda: stage.rows_so_far(task) > 0)
    return task


def _instance(stage: Stage, task: str) -> str:
    return stage.task_fields(task)["ReplicationInstanceArn"]


def test_task_ends_in_an_error_when_its_instance_is_rebooted(stage: Stage, loading: str) -> None:
    instance = _instance(stage, loading)
    answer = stage.dms.reboot_replication_instance(ReplicationInstanceArn=instance)
    assert answer["ReplicationInstance"]["ReplicationInstanceStatus"] == "rebooting"
    stage.until(lambda: stage.task_fields(loading)["Status"] == "failed")
    assert "rebooted" in stage.task_fields(loading)["LastFailureMessage"]
    stage.until(lambda: stage.instance_status(instance) == "available")
    assert stage.task_fields(loading)["Status"] == "failed"
    stage.run(loading, "reload-target")
    assert stage.statistics(loading)["FullLoadRows"] == ROWS


def test_table_in_full_load_is_loaded_anew_after_maintenance(stage: Stage, loading: str) -> None:
    before = stage.task_fields(loading)["ReplicationTaskStats"]["StartDate"]
    maintain(stage.url, _instance(stage, loading), 1)
    stage.until(lambda: stage.task_fields(loading)["Status"] == "stopped")
    stage.until(lambda: stage.task_fields(loading).get("StopReason") == FINISHED)
    assert stage.statistics(loading)["FullLoadRows"] == ROWS
    assert stage.task_fields(loading)["ReplicationTaskStats"]["StartDate"] > before


def test_changes_go_on_after_maintenance(stage: Stage) -> None:
    stage.files(LOAD001="a,1,x\n")
    table = stage.table()
    source = stage.source(CdcPath="changes")
    task = stage.task(object_mapping(table), source=source, MigrationType="full-load-and-cdc")
    stage.start(task)

    def change(name: str, row: str) -> None:
        body = f"I,orders,import,{row}\n".encode()
        stage.s3.put_object(Bucket=stage.bucket, Key=f"changes/{name}.csv", Body=body)
        stage.until(lambda: row[0] in stage.items(table))

    change("CDC1", "b,2,y")
    maintain(stage.url, _instance(stage, task), 1)
    stage.until(lambda: stage.task_fields(task)["Status"] == "stopped")
    change("CDC2", "c,3,z")
    assert stage.task_fields(task)["Status"] == "running"
    assert sorted(stage.items(table)) == ["a", "b", "c"]


def test_reboot_is_refused_with_a_failover_in_one_zone_and_while_another_is_under_way(stage: Stage) -> None:
    instance = stage.instance()
    reboot = stage.dms.reboot_replication_instance
    with pytest.raises(ClientError, match="several zones"):
        reboot(ReplicationInstanceArn=instance, ForceFailover=True)
    reboot(ReplicationInstanceArn=instance)
    with pytest.raises(ClientError, match="rebooting"):
        reboot(ReplicationInstanceArn=instance)
