import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.testing.orders import SELECT_ALL, object_mapping
from local_aws.testing.stage import Stage


def _settings(stage: Stage, task: str) -> dict[str, Any]:
    return json.loads(stage.task_fields(task)["ReplicationTaskSettings"])


def test_task_when_created_is_creating_and_then_ready(stage: Stage):
    task = stage.task()
    fields = stage.task_fields(task)
    assert (fields["Status"], fields["MigrationType"]) == ("ready", "full-load")


def test_task_with_partial_settings_is_completed_with_defaults(stage: Stage):
    settings = _settings(stage, stage.task(settings={"ErrorBehavior": {"DataErrorPolicy": "STOP_TASK"}}))
    assert settings["ErrorBehavior"]["DataErrorPolicy"] == "STOP_TASK"
    assert settings["ErrorBehavior"]["TableErrorPolicy"] == "SUSPEND_TABLE"
    assert settings["FullLoadSettings"]["CommitRate"] == 10000


def test_task_settings_have_the_types_of_dms_however_they_were_given(stage: Stage):
    given = {"TargetMetadata": {"SupportLobs": "false", "LobMaxSize": "64"}, "FullLoadSettings": {}}
    shown = _settings(stage, stage.task(settings=given))["TargetMetadata"]
    assert (shown["SupportLobs"], shown["LobMaxSize"]) == (False, 64)


def test_task_with_logging_shows_its_log_group_and_stream(stage: Stage):
    task = stage.task(settings={"Logging": {"EnableLogging": True}})
    logging = _settings(stage, task)["Logging"]
    assert logging["CloudWatchLogGroup"] == "dms-tasks-shared"
    assert logging["CloudWatchLogStream"] == f"dms-task-{task.rsplit(':', 1)[1]}"


def test_task_settings_left_out_of_a_description_are_not_in_it(stage: Stage):
    stage.task()
    tasks = stage.dms.describe_replication_tasks(WithoutSettings=True)["ReplicationTasks"]
    assert all("ReplicationTaskSettings" not in task for task in tasks)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            '{"Logging": {"CloudWatchLogGroup": null}}',
            "CloudWatchLogGroup or CloudWatchLogStream cannot be set",
        ),
        ('{"FullLoadSettings": {"TargetTablePrepMode": "TRUNCATE_BEFORE_LOAD"}}', "TRUNCATE_BEFORE_LOAD"),
        ('{"TargetMetadata": {"BatchApplyEnabled": true}}', "BatchApplyEnabled"),
        ('{"ErrorBehavior": {"DataErrorPolicy": "SHRUG"}}', "one of IGNORE_RECORD, LOG_ERROR"),
        ('{"FullLoadSettings": {"MaxFullLoadSubTasks": 50}}', "a whole number from 1 to 49"),
        ('{"Colours": {}}', "there is no section Colours"),
        ("{", "Invalid task settings JSON, line 1"),
    ],
)
def test_task_with_settings_that_dms_refuses_is_refused(stage: Stage, settings: str, message: str):
    with pytest.raises(ClientError, match=message):
        stage.task(ReplicationTaskSettings=settings)


@pytest.mark.parametrize(("mappings", "message"), [("{", "not JSON"), ('{"rules": []}', "no selection rule")])
def test_task_with_mappings_that_dms_refuses_is_refused(stage: Stage, mappings: str, message: str):
    with pytest.raises(ClientError, match=f"Error in mapping rules.*{message}"):
        stage.task(TableMappings=mappings)


def test_task_with_an_endpoint_that_does_not_exist_is_refused(stage: Stage):
    with pytest.raises(stage.dms.exceptions.ResourceNotFoundFault):
        stage.task(source="arn:aws:dms:eu-west-1:123456789012:endpoint:NONE")


def test_task_with_its_endpoints_the_wrong_way_round_is_refused(stage: Stage):
    source, target = stage.source(), stage.target()
    with pytest.raises(ClientError, match="is not a source endpoint"):
        stage.task(source=target, target=source)


