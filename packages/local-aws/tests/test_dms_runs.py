from local_aws.testing.orders import object_mapping
from local_aws.testing.stage import Stage

FINISHED = "Stop Reason FULL_LOAD_ONLY_FINISHED"


def test_reload_reads_the_current_files(stage: Stage):
    stage.files(LOAD001="a,1,x\n")
    table = stage.table()
    task = stage.task(object_mapping(table))
    stage.run(task)
    stage.files(LOAD001="a,1,x\nb,2,y\n")
    stage.run(task, "reload-target")
    assert sorted(stage.items(table)) == ["a", "b"]
    assert stage.statistics(task)["FullLoadReloaded"] is True


def test_load_when_resumed_leaves_a_completed_table_alone(stage: Stage):
    stage.files(LOAD001="a,1,x\n")
    table = stage.table()
    task = stage.task(object_mapping(table))
    stage.run(task)
    stage.files(LOAD001="b,2,y\n")
    assert stage.run(task, "resume-processing")["StopReason"] == FINISHED
    assert list(stage.items(table)) == ["a"]


def test_load_when_stopped_before_it_runs_stops_normally(stage: Stage):
    stage.files(LOAD001="a,1,x\n")
    task = stage.task(object_mapping(stage.table()))
    stage.start(task)
    stage.dms.stop_replication_task(ReplicationTaskArn=task)
    assert stage.task_fields(task)["Status"] == "stopping"
    stage.until(lambda: stage.task_fields(task)["Status"] == "stopped")
    assert stage.task_fields(task)["StopReason"] == "Stop Reason NORMAL"


def test_load_when_stopped_can_be_resumed_to_the_end(stage: Stage):
    stage.files(LOAD001="a,1,x\n")
    table = stage.table()
    task = stage.task(object_mapping(table))
    stage.start(task)
    stage.dms.stop_replication_task(ReplicationTaskArn=task)
    stage.until(lambda: stage.task_fields(task)["Status"] == "stopped")
    assert stage.run(task, "resume-processing")["StopReason"] == FINISHED
    assert list(stage.items(table)) == ["a"]


def test_load_when_stopped_halfway_is_cancelled_and_resumed_from_its_beginning(stage: Stage):
    rows = 80_000
    stage.files(LOAD001="".join(f"{number},1,{'x' * 80}\n" for number in range(rows)))
    task = stage.task(object_mapping(stage.table()))
    stage.start(task)
    stage.until(lambda: stage.rows_so_far(task) > 0)
    assert 0 < stage.task_fields(task)["ReplicationTaskStats"]["FullLoadProgressPercent"] < 100
    stage.dms.stop_replication_task(ReplicationTaskArn=task)
    stage.until(lambda: stage.task_fields(task)["Status"] == "stopped")
    cancelled = stage.statistics(task)
    assert (cancelled["TableState"], cancelled["FullLoadRows"] < rows) == ("Table cancelled", True)
    stage.run(task, "resume-processing")
    assert stage.statistics(task)["FullLoadRows"] == rows


def test_table_while_it_is_being_loaded_can_be_described_and_read(stage: Stage):
    stage.files(LOAD001="".join(f"{number},1,x\n" for number in range(40_000)))
    table = stage.table()
    task = stage.task(object_mapping(table))
    stage.start(task)
    while stage.task_fields(task)["Status"] != "stopped":
        assert stage.dynamodb.describe_table(TableName=table)["Table"]["ItemCount"] <= 40_000
        assert stage.dynamodb.scan(TableName=table, Limit=5)["Count"] <= 5


def test_task_logs_of_an_instance_have_the_size_of_each_log(stage: Stage):
    stage.files(LOAD001="a,1,x\n")
    task = stage.task(object_mapping(stage.table()), settings={"Logging": {"EnableLogging": True}})
    instance = stage.task_fields(task)["ReplicationInstanceArn"]

    def size() -> int:
        answer = stage.dms.describe_replication_instance_task_logs(ReplicationInstanceArn=instance)
        [log] = [each for each in answer["ReplicationInstanceTaskLogs"] if each["ReplicationTaskArn"] == task]
        assert log["ReplicationTaskName"] == stage.named("task")
        return log["ReplicationInstanceTaskLogSize"]

    assert size() == 0
    stage.run(task)
    assert size() == sum(len(line.encode()) for line in stage.log_lines(task)) > 0
