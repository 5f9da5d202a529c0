"""`bulk start`, `stop`, `resume` and `reload` do what `pulumi up` does, once, whoever asks."""

import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from bulk_testing.command import bulk, deployed
from bulk_testing.interrupted import Killed, Method, Point, Walk
from bulk_testing.writes_stage import LOAD, WritesStage
from dynamodb_bulk.aws.records import Superseded
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.loads.bulk_put.started import StartedBulkPuts
from dynamodb_bulk.loads.declared_run import DeclaredRun
from dynamodb_bulk.loads.dms.load import TaskLoad
from dynamodb_bulk.loads.dms.runner import TaskRunner
from dynamodb_bulk.loads.end_event import SOURCE
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.loads.source_digest import data_digest, source_contents
from dynamodb_bulk.spec.errors import LoadFailed
from local_aws.testing.held import held
from local_aws.testing.stage import Stage


@pytest.fixture
def writes(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WritesStage:
    """A load by writes into a table on demand."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    made = WritesStage(stage, tmp_path)
    stage.table(made.table)
    return made


@pytest.fixture
def walk(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Method], Walk]:
    """A load by any other method, of a few rows."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def made(method: Method) -> Walk:
        walked = Walk(method, stage, tmp_path / "orders")
        walked.change()
        walked.renew()
        return walked

    return made


def declared(writes: WritesStage) -> dict[str, Any]:
    """What `pulumi up` declares of the run for the data as it is now."""
    contents = source_contents(open_dataset(writes.folder / "dataset.yaml"), writes.aws)
    data = data_digest(contents)
    return {"digest": data, "data": data}


def select(writes: WritesStage, patch: pytest.MonkeyPatch, **fields: Any) -> None:
    deployed(writes.folder, patch, writes.load(**fields), writes.stage.region, declared(writes))


def test_start_loads_once_when_asked_again(writes: WritesStage, monkeypatch: pytest.MonkeyPatch) -> None:
    writes.count(20)
    select(writes, monkeypatch)
    first = bulk("start", LOAD)
    assert (first.returncode, first.stdout[:29]) == (0, "load orders: 20 items loaded "[:29]), first.stderr
    token = writes.record().token
    again = [bulk(verb, LOAD) for verb in ("start", "resume")]
    assert [one.returncode for one in again] == [0, 0]
    assert all("loaded before; nothing has changed since" in one.stdout for one in again)
    assert writes.record().token == token
    assert "nothing is running" in bulk("stop", LOAD).stdout


@pytest.mark.parametrize("verbs", [["start"], ["start", "reload"]])
def test_end_of_a_run_is_announced_once(
    verbs: list[str], writes: WritesStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqs, events = writes.aws.client("sqs"), writes.aws.events
    name = f"{writes.table}-{len(verbs)}"
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [SOURCE]}))
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    writes.count(3)
    select(writes, monkeypatch, announced_as="shop/dev")
    assert [bulk(verb, LOAD).returncode for verb in verbs] == [0] * len(verbs)
    events.remove_targets(Rule=name, Ids=["queue"])
    events.delete_rule(Name=name)
    found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    attempts = sorted(json.loads(one["Body"])["detail"]["attempt"] for one in found)
    assert attempts == [*range(1, len(verbs) + 1)]