def test_task_when_its_instance_is_not_available_yet_is_refused(slow_stage: Stage):
    with pytest.raises(slow_stage.dms.exceptions.InvalidResourceStateFault, match="must be available"):
        slow_stage.task(instance=slow_stage.instance(wait=False))


def test_task_when_described_by_its_endpoint_is_found(stage: Stage):
    source = stage.source()
    task = stage.task(source=source)
    filters = [{"Name": "endpoint-arn", "Values": [source]}]
    found = stage.dms.describe_replication_tasks(Filters=filters)["ReplicationTasks"]
    assert [entry["ReplicationTaskArn"] for entry in found] == [task]


def test_task_that_has_not_run_cannot_be_resumed(stage: Stage):
    with pytest.raises(ClientError, match="RESUME_PROCESSING, valid only for tasks that have run"):
        stage.run(stage.task(), "resume-processing")


def test_task_that_has_run_cannot_be_started_as_if_for_the_first_time(stage: Stage):
    stage.files()
    task = stage.task()
    stage.run(task)
    with pytest.raises(
        ClientError, match="START_REPLICATION, valid only for tasks running for the first time"
    ):
        stage.run(task)


def test_task_when_a_connection_has_failed_is_not_started(stage: Stage):
    task = stage.task(target=stage.target(stage.role("poor")))
    stage.until(lambda: stage.connection_status(task) == "failed")
    with pytest.raises(ClientError, match=r"Test connection .* should be successful .* dynamodb:ListTables"):
        stage.run(task)


def test_task_that_is_at_work_can_be_neither_started_changed_nor_deleted(stage: Stage):
    stage.files(LOAD001="1,1,x\n")
    task = stage.task(object_mapping(stage.table()))
    with stage.held():
        stage.start(task)
        with pytest.raises(ClientError, match="Replication Task cannot be started, invalid state"):
            stage.run(task)
        with pytest.raises(ClientError, match=r"cannot be modified while it is (starting|running) state"):
            stage.dms.modify_replication_task(ReplicationTaskArn=task, TableMappings="{}")
        with pytest.raises(ClientError, match="cannot be deleted; stop it first"):
            stage.dms.delete_replication_task(ReplicationTaskArn=task)


def test_task_when_deleted_is_deleting_and_then_not_found(stage: Stage):
    task = stage.task()
    deleted = stage.dms.delete_replication_task(ReplicationTaskArn=task)["ReplicationTask"]
    assert deleted["Status"] == "deleting"

    def gone() -> bool:
        try:
            stage.task_fields(task)
        except stage.dms.exceptions.ResourceNotFoundFault:
            return True
        return False

    stage.until(gone)


def test_task_when_modified_shows_its_new_mappings(stage: Stage):
    task = stage.task()
    changed = json.dumps({"rules": [SELECT_ALL, object_mapping("elsewhere")]})
    stage.dms.modify_replication_task(ReplicationTaskArn=task, TableMappings=changed)
    assert stage.task_fields(task)["Status"] == "modifying"
    stage.until(lambda: stage.task_fields(task)["Status"] == "ready")
    assert stage.task_fields(task)["TableMappings"] == changed


def test_task_when_moved_runs_on_the_other_instance(stage: Stage):
    task = stage.task()
    other = stage.dms.create_replication_instance(
        ReplicationInstanceIdentifier=stage.named("other"), ReplicationInstanceClass="dms.t3.small"
    )["ReplicationInstance"]["ReplicationInstanceArn"]
    stage.until(lambda: stage.instance_status(other) == "available")
    stage.dms.move_replication_task(ReplicationTaskArn=task, TargetReplicationInstanceArn=other)
    assert stage.task_fields(task)["Status"] == "moving"
    assert stage.task_fields(task)["ReplicationInstanceArn"] == other


def test_statistics_of_a_task_that_has_not_run_are_empty(stage: Stage):
    assert stage.dms.describe_table_statistics(ReplicationTaskArn=stage.task())["TableStatistics"] == []
