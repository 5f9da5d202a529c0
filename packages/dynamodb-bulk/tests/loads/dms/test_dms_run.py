"""Running a load: started, joined, repeated, judged; against local DMS."""

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from bulk_testing.arranged import Arranged
from bulk_testing.lost import deny
from dynamodb_bulk.loads.dms.loader import DMS
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.spec.errors import InputError


def test_run_when_the_task_is_ready_starts_it_and_loads_every_row(arranged: Arranged) -> None:
    arranged.run()
    assert set(arranged.stage.items(arranged.load.table)) == {"a", "b"}
    assert arranged.said[-1].startswith("2 rows loaded in ")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a,1.5,x\r\nb,2,\r\n", "Rows end with"),
        ("\ufeffa,1.5,x\n", "The file starts with a byte order mark"),
    ],
)
def test_run_starts_nothing_when_dms_would_change_values(arranged: Arranged, text: str, reason: str) -> None:
    arranged.files(text)
    with pytest.raises(InputError, match=reason):
        arranged.run()
    assert arranged.record() is None
    assert not arranged.stage.items(arranged.load.table)


def test_run_starts_nothing_when_dms_would_drop_a_fraction_of_a_second(arranged: Arranged) -> None:
    path = arranged.folder / "dataset.yaml"
    path.write_text(path.read_text().replace("note, type: STRING, length: 100", "note, type: DATETIME"))
    arranged.files("a,1,2026-03-29 10:15:00\nb,2,2026-03-29 10:15:00.25\n")
    with pytest.raises(InputError, match="note needs `scale: 2`") as caught:
        arranged.run()
    assert caught.value.where.endswith("rows.csv, line 2")
    assert arranged.record() is None


def test_run_when_it_was_judged_and_data_changed_loads_again(arranged: Arranged) -> None:
    arranged.run("one")
    arranged.files("a,1.5,x\nb,2,\nc,3,\n")
    arranged.run("two")
    assert set(arranged.stage.items(arranged.load.table)) == {"a", "b", "c"}


def test_run_does_not_load_the_object_of_a_removed_file(arranged: Arranged) -> None:
    arranged.run("one")
    arranged.stage.files(LOAD002="z,9,\n")
    ours = {"prefix": "import/orders/", "objects": ("import/orders/LOAD001.csv",)}
    arranged.load = arranged.load.model_copy(update=ours)
    arranged.run("two")
    assert set(arranged.stage.items(arranged.load.table)) == {"a", "b"}


def test_run_when_the_task_finished_but_was_not_judged_judges_without_a_reload(arranged: Arranged) -> None:
    arranged.run("one")
    before = arranged.starts()
    arranged.keep(RunRecord(digest="one", rows_in_files=2, task=arranged.load.task_arn))
    arranged.run("one")
    assert arranged.starts() == before


def test_run_resumes_a_task_that_is_running_for_the_same_data(arranged: Arranged) -> None:
    arranged.files("".join(f"k{number},1,\n" for number in range(30_000)))
    arranged.run("one", wait=False)
    before = arranged.starts()
    arranged.run("one")
    assert arranged.starts() == before
    assert DMS.status(arranged.load, arranged.aws).items_written == 30_000


def test_run_restarts_a_task_that_is_running_for_older_data(arranged: Arranged) -> None:
    arranged.files("a,1,\nb,1,\n")
    with arranged.stage.held() as waiting:
        arranged.run("one", wait=False)
        arranged.stage.until(lambda: waiting() > 0)
        (arranged.folder / "rows.csv").write_text("a,1,\n")
        arranged.run("two", wait=False)
    assert "stopping another run" in arranged.said
    record = arranged.record()
    assert record is not None
    assert (record.digest, record.rows_in_files, record.failed_runs) == ("two", 1, 1)


def test_run_when_rows_are_bad_fails_with_counts_files_and_lines(arranged: Arranged) -> None:
    arranged.files("a,1.5,x\nb,many,\nc,1,2,3\n")
    said = arranged.failure()
    assert "2 of 3 rows rejected" in said
    assert "rows.csv, line 2, column total: " in said
    assert "rows.csv, line 3: " in said
    assert set(arranged.stage.items(arranged.load.table)) == {"a"}


def test_log_of_a_task_is_read_to_its_end_and_from_a_time_on(arranged: Arranged) -> None:
    assert list(DMS.log(arranged.load, arranged.aws)) == []
    load, logs = arranged.load, cast("Any", arranged.aws.logs)
    stream = {
        "logGroupName": load.log_group,
        "logStreamName": f"dms-task-{load.task_arn.rpartition(':')[2]}",
    }
    logs.create_log_group(logGroupName=load.log_group)
    logs.create_log_stream(**stream)
    began = datetime.now(UTC).replace(microsecond=0)
    for second in (0, 1):
        time = int(began.timestamp() * 1000) + 1000 * second
        events = [
            {"timestamp": time, "message": f"[SORTER]I: {second}.{number}\n"} for number in range(6_000)
        ]
        logs.put_log_events(**stream, logEvents=events)
    found = list(DMS.log(load, arranged.aws))
    assert len(found) == 12_000
    assert found[0].shown == f"{began:%Y-%m-%d %H:%M:%S}Z  [SORTER]I: 0.0"
    later = list(DMS.log(load, arranged.aws, began + timedelta(seconds=1)))
    assert [later[0].text, len(later)] == ["[SORTER]I: 1.0", 6_000]


