"""Loads whose tasks apply changes: started, followed, stopped, resumed and judged; against local DMS."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from bulk_testing.arranged import Arranged
from dynamodb_bulk.aws.scan import Pace
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.loads.changes import change_errors
from dynamodb_bulk.loads.dms.applied import await_changes
from dynamodb_bulk.loads.dms.loader import DMS
from dynamodb_bulk.loads.dms.start import start_request
from dynamodb_bulk.loads.dms.task import TaskState
from dynamodb_bulk.loads.load import ChangesPlace
from dynamodb_bulk.spec.errors import InputError, LoadFailed
from dynamodb_bulk.verify.run import verify
from dynamodb_bulk.verify.sources import held_by, of_load
from dynamodb_bulk.verify.verification import Verification
from local_aws.testing.orders import object_mapping

APPLYING = "changes are applied as their files arrive"
Change = Callable[..., None]


@pytest.fixture
def changes(arranged: Arranged) -> Change:
    """Makes the task one of changes, and returns what puts a file of them into their folder."""
    stage, bucket = arranged.stage, arranged.stage.bucket

    def put(name: str, text: str) -> None:
        stage.s3.put_object(Bucket=bucket, Key=f"changes/{name}.csv", Body=text.encode())

    _of_kind(arranged, "full-load-and-cdc")
    return put


def _of_kind(arranged: Arranged, kind: str) -> None:
    stage = arranged.stage
    source = arranged.load.source_endpoint_arn
    stage.dms.modify_endpoint(EndpointArn=source, S3Settings={"CdcPath": "changes"})
    target, instance = arranged.load.target_endpoint_arn, arranged.load.instance_arn
    mapping = object_mapping(arranged.load.table)
    name = stage.named(f"changing-{kind}")
    task = stage.task(
        mapping, source=source, target=target, instance=instance, MigrationType=kind,
        ReplicationTaskIdentifier=name,
    )  # fmt: skip
    dataset = arranged.folder / "dataset.yaml"
    if kind == "cdc":
        files = 'files: ["*.csv"]'
        location = f"location: s3://{stage.bucket}/import/orders/"
        dataset.write_text(dataset.read_text().replace(files, location))
    dataset.write_text(dataset.read_text() + f"dms: {{migration_type: {kind}, cdc_path: changes}}\n")
    place = ChangesPlace(bucket=stage.bucket, prefix="changes/")
    update = {"migration_type": kind, "task_arn": task, "changes": place}
    arranged.load = arranged.load.model_copy(update=update)


def until_applied(arranged: Arranged) -> None:
    arranged.stage.until(lambda: arranged.status().good is not None)


def verified(arranged: Arranged) -> Verification:
    pace = Pace(None)
    given = of_load(arranged.load, [arranged.load], arranged.aws)
    held = held_by("scan", given, arranged.aws, pace, arranged.said.append)
    return verify(given.loads, held, given.keys, arranged.aws, arranged.said.append, table=given.table)


def test_run_ends_when_changes_flow_and_status_counts_them(arranged: Arranged, changes: Change) -> None:
    arranged.run()
    assert arranged.said[-1].startswith("2 rows loaded in ")
    assert arranged.said[-1].endswith(APPLYING)
    changes("CDC00001", "I,orders,import,c,3,z\nU,orders,import,a,9,\nD,orders,import,b,,\n")
    until_applied(arranged)
    said = f"good; 1 insert, 1 update, 1 delete applied; {APPLYING}"
    assert (arranged.status().verdict, arranged.status().good) == (said, True)
    assert (found := verified(arranged)).good, found.verdict
    assert (found.expected, found.same) == (2, 2)
    arranged.stage.dynamodb.delete_item(TableName=arranged.load.table, Key={"id": {"S": "c"}})
    arranged.stage.dynamodb.put_item(TableName=arranged.load.table, Item={"id": {"S": "b"}})
    found = verified(arranged)
    assert [(one.kind, one.key, one.place) for one in found.differences] == [
        ("missing", {"id": {"S": "c"}}, f"s3://{arranged.stage.bucket}/changes/CDC00001.csv, line 1"),
        ("extra", {"id": {"S": "b"}}, ""),
    ]


def test_run_waits_for_the_changes_up_to_a_file(arranged: Arranged, changes: Change) -> None:
    changes("CDC00001", "I,orders,import,c,3,z\n")
    changes("CDC00002", "I,orders,import,d,3,z\n")
    arranged.load = arranged.load.model_copy(update={"wait_for": "CDC00002.csv"})
    arranged.run()
    assert arranged.said[-1].endswith("2 inserts applied")
    arranged.load = arranged.load.model_copy(update={"wait_for": "CDC00003.csv", "limit_minutes": 0})
    with pytest.raises(LoadFailed, match=r"load orders, CDC00003.csv: still running after 0 minutes"):
        await_changes(arranged.load, arranged.aws, arranged.said.append)
    assert arranged.said[-1] == "waiting for CDC00003.csv: CDC00003.csv does not exist yet"


def test_changes_alone_are_judged_by_what_their_files_hold(arranged: Arranged) -> None:
    _of_kind(arranged, "cdc")
    arranged.run()
    assert arranged.said[-1] == APPLYING
    arranged.stage.s3.put_object(
        Bucket=arranged.stage.bucket,
        Key="changes/CDC1.csv",
        Body=b"I,orders,import,a,1,x\nX,orders,import,b,1,x\nI,orders,import,c,1\nU,orders,import,d,many,\n",
    )
    arranged.stage.until(lambda: "RecoveryCheckpoint" in arranged.stage.task_fields(arranged.load.task_arn))
    status = arranged.status()
    assert status.good is False
    assert status.verdict.startswith("3 changes rejected; AWS did not apply 1 update; ")
    assert "CDC1.csv, line 2: the operation of a change of orders is INSERT" in status.verdict
    assert (
        "line 3: 5 columns, and a change of orders has 6, with operation, table and schema" in status.verdict
    )
    assert (verified(arranged).expected, verified(arranged).same) == (1, 1)


def test_change_errors_are_found_in_files_that_are_there_before_the_load(arranged: Arranged) -> None:
    _of_kind(arranged, "cdc")
    text = b"I,orders,import,a,1,x\nMERGE,orders,import,b,1,x\nI,orders,import,c,1\nI,other,import,1\n"
    arranged.stage.s3.put_object(Bucket=arranged.stage.bucket, Key="changes/CDC1.csv", Body=text)
    found = change_errors(open_dataset(arranged.load.dataset), arranged.aws)
    assert [error.where.rpartition("/")[2] for error in found] == ["CDC1.csv, line 2", "CDC1.csv, line 3"]


def test_changes_in_a_file_that_came_too_late_are_reported(arranged: Arranged, changes: Change) -> None:
    arranged.run()
    changes("CDC00002", "I,orders,import,c,3,z\n")
    until_applied(arranged)
    arranged.stage.until(lambda: datetime.now(UTC).microsecond < 300_000)
    second = datetime.now(UTC).second
    arranged.stage.until(lambda: datetime.now(UTC).second != second)
    changes("CDC00001", "I,orders,import,d,3,z\n")
    assert "CDC00001.csv came after CDC00002.csv, so DMS skips it" in arranged.status().verdict
    assert arranged.status().good is False
    assert verified(arranged).good


def test_stop_and_resume_go_on_with_the_changes_and_reload_begins_again(
    arranged: Arranged, changes: Change
) -> None:
    arranged.run()
    changes("CDC00001", "I,orders,import,c,3,z\n")
    until_applied(arranged)
    assert DMS.stop(arranged.load, arranged.aws, arranged.said.append) == "stopped; 1 insert applied"
    assert arranged.status().verdict == "good; 1 insert applied; the task is stopped"
    changes("CDC00002", "D,orders,import,c,,\n")
    assert arranged.status().good is False
    assert "1 change not applied yet; the task is stopped" in arranged.status().verdict
    arranged.run()
    assert arranged.said[-1] == APPLYING
    until_applied(arranged)
    assert arranged.status().verdict == f"good; 1 insert, 1 delete applied; {APPLYING}"
    arranged.stage.dynamodb.delete_item(TableName=arranged.load.table, Key={"id": {"S": "a"}})
    record = arranged.record()
    assert record
    arranged.keep(record.model_copy(update={"digest": ""}))  # as `bulk reload` forgets it
    arranged.run()
    assert "stopping another run" in arranged.said
    until_applied(arranged)
    assert arranged.status().verdict == f"good; 1 insert, 1 delete applied; {APPLYING}"
    assert sorted(arranged.stage.items(arranged.load.table)) == ["a", "b"]


def test_changes_alone_are_reloaded_only_from_a_start_on(arranged: Arranged) -> None:
    _of_kind(arranged, "cdc")
    arranged.run()
    record = arranged.record()
    assert record
    with pytest.raises(InputError, match="it loads no files that could be loaded again"):
        DMS.check_repeat(arranged.load, record)
    DMS.check_repeat(arranged.load.model_copy(update={"cdc_start_position": "checkpoint:1"}), record)


def _state(**fields: Any) -> TaskState:
    return TaskState(status="stopped", applies=True, **fields)


STOP = "server_time:2999-01-01T00:00:00"


@pytest.mark.parametrize(
    ("load", "task", "on", "asked"),
    [
        ({}, _state(), False, {"StartReplicationTaskType": "start-replication"}),
        ({}, _state(started="t"), False, {"StartReplicationTaskType": "reload-target"}),
        ({}, _state(started="t", loads=False), False, {"StartReplicationTaskType": "resume-processing"}),
        ({}, _state(started="t"), True, {"StartReplicationTaskType": "resume-processing"}),
        (
            {"cdc_start_position": "checkpoint:1", "cdc_stop_position": STOP},
            _state(loads=False),
            True,
            {
                "StartReplicationTaskType": "start-replication",
                "CdcStartPosition": "checkpoint:1",
                "CdcStopPosition": STOP,
            },
        ),
        (
            {"cdc_start_position": "checkpoint:1"},
            _state(started="t", loads=False),
            False,
            {"StartReplicationTaskType": "start-replication", "CdcStartPosition": "checkpoint:1"},
        ),
    ],
)
def test_start_request_has_the_start_type_that_aws_documents(
    arranged: Arranged, load: dict[str, Any], task: TaskState, on: bool, asked: dict[str, Any]
) -> None:
    given = arranged.load.model_copy(update=load)
    assert start_request(given, task, on=on) == {"ReplicationTaskArn": given.task_arn, **asked}


def test_start_request_is_refused_when_its_end_is_over(arranged: Arranged) -> None:
    over = arranged.load.model_copy(update={"cdc_stop_position": "server_time:2020-01-01T00:00:00"})
    with pytest.raises(LoadFailed, match="is over; set a later one"):
        start_request(over, _state())


def test_status_of_a_load_of_an_earlier_version_does_not_count_changes(
    arranged: Arranged, changes: Change
) -> None:
    arranged.run()
    changes("CDC00001", "X\n")
    arranged.load = arranged.load.model_copy(update={"changes": None})
    assert (arranged.status().good, arranged.status().verdict) == (True, f"good; {APPLYING}")