def test_resume_is_refused_when_nothing_was_started(
    writes: WritesStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes.count(3)
    select(writes, monkeypatch)
    refused = bulk("resume", LOAD)
    assert refused.returncode == 1
    assert refused.stderr == "error: load orders: not started; run `bulk start orders`\n"


def test_start_is_refused_when_the_files_are_not_those_of_the_last_up(
    writes: WritesStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes.count(3)
    select(writes, monkeypatch)
    writes.count(4)
    refused = bulk("start", LOAD)
    assert refused.returncode == 2
    assert refused.stderr.endswith("changed since the last `pulumi up`; run `pulumi up`\n")
    assert writes.items() == {}


def test_start_is_refused_when_an_earlier_version_deployed_the_stack(
    writes: WritesStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes.count(3)
    deployed(writes.folder, monkeypatch, writes.load(), writes.stage.region)
    refused = bulk("start", LOAD)
    assert refused.returncode == 2
    assert "run `pulumi up`" in refused.stderr


def test_reload_puts_back_what_was_deleted(writes: WritesStage, monkeypatch: pytest.MonkeyPatch) -> None:
    writes.count(5)
    select(writes, monkeypatch)
    bulk("start", LOAD)
    writes.stage.dynamodb.delete_item(TableName=writes.table, Key={"id": {"S": "k000001"}})
    assert bulk("reload", LOAD).returncode == 0
    assert len(writes.items()) == 5
    assert writes.record().outcome == writes.record().accepted(0)


def test_fixed_file_alone_is_enough_when_nothing_was_loaded(
    writes: WritesStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes.rows(("a", 1, "good"), ("b", 1, "good"))
    file = writes.folder / "a.csv"
    file.write_text(file.read_text() + "c,many,bad\n")
    select(writes, monkeypatch)
    failed = bulk("start", LOAD)
    assert failed.returncode == 1
    assert "nothing was loaded" in failed.stderr
    out = writes.folder / "fixed.txt"
    assert bulk("rejected", LOAD, "--out", out).returncode == 1
    out.write_text(out.read_text().replace("many", "7"))
    loaded = bulk("reload", LOAD, "--only-rejected", out)
    assert loaded.returncode == 0, loaded.stdout + loaded.stderr
    assert writes.items() == {"a": 1, "b": 1, "c": 7}
    assert bulk("verify", LOAD).returncode == 0
    assert "nothing has changed since" in bulk("start", LOAD).stdout
    assert bulk("rejected", LOAD).returncode == 0


def test_load_is_still_not_good_when_only_some_rows_are_fixed(
    writes: WritesStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes.rows(("a", 1, "good"))
    file = writes.folder / "a.csv"
    file.write_text(file.read_text() + "b,many,bad\nc,many,bad\n")
    select(writes, monkeypatch)
    bulk("start", LOAD)
    out = writes.folder / "fixed.txt"
    out.write_text("id,version,note\nb,7,fixed\n")
    assert bulk("reload", LOAD, "--only-rejected", out).returncode == 1
    repeated = bulk("start", LOAD)
    assert repeated.returncode == 1
    assert "1 of 3 rows rejected" in repeated.stderr
    assert writes.items() == {"a": 1, "b": 7}
    out.write_text("id,version,note\nc,7,fixed\n")
    assert bulk("reload", LOAD, "--only-rejected", out).returncode == 0


@pytest.mark.parametrize("method", ["native", "bulk_put", "dms"])
def test_load_runs_once_when_two_start_it_at_once(walk: Callable[[Method], Walk], method: Method) -> None:
    load = walk(method)
    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(load.up) for _ in range(2)]
        assert all("3 " in one.result() for one in done)
    assert load.held() == load.expected()
    record = RunRecord.read(load.stage.bucket, load.name, load.aws)
    assert record
    assert (record.attempt, len(record.operations)) == (1, 0 if method == "dms" else 1)


def test_load_that_someone_else_begins_meanwhile_is_followed_and_not_ended(
    walk: Callable[[Method], Walk], monkeypatch: pytest.MonkeyPatch
) -> None:
    load, listed = walk("bulk_put"), StartedBulkPuts.running
    first: list[Future[str]] = []
    with ThreadPoolExecutor(1) as pool, held(load.stage.url) as hold:

        def running(started: StartedBulkPuts, record: RunRecord | None) -> list[str]:
            monkeypatch.setattr(StartedBulkPuts, "running", listed)
            first.append(pool.submit(load.up))
            load.stage.until(lambda: hold() == 1)
            found = listed(started, record)
            assert found
            Timer(0.5, hold, kwargs={"most": 0}).start()
            return found

        monkeypatch.setattr(StartedBulkPuts, "running", running)
        assert load.up().startswith("3 items loaded")
        assert first[0].result().startswith("3 items loaded")


def test_load_whose_beginning_is_not_listed_yet_is_followed_and_not_ended(
    walk: Callable[[Method], Walk], monkeypatch: pytest.MonkeyPatch
) -> None:
    load = walk("bulk_put")
    with ThreadPoolExecutor(1) as pool, held(load.stage.url) as hold:
        with pytest.raises(Killed):
            load.up(Point("StartBulkPutItems", 1), "killed after")
        monkeypatch.setattr(StartedBulkPuts, "find", lambda *_: "")
        second = pool.submit(load.up)
        load.stage.until(
            lambda: bool((last := RunRecord.read(load.stage.bucket, load.name, load.aws)) and last.operation)
        )
        hold(most=0)
        assert second.result().startswith("3 items loaded")


def test_load_by_writes_runs_once_when_two_start_it_at_once(writes: WritesStage) -> None:
    writes.count(300)
    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(writes.up) for _ in range(2)]
        assert all(one.result().startswith("300 items loaded") for one in done)
    assert writes.record().attempt == 1


@pytest.mark.parametrize("method", ["native", "bulk_put"])
def test_resume_brings_a_killed_load_to_its_end(
    walk: Callable[[Method], Walk], method: Method, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = walk(method)
    begins = {"native": "ImportTable", "bulk_put": "StartBulkPutItems"}[method]
    with pytest.raises(Killed):
        load.up(Point(begins, 1), "killed after")
    record = RunRecord.read(load.stage.bucket, load.name, load.aws)
    assert record
    assert record.operation == ""
    described = load.described()
    run = DeclaredRun.model_validate({**load.declared(), "digest": record.digest})
    assert run.resume(described, load.aws, lambda _: None, warn=print).startswith("3 items loaded")
    assert load.held() == load.expected()
    assert "loaded before" in load.up()


def test_record_is_not_written_over_when_someone_else_was_faster(writes: WritesStage) -> None:
    first = RunRecord(digest="a").write_after(None, writes.stage.bucket, LOAD, writes.aws)
    with pytest.raises(Superseded):
        RunRecord(digest="b").write_after(None, writes.stage.bucket, LOAD, writes.aws)
    RunRecord(digest="b").write_after(first, writes.stage.bucket, LOAD, writes.aws)
    assert writes.record().digest == "b"


def test_reload_of_an_import_is_refused_when_its_table_is_to_stay(
    walk: Callable[[Method], Walk],
) -> None:
    load = walk("native")
    load.up()
    run = DeclaredRun.model_validate(load.declared())
    with pytest.raises(Exception, match="holds its import") as refused:
        run.repeat(load.described(), load.aws, lambda _: None, warn=print)
    assert not isinstance(refused.value, LoadFailed)


def test_task_that_someone_deleted_is_told_in_one_line(
    walk: Callable[[Method], Walk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = walk("dms")
    load.up()
    deployed(tmp_path, monkeypatch, load.described(), load.stage.region)
    task = load.described()
    assert isinstance(task, TaskLoad)
    load.aws.dms.delete_replication_task(ReplicationTaskArn=task.task_arn)
    load.stage.until(lambda: TaskRunner().described(task.task_arn, load.aws) is None)
    assert bulk("status", "orders").returncode == 0, "what was judged stays judged"
    record = RunRecord.read(task.records_bucket, task.name, load.aws)
    assert record
    record.model_copy(update={"outcome": None}).write(task.records_bucket, task.name, load.aws)
    gone = f"its task does not exist: {task.task_arn}; run `pulumi refresh`, then `pulumi up`"
    for command in ("status", "watch"):
        told = bulk(command, "orders")
        assert (told.returncode, told.stderr) == (2, f"error: load orders: {gone}\n")


def test_log_that_does_not_exist_is_told_in_one_line(
    walk: Callable[[Method], Walk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = walk("dms")
    load.up()
    described = load.described()
    assert isinstance(described, TaskLoad)
    deployed(tmp_path, monkeypatch, described.model_copy(update={"log_group": "gone"}), load.stage.region)
    told = bulk("logs", "orders")
    assert (told.returncode, told.stdout + told.stderr) == (0, "load orders: AWS logged nothing\n")
