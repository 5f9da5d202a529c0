"""Tasks that apply changes: files that arrive, in order, until the task is stopped."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.testing.orders import object_mapping
from local_aws.testing.stage import Stage

BOTH, ALONE = "full-load-and-cdc", "cdc"
NOW_ON = {"settings": {"Logging": {"EnableLogging": True}}}


class Stream:
    """A task that applies changes, its table, and the files that it reads."""

    def __init__(self, stage: Stage, kind: str = BOTH, table: dict[str, Any] | None = None, **fields: Any):
        self.stage = stage
        self.table = stage.table(**(table or {}))
        source = stage.source(CdcPath="changes", **fields.pop("source_settings", {}))
        mapping = object_mapping(self.table, **fields.pop("parameters", {}))
        self.task = stage.task(mapping, source=source, MigrationType=kind, **fields)

    def file(self, name: str, text: str) -> None:
        self.stage.s3.put_object(Bucket=self.stage.bucket, Key=f"changes/{name}.csv", Body=text.encode())

    def start(self, kind: str = "start-replication") -> None:
        self.stage.start(self.task, kind)
        self.stage.until(lambda: self.fields["Status"] != "starting")

    def stop(self) -> dict[str, Any]:
        self.stage.dms.stop_replication_task(ReplicationTaskArn=self.task)
        return self.end()

    def end(self) -> dict[str, Any]:
        self.stage.until(lambda: self.fields["Status"] in ("stopped", "failed"))
        return self.fields

    def applied(self, name: str) -> None:
        """Wait until a file was read to its end."""
        self.stage.until(lambda: self.fields.get("RecoveryCheckpoint", "").endswith(f"/{name}.csv"))

    @property
    def fields(self) -> dict[str, Any]:
        return self.stage.task_fields(self.task)

    @property
    def items(self) -> dict[str, dict[str, Any]]:
        return self.stage.items(self.table)

    def counts(self) -> dict[str, int]:
        found = self.stage.statistics(self.task)
        kinds = ("Inserts", "Updates", "Deletes")
        return {name: found[name] for kind in kinds for name in (kind, f"Applied{kind}")}


def counted(inserts: int, updates: int, deletes: int) -> dict[str, int]:
    each = {"Inserts": inserts, "Updates": updates, "Deletes": deletes}
    return {name: count for kind, count in each.items() for name in (kind, f"Applied{kind}")}


def test_changes_are_applied_after_the_full_load_until_the_task_is_stopped(stage: Stage):
    stage.files(LOAD001="a,1,x\nb,2,y\n")
    stream = Stream(stage)
    stream.start()
    stream.file("CDC00001", "INSERT,orders,import,c,3,z\nupdate,orders,import,a,9,\nD,orders,import,b,2,y\n")
    stream.applied("CDC00001")
    stream.file("CDC00002", "i,orders,import,d,4,\nU,orders,import,d,5,w\ndelete,orders,import,none,,\n")
    stream.applied("CDC00002")
    assert stream.fields["Status"] == "running"
    assert stream.items == {
        "a": {"id": {"S": "a"}, "total": {"N": "9"}},
        "c": {"id": {"S": "c"}, "total": {"N": "3"}, "note": {"S": "z"}},
        "d": {"id": {"S": "d"}, "total": {"N": "5"}, "note": {"S": "w"}},
    }
    statistics = stage.statistics(stream.task)
    assert (statistics["FullLoadRows"], statistics["TableState"]) == (2, "Table completed")
    assert stream.counts() == counted(2, 2, 2)
    assert "FullLoadFinishDate" in stream.fields["ReplicationTaskStats"]
    assert stream.stop()["StopReason"] == "Stop Reason NORMAL"


def test_changes_alone_load_no_files_and_begin_with_those_that_are_there(stage: Stage):
    stage.files(LOAD001="a,1,x\n")
    stream = Stream(stage, ALONE)
    stream.file("CDC00001", "INSERT,orders,import,c,3,z\n")
    stream.start()
    stream.applied("CDC00001")
    assert list(stream.items) == ["c"]
    assert stage.statistics(stream.task)["FullLoadRows"] == 0
    assert "FullLoadStartDate" not in stream.fields["ReplicationTaskStats"]
    stream.stop()


def test_changes_go_on_where_the_task_was_stopped_and_begin_again_when_it_is_reloaded(stage: Stage):
    stage.files(LOAD001="a,1,x\n")
    stream = Stream(stage)
    stream.file("CDC00001", "I,orders,import,b,1,\n")
    stream.start()
    stream.applied("CDC00001")
    stream.stop()
    stream.file("CDC00002", "D,orders,import,b,,\n")
    stream.start("resume-processing")
    stream.applied("CDC00002")
    assert (list(stream.items), stream.counts()) == (["a"], counted(1, 0, 1))
    stream.stop()
    stage.dynamodb.put_item(TableName=stream.table, Item={"id": {"S": "a"}})
    stream.start("reload-target")
    stream.applied("CDC00002")
    assert stream.items == {"a": {"id": {"S": "a"}, "total": {"N": "1"}, "note": {"S": "x"}}}
    assert stream.counts() == counted(1, 0, 1)
    stream.stop()


def test_file_that_a_stop_interrupts_is_continued_behind_the_last_row_that_was_applied(stage: Stage):
    rows = 30_000
    stream = Stream(stage, ALONE)
    stream.file("CDC1", "".join(f"I,orders,import,{number},1,{'x' * 80}\n" for number in range(rows)))
    stream.start()
    stage.until(lambda: stream.counts()["Inserts"] > 0)
    stream.stop()
    stream.start("resume-processing")
    stream.applied("CDC1")
    assert stream.counts() == counted(rows, 0, 0)
    stream.stop()


def test_file_with_a_smaller_name_is_skipped_and_logged(stage: Stage):
    stream = Stream(stage, ALONE, **NOW_ON)
    stream.file("CDC00003", "I,orders,import,c,1,\n")
    stream.start()
    stream.applied("CDC00003")
    stream.file("CDC00002", "I,orders,import,b,1,\n")
    stream.file("CDC00004", "I,orders,import,d,1,\n")
    stream.applied("CDC00004")
    stream.stop()
    assert sorted(stream.items) == ["c", "d"]
    [line] = [line for line in stage.log_lines(stream.task) if "]W:" in line]
    assert "changes/CDC00002.csv is skipped: CDC00003.csv was read before it" in line


def test_changes_that_cannot_be_applied_are_in_the_exceptions_table_and_not_counted_as_applied(stage: Stage):
    stream = Stream(stage, ALONE, **NOW_ON)
    stream.file(
        "CDC00001",
        "I,orders,import,a,1,x\nX,orders,import,b,1,x\nI,orders,import,c,1\nI,orders,import,d,1,x,y\n"
        "U,orders,import,e,many,x\nI,others,import,f\nI,others,import,g,1,x\n",
    )
    stream.start()
    stream.applied("CDC00001")
    stream.stop()
    assert list(stream.items) == ["a"]
    assert stream.counts() == {**counted(1, 0, 0), "Updates": 1}
    kept = stage.dynamodb.query(
        TableName="awsdms_apply_exceptions",
        KeyConditionExpression="TASK_NAME = :task",
        ExpressionAttributeValues={":task": {"S": stage.named("task")}},
    )["Items"]
    assert [(one["TABLE_NAME"]["S"], one["STATEMENT"]["S"].partition(": ")[0]) for one in kept] == [
        ("orders", f"s3://{stage.bucket}/changes/CDC00001.csv, line {line}") for line in (2, 3, 4, 5)
    ]
    assert "operation 'X': the operation of a change of orders is INSERT" in kept[0]["ERROR"]["S"]


def test_changes_when_a_bad_one_suspends_the_table_are_not_applied_any_more(stage: Stage):
    stream = Stream(stage, ALONE, settings={"ErrorBehavior": {"DataErrorPolicy": "SUSPEND_TABLE"}})
    stream.file("CDC00001", "X,orders,import,a,1,x\n")
    stream.start()
    stream.applied("CDC00001")
    stream.file("CDC00002", "I,orders,import,b,1,x\n")
    stream.applied("CDC00002")
    assert (stage.statistics(stream.task)["TableState"], stream.items) == ("Table error", {})
    stream.stop()


def test_changes_to_a_condition_are_held_to_it_only_if_it_says_so(stage: Stage):
    once = {"expression": "attribute_not_exists(id)", "apply-during-cdc": True}
    stream = Stream(stage, ALONE, parameters={"condition-expression": once})
    stream.file("CDC00001", "I,orders,import,a,1,x\nU,orders,import,a,2,x\n")
    stream.start()
    stream.applied("CDC00001")
    assert stream.items["a"]["total"] == {"N": "1"}
    assert stream.counts() == {**counted(1, 0, 0), "Updates": 1}
    stream.stop()


def test_changes_write_and_delete_records_of_a_stream(stage: Stage):
    stream = Stream(
        stage, ALONE, {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}}
    )
    stream.file("CDC00001", "I,orders,import,a,1,x\nD,orders,import,a,1,x\nD,orders,import,a,1,x\n")
    stream.start()
    stream.applied("CDC00001")
    stream.stop()
    streams = stage.client("dynamodbstreams")
    arn = stage.dynamodb.describe_table(TableName=stream.table)["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records = streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    assert [record["eventName"] for record in records] == ["INSERT", "REMOVE"]


def test_changes_end_at_the_stop_position(stage: Stage):
    stream = Stream(stage, ALONE)
    soon = datetime.now(UTC) + timedelta(seconds=2)
    stage.until(lambda: stage.connection_status(stream.task) == "successful")
    stage.dms.start_replication_task(
        ReplicationTaskArn=stream.task,
        StartReplicationTaskType="start-replication",
        CdcStopPosition=f"server_time:{soon:%Y-%m-%dT%H:%M:%S}",
    )
    assert stream.end()["StopReason"] == "Stop Reason STOPPED_AT_SERVER_TIME"


def test_changes_end_with_those_that_are_cached_if_the_settings_say_so(stage: Stage):
    stage.files(LOAD001="a,1,x\n")
    stream = Stream(stage, settings={"FullLoadSettings": {"StopTaskCachedChangesApplied": True}})
    stream.file("CDC00001", "I,orders,import,b,1,\n")
    assert stage.run(stream.task)["StopReason"] == "Stop Reason STOPPED_AFTER_CACHED_EVENTS"
    assert sorted(stream.items) == ["a", "b"]


def test_changes_begin_with_the_files_since_a_start_time_or_behind_a_checkpoint(stage: Stage):
    stream = Stream(stage, ALONE)
    stream.file("CDC00001", "I,orders,import,a,1,\n")
    time.sleep(1.1)  # S3 keeps whole seconds
    moment = datetime.now(UTC).replace(microsecond=0)
    stream.file("CDC00002", "I,orders,import,b,1,\n")
    stage.until(lambda: stage.connection_status(stream.task) == "successful")
    first = {"ReplicationTaskArn": stream.task, "StartReplicationTaskType": "start-replication"}
    stage.dms.start_replication_task(**first, CdcStartTime=moment)
    stream.applied("CDC00002")
    assert list(stream.items) == ["b"]
    stream.stop()
    stage.dms.start_replication_task(**first, CdcStartPosition="checkpoint:V1#changes/CDC00001.csv")
    stream.applied("CDC00002")
    assert (list(stream.items), stream.counts()) == (["b"], counted(1, 0, 0))
    stream.stop()


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        (ALONE, {"CdcStartTime": 1, "CdcStartPosition": "2026-01-01T00:00:00"}, "Only one of"),
        (BOTH, {"CdcStartTime": 1}, "for tasks of MigrationType cdc"),
        (ALONE, {"CdcStartPosition": "0/5120E10"}, "Invalid CdcStartPosition format"),
        (ALONE, {"CdcStopPosition": "tomorrow"}, "Invalid CdcStopPosition format"),
        (ALONE, {"CdcStopPosition": "commit_time:2026-01-01T00:00:00"}, "has no commit times"),
    ],
)
def test_task_with_times_that_do_not_fit_is_refused(
    stage: Stage, kind: str, fields: dict[str, Any], message: str
):
    with pytest.raises(ClientError, match=message):
        Stream(stage, kind, **fields)


def test_task_of_changes_without_a_path_to_them_is_refused(stage: Stage):
    with pytest.raises(ClientError, match="Parameter cdcPath is required"):
        stage.task(MigrationType=ALONE)


def test_task_of_changes_alone_has_nothing_to_reload(stage: Stage):
    stream = Stream(stage, ALONE)
    stream.start()
    stream.stop()
    with pytest.raises(ClientError, match="RELOAD_TARGET, valid only for tasks with a full load"):
        stream.start("reload-target")


def test_target_role_that_may_not_delete_items_fails_a_task_of_changes(stage: Stage):
    stage.files(LOAD001="a,1,x\n")
    allowed = ["ListTables", "DescribeTable", "PutItem", "UpdateItem", "CreateTable"]
    target = stage.target(stage.role("poor", ([f"dynamodb:{action}" for action in allowed], "*")))
    stream = Stream(stage, target=target)
    stream.start()
    assert "dynamodb:DeleteItem" in stream.end()["LastFailureMessage"]