def test_status_shows_no_message_of_the_run_before(arranged: Arranged) -> None:
    load, logs = arranged.load, cast("Any", arranged.aws.logs)
    stream = {
        "logGroupName": load.log_group,
        "logStreamName": f"dms-task-{load.task_arn.rpartition(':')[2]}",
    }
    logs.create_log_group(logGroupName=load.log_group)
    logs.create_log_stream(**stream)
    before = int((datetime.now(UTC) - timedelta(hours=1)).timestamp() * 1000)
    logs.put_log_events(**stream, logEvents=[{"timestamp": before, "message": "Full load finished"}])
    with arranged.stage.held() as waiting:
        arranged.run(wait=False)
        arranged.stage.until(lambda: waiting() > 0)
        progress = arranged.status().progress
    assert progress
    assert "Full load finished" not in progress.log


def test_progress_and_verdict_are_told_when_the_log_may_not_be_read(arranged: Arranged) -> None:
    deny(arranged.aws.logs, "GetLogEvents")
    why = "AWS refused GetLogEvents: AccessDeniedException: said by AWS; allow it in the policies of"
    with arranged.stage.held() as waiting:
        arranged.run(wait=False)
        arranged.stage.until(lambda: waiting() > 0)
        progress = arranged.status().progress
    assert progress
    assert progress.log.startswith(why)
    (arranged.folder / "rows.csv").write_text("a,1.5,x\nb,2,\nc,3,\n")
    said = arranged.failure("two")
    assert "the files hold 3 rows, but AWS accounts for 2" in said
    assert f"DMS: {why}" in said


def test_status_of_a_judged_load_asks_nothing_of_its_task(arranged: Arranged) -> None:
    arranged.run()
    arranged.load = arranged.load.model_copy(update={"task_arn": f"{arranged.load.task_arn}GONE"})
    row = arranged.status()
    assert (row.good, row.items_written) == (True, 2)


def test_run_when_it_failed_before_runs_again_for_the_same_digest(arranged: Arranged) -> None:
    arranged.files("a,many,\n")
    arranged.failure()
    before = arranged.starts()
    arranged.failure()
    assert arranged.starts() != before


def test_run_when_there_are_many_bad_rows_shows_the_first_and_counts_the_rest(arranged: Arranged) -> None:
    arranged.files("".join(f"k{number},many,\n" for number in range(40)))
    said = arranged.failure()
    assert said.count("rows.csv, line ") == 5
    assert "and 35 more" in said


def test_run_when_files_in_s3_differ_from_those_here_is_not_good(arranged: Arranged) -> None:
    (arranged.folder / "rows.csv").write_text("a,1.5,x\nb,2,\nc,3,\n")
    assert "the files hold 3 rows, but AWS accounts for 2" in arranged.failure()


def test_run_reports_the_message_of_dms_when_the_role_loses_its_permissions(arranged: Arranged) -> None:
    name = arranged.stage.named("writer")
    arranged.stage.iam.delete_role_policy(RoleName=name, PolicyName="it")
    said = arranged.failure()
    assert "the task is failed: " in said
    assert f"role/{name} is not" in said


def test_run_reports_endpoint_and_reason_when_it_is_unreachable(arranged: Arranged) -> None:
    arranged.stage.iam.delete_role_policy(RoleName=arranged.stage.named("source"), PolicyName="it")
    arranged.stage.connection(arranged.load.instance_arn, arranged.load.source_endpoint_arn)
    said = arranged.failure()
    assert "load orders: DMS cannot reach the source endpoint: " in said
    assert "s3:ListBucket" in said


def test_run_when_no_end_is_in_sight_gives_up_at_the_limit(arranged: Arranged) -> None:
    arranged.load = arranged.load.model_copy(update={"limit_minutes": 0})
    with arranged.stage.held():
        assert "load orders: still running after 0 minutes" in arranged.failure()


def test_run_keeps_a_record_of_digest_rows_and_judgement(arranged: Arranged) -> None:
    arranged.run("one")
    record = arranged.record()
    assert record is not None
    assert (record.digest, record.rows_in_files) == ("one", 2)
    assert record.outcome is not None
    assert (record.outcome.good, record.outcome.written) == (True, 2)


@pytest.mark.parametrize("files", ["", "\n"], ids=["empty", "blank line"])
def test_run_when_the_files_hold_no_rows_is_not_good(arranged: Arranged, files: str) -> None:
    arranged.files(files)
    assert "is not good" in arranged.failure()


def test_run_when_a_key_occurs_twice_is_not_good_and_names_the_rows(arranged: Arranged) -> None:
    arranged.files("a,1,\nb,2,\na,3,\n")
    said = arranged.failure()
    assert "1 of 3 rows with a duplicate key" in said
    assert "rows.csv, line 3: the same key as line 1" in said


def test_status_reports_a_load_that_never_started(arranged: Arranged) -> None:
    status = DMS.status(arranged.load, arranged.aws)
    assert (status.good, status.verdict) == (None, "not started")


def test_status_when_loaded_shows_rows_items_and_verdict(arranged: Arranged) -> None:
    arranged.run()
    status = DMS.status(arranged.load, arranged.aws)
    assert (status.rows_in_files, status.items_written, status.rejected, status.verdict) == (2, 2, 0, "good")
    assert json.loads(json.dumps(asdict(status)))["good"] is True
