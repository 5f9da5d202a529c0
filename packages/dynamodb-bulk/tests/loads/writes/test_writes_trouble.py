"""A load by writes that is throttled, stopped, killed, refused or cut off: it ends right, or in one line."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bulk_testing.writes_stage import LOAD, WritesStage
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.glue import run as glue_run
from dynamodb_bulk.loads.writes import journal, run, writer
from dynamodb_bulk.loads.writes.loader import WRITES
from dynamodb_bulk.spec.errors import LoadFailed
from local_aws.testing.fault_proxy import FaultProxy, fault_proxy
from local_aws.testing.held import throttled

KILLED = """
import sys
from pathlib import Path
from bulk_testing.writes_stage import WritesStage
from local_aws.testing.stage import Stage
stage = Stage(sys.argv[1])
stage.number = int(sys.argv[2])
stage.bucket = stage.named("files")
WritesStage(stage, Path(sys.argv[3])).up(max_write_units=400)
"""


@pytest.fixture
def proxy(writes: WritesStage, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    """What is between the load and AWS."""
    with fault_proxy(writes.stage.url) as made:
        monkeypatch.setenv("AWS_ENDPOINT_URL", made.url)
        writes.aws = Aws(region=writes.stage.region)
        yield made


@contextmanager
def running(work: Callable[[], object]) -> Generator[list[object]]:
    """Do the work in a thread, and wait for its end; what it returned or raised."""
    ended: list[object] = []

    def run_it() -> None:
        try:
            ended.append(work())
        except LoadFailed as error:
            ended.append(error)

    thread = threading.Thread(target=run_it)
    thread.start()
    try:
        yield ended
    finally:
        thread.join()


def begun(writes: WritesStage, rows: int = 1) -> None:
    """Wait until somebody has written so many rows."""
    writes.stage.until(
        lambda: (
            (kept := journal.read_journal(writes.stage.bucket, LOAD, writes.aws)) is not None
            and kept.alive
            and len(writes.items()) >= rows
        )
    )


def test_up_writes_every_row_of_a_table_that_throttles(writes: WritesStage) -> None:
    writes.count(600)
    said: list[str] = []
    with throttled(writes.stage.url, writes.table, 150):
        assert writes.up(said.append, max_write_units=100_000).startswith("600 items loaded")
    assert len(writes.items()) == 600
    assert any("throttled" in line and "units/s" in line for line in said)


def test_up_gives_up_in_time_and_resumes_when_its_table_takes_nothing(writes: WritesStage) -> None:
    writes.count(300)
    with throttled(writes.stage.url, writes.table, 0), pytest.raises(LoadFailed) as caught:
        writes.up(limit_minutes=0)
    assert "0 of 300 rows are written" in str(caught.value)
    assert "limit_minutes" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert writes.up().startswith("300 items loaded")


def test_up_slows_down_when_the_capacity_of_its_table_is_lowered_meanwhile(
    writes: WritesStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_LOOKED_EVERY", 0.1)
    writes.table = writes.stage.table(
        writes.stage.named("lowered"), BillingMode="PROVISIONED", **provisioned(1_000)
    )
    writes.count(1_500)
    said: list[str] = []
    with throttled(writes.stage.url, writes.table, 400) as set_units:
        with running(lambda: writes.up(said.append)) as ended:
            begun(writes, 200)
            writes.stage.dynamodb.update_table(TableName=writes.table, **provisioned(123))
            set_units(30)
            writes.stage.until(lambda: any("of 123 units/s" in line for line in said))
            set_units(1e9)
            writes.stage.dynamodb.update_table(TableName=writes.table, **provisioned(10_000))
        assert str(ended[0]).startswith("1,500 items loaded")
    assert len(writes.items()) == 1_500


def provisioned(units: int) -> dict[str, Any]:
    return {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": units}}


def test_up_fails_in_one_line_when_its_table_is_deleted_meanwhile(
    writes: WritesStage, proxy: FaultProxy
) -> None:
    writes.count(300)
    proxy.before("BatchWriteItem", lambda: writes.stage.dynamodb.delete_table(TableName=writes.table))
    with pytest.raises(LoadFailed, match="the table was deleted while it was written"):
        writes.up()


def test_up_resumes_when_its_credentials_expired(writes: WritesStage, proxy: FaultProxy) -> None:
    writes.count(300)
    proxy.fail("BatchWriteItem", (400, "ExpiredTokenException"))
    with pytest.raises(LoadFailed, match="the credentials expired") as caught:
        writes.up()
    assert "resumes" in str(caught.value)
    proxy.heal()
    assert writes.up().startswith("300 items loaded")


@pytest.mark.parametrize("fault", ["reset", "lost", "cut", (500, "InternalServerError")])
def test_up_sends_again_what_got_no_answer(writes: WritesStage, proxy: FaultProxy, fault: str) -> None:
    writes.count(100)
    proxy.fail("BatchWriteItem", fault, times=3)  # pyright: ignore[reportArgumentType]
    assert writes.up().startswith("100 items loaded")
    assert len(writes.items()) == 100


def test_condition_is_met_when_it_fails_for_the_item_that_a_lost_try_wrote(
    writes: WritesStage, proxy: FaultProxy
) -> None:
    writes.condition = "attribute_not_exists(id)"
    writes.count(10)
    proxy.fail("PutItem", "lost", times=4)
    assert writes.up().startswith("10 items loaded")
    assert writes.status().condition_failed == 0


def test_stop_ends_the_load_and_up_resumes_it(writes: WritesStage) -> None:
    writes.count(1_500)
    with throttled(writes.stage.url, writes.table, 100), running(writes.up) as ended:
        begun(writes, 100)
        assert WRITES.stop(writes.load(), writes.aws, lambda _: None).startswith("stopped: ")
    assert "stopped by `bulk stop`" in str(ended[0])
    status = writes.status()
    assert status.verdict.startswith("stopped at ")
    assert 0 < len(writes.items()) < 1_500
    assert WRITES.stop(writes.load(), writes.aws, lambda _: None) == "nothing is running"
    with pytest.raises(LoadFailed, match="stopped at"):
        WRITES.resume(writes.load(), writes.aws, lambda _: None)
    assert writes.up().startswith("1,500 items loaded")
    assert len(writes.items()) == 1_500


def test_stop_that_comes_when_the_last_rows_are_sent_stops_nothing(
    writes: WritesStage, proxy: FaultProxy
) -> None:
    writes.count(10)
    place = f"GET /{writes.stage.bucket}/{journal.Journal.key(LOAD)}"

    def looks() -> int:
        return sum(call.startswith(place) for call in proxy.calls)

    def asked_and_known() -> None:
        assert journal.ask_to_stop(writes.stage.bucket, LOAD, writes.aws)
        before = looks()
        writes.stage.until(lambda: looks() > before)

    proxy.before("BatchWriteItem", asked_and_known)
    assert writes.up().startswith("10 items loaded")
    assert writes.journal().journal.state == "ended"
    assert writes.status().good


def test_stop_says_that_the_load_has_ended_when_it_comes_too_late(
    writes: WritesStage, proxy: FaultProxy
) -> None:
    writes.count(10)
    told: list[str] = []
    stop = threading.Thread(target=lambda: told.append(WRITES.stop(writes.load(), writes.aws, told.append)))

    def asked() -> None:
        stop.start()
        writes.stage.until(lambda: writes.journal().journal.state == "stopping")

    proxy.before("BatchWriteItem", asked)
    assert writes.up().startswith("10 items loaded")
    stop.join()
    assert told[-1] == "ended before it could be stopped: 10 items were written"


def test_second_up_follows_the_first(writes: WritesStage, monkeypatch: pytest.MonkeyPatch) -> None:
    writes.count(800)
    said: list[str] = []
    with throttled(writes.stage.url, writes.table, 300), running(writes.up) as ended:
        begun(writes)
        monkeypatch.setattr(run, "_owner", lambda: "another process")
        assert writes.status().verdict.startswith("writing ")
        assert writes.up(said.append).startswith("800 items loaded")
        assert WRITES.resume(writes.load(), writes.aws, said.append).startswith("800 items loaded")
    assert str(ended[0]).startswith("800 items loaded")
    assert any(line.startswith("writing ") and ", on " in line for line in said)
    assert writes.record().attempt == 1


def test_second_up_is_refused_when_it_has_other_data(
    writes: WritesStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes.count(800)
    with throttled(writes.stage.url, writes.table, 300), running(writes.up):
        begun(writes)
        monkeypatch.setattr(run, "_owner", lambda: "another process")
        (writes.folder / "b.csv").write_text("id,version,note\nz,1,\n")
        with pytest.raises(LoadFailed, match="is writing other data") as caught:
            writes.up()
        assert "\n" not in str(caught.value)
        (writes.folder / "b.csv").unlink()


def test_up_is_refused_when_a_glue_job_writes_by_itself(
    writes: WritesStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes.count(100)
    with throttled(writes.stage.url, writes.table, 0), pytest.raises(LoadFailed):
        writes.up(limit_minutes=0)
    kept = writes.journal()
    by_glue = kept.journal.model_copy(update={"state": "writing", "job": "their-job"})
    by_glue.write_over(kept.tag, writes.stage.bucket, LOAD, writes.aws)
    monkeypatch.setattr(glue_run, "run_told", lambda *_: "on Glue: running")
    with pytest.raises(LoadFailed, match="Glue job their-job is writing") as caught:
        writes.up()
    assert "\n" not in str(caught.value)
    monkeypatch.undo()
    monkeypatch.setenv("AWS_ENDPOINT_URL", writes.stage.url)
    assert writes.status().verdict == "not running: run `pulumi up` to resume"
    assert writes.up().startswith("100 items loaded")


def test_up_takes_over_when_the_writer_on_another_machine_has_gone(
    writes: WritesStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes.count(100)
    with throttled(writes.stage.url, writes.table, 0), pytest.raises(LoadFailed):
        writes.up(limit_minutes=0)
    kept = writes.journal()
    elsewhere = kept.journal.model_copy(update={"state": "writing", "host": "elsewhere", "owner": "it"})
    elsewhere.write_over(kept.tag, writes.stage.bucket, LOAD, writes.aws)
    assert writes.status().verdict.startswith("writing ")
    monkeypatch.setattr(journal, "LEASE_SECONDS", 0)
    assert writes.status().verdict.startswith("not running since ")
    assert writes.up().startswith("100 items loaded")


def test_killed_load_is_shown_as_not_running_and_resumed_without_a_lost_row(
    writes: WritesStage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    writes.count(4_000)
    arguments = [writes.stage.url, str(writes.stage.number), str(writes.folder)]
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    with subprocess.Popen([sys.executable, "-c", KILLED, *arguments], cwd=tmp_path) as process:
        begun(writes)
        writes.stage.until(lambda: writes.journal().journal.written > 0)
        os.kill(process.pid, signal.SIGKILL)
    before = writes.journal().journal.written
    status = writes.status()
    assert status.verdict.startswith("not running since ")
    assert status.items_written == before
    with pytest.raises(LoadFailed, match="not running since"):
        WRITES.resume(writes.load(), writes.aws, lambda _: None)
    assert writes.up().startswith("4,000 items loaded")
    assert len(writes.items()) == 4_000
    assert writes.record().attempt == 1
