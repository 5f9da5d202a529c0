"""Items that the workers of a Glue job write: those that one machine writes, at one rate, to one verdict."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from bulk_testing.glue_job import make_job, put_script
from bulk_testing.writes_stage import DATASET, LOAD, WritesStage
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.glue import writing
from dynamodb_bulk.glue.definition import SCRIPT
from dynamodb_bulk.glue.place import GlueJob
from dynamodb_bulk.glue.ranges import FileRange, ranges, scan, stretches
from dynamodb_bulk.glue.request import DatasetTexts, Request, Wanted, files_in_s3, program_version
from dynamodb_bulk.glue.run import end_runs
from dynamodb_bulk.glue.shares import (
    GivenUp,
    Shares,
    WriterShare,
    divided,
    journal_key,
    kept_share,
    sum_of,
    writing_place,
)
from dynamodb_bulk.loads.source_check import Place
from dynamodb_bulk.loads.writes import writer
from dynamodb_bulk.loads.writes.by_glue import GlueWrites
from dynamodb_bulk.loads.writes.journal import Journal, ShareJournal
from dynamodb_bulk.loads.writes.loader import WRITES
from dynamodb_bulk.sources.locating import source_files
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import LoadFailed
from local_aws.testing.held import throttled
from local_aws.testing.stage import Stage

needs_spark = pytest.mark.skipif(
    not (find_spec("pyspark") and find_spec("pyarrow") and shutil.which("java")),
    reason="needs Java 17 and `uv sync --inexact --group spark`",
)
HEADER = "id,version,note\n"
UNLESS_THERE = "attribute_not_exists(id)"


class OnGlue(WritesStage):
    """A load of two files in S3, by a job of local AWS."""

    job = ""

    def count(self, rows: int, *, version: int = 1) -> None:
        located = DATASET.replace("files: ['*.csv']", f"location: s3://{self.stage.bucket}/in/")
        condition = f"condition: {self.condition}\n" if self.condition else ""
        (self.folder / "dataset.yaml").write_text(located + condition)
        for name, numbers in (("a", range(rows // 3)), ("b", range(rows // 3, rows))):
            lines = [f"k{number:06},{version},{'x' * (number % 50)}\n" for number in numbers]
            self.put(name, "".join(lines))

    def put(self, name: str, lines: str) -> None:
        body = (HEADER + lines).encode()
        self.stage.s3.put_object(Bucket=self.stage.bucket, Key=f"in/{name}.csv", Body=body)

    def item(self, key: str, version: int) -> None:
        item = {"id": {"S": key}, "version": {"N": str(version)}}
        self.stage.dynamodb.put_item(TableName=self.table, Item=item)

    def become_global(self) -> None:
        """Have a table that has a replica."""
        stream: Any = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        self.table = self.stage.table(self.stage.named("global"), StreamSpecification=stream)
        replica: Any = [{"Create": {"RegionName": "us-east-1"}}]
        self.stage.dynamodb.update_table(TableName=self.table, ReplicaUpdates=replica)

    def on_glue(self, **fields: Any) -> str:
        return self.up(place=Place(bucket=self.stage.bucket, prefix="in/"), glue_job=self.job, **fields)

    def runs(self) -> list[str]:
        """The states of the runs that wrote, the last one first."""
        runs = self.stage.client("glue").get_job_runs(JobName=self.job)["JobRuns"]
        return [str(run.get("JobRunState")) for run in runs if "/write/" in run["Arguments"]["--prefix"]]


@pytest.fixture
def glue(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OnGlue:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    made = OnGlue(stage, tmp_path)
    stage.table(made.table)
    put_script(stage, SCRIPT)
    made.job = make_job(stage, bucket=stage.bucket)
    return made


def test_run_that_is_stopped_when_all_is_written_has_written_all(glue: OnGlue) -> None:
    glue.count(30)
    put_script(glue.stage, "import time\ntime.sleep(600)\n")
    bucket, began = glue.stage.bucket, datetime.now(UTC)
    job, load = GlueJob(name=glue.job, bucket=bucket), glue.load(glue_job=glue.job)
    place = writing_place(job, LOAD, "one")
    Shares(shares=(WriterShare(ranges=(), of_rate=1.0),)).write(bucket, place, glue.aws)
    share = ShareJournal(token="one", owner="", began=began, state="ended", written=30)
    share.write(bucket, journal_key(place, 0), glue.aws)
    journal = Journal(token="one", owner="me", job=glue.job, began=began)
    tag = journal.write_over(None, bucket, LOAD, glue.aws)
    dataset = open_dataset(load.dataset)
    writes = GlueWrites(load, dataset, source_files(dataset, glue.aws), glue.aws, lambda _: None)
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(writes.run, journal, tag, 30, wait=True, begin=True)
        glue.stage.until(lambda: glue.runs() == ["RUNNING"])
        end_runs(job, glue.aws, name=LOAD)
        result = ended.result()
    assert glue.runs() == ["STOPPED"]
    assert result
    assert (result.state, result.written) == ("ended", 30)
    assert glue.journal().journal.state == "ended"


@needs_spark
def test_run_into_a_global_table_is_begun_and_stopped_and_resumed_and_judged(glue: OnGlue) -> None:
    glue.become_global()
    glue.condition = "attribute_not_exists(id) OR version < ${version}"
    glue.item("k000003", 9)  # newer than that of the files
    glue.item("k000004", 0)
    glue.count(1_500)
    glue.put("c", f"{'k' * 21},1,\nlast,1,\n")
    load = glue.load(glue_job=glue.job, tolerate=1)
    with throttled(glue.stage.url, glue.table, 150):
        assert glue.on_glue(tolerate=1, wait=False) == f"started; follow it with `bulk watch {LOAD}`"
        glue.stage.until(lambda: len(glue.items()) > 100)
        assert "on Glue: running" in WRITES.status(load, glue.aws).verdict
        assert WRITES.stop(load, glue.aws, lambda _: None).startswith("stopped: ")
        assert WRITES.stop(load, glue.aws, lambda _: None) == "nothing is running"
    assert 100 < len(glue.items()) < 1_501
    assert WRITES.status(load, glue.aws).verdict == "not running: run `pulumi up` to resume"
    with pytest.raises(LoadFailed, match="no run is under way"):
        WRITES.resume(load, glue.aws, lambda _: None)
    glue.on_glue(tolerate=1, wait=False)
    said: list[str] = []
    told = WRITES.resume(load, glue.aws, said.append)
    assert told.startswith("1,500 items loaded in ")
    assert "1 rejected and tolerated" in told
    assert glue.items() == {**{f"k{number:06}": 1 for number in range(1_500)}, "k000003": 9, "last": 1}
    status = WRITES.status(load, glue.aws)
    assert (status.items_written, status.condition_failed, status.rejected) == (1_500, 1, 1)
    assert status.good
    assert glue.runs() == ["SUCCEEDED", "STOPPED"]
    assert any(line.startswith("writing ") and "on Glue" in line for line in said)
    assert glue.on_glue(tolerate=1) == "1,500 items loaded before; nothing has changed since"


class Writers:
    """The writers of a run, by the functions that Spark calls, of ranges that are small."""

    def __init__(self, glue: OnGlue, slots: int = 3, **wanted: Any) -> None:
        self.aws, self.bucket = glue.aws, glue.stage.bucket
        dataset = open_dataset(glue.folder / "dataset.yaml")
        files = source_files(dataset, glue.aws)
        self.place = writing_place(GlueJob(name="job", bucket=self.bucket), LOAD, "one")
        self.wanted = Wanted(
            token="one",
            began=datetime.now(UTC),
            repeated=False,
            table=glue.table,
            cores=slots,
            max_write_units=None,
            limit_minutes=10,
        ).model_copy(update=wanted)
        self.request = Request(
            version=program_version(),
            action="write",
            region=glue.stage.region,
            name=LOAD,
            dataset=DatasetTexts.of(dataset),
            bucket=self.bucket,
            files=files_in_s3(self.bucket, files),
            output=(self.bucket, self.place),
            wanted=self.wanted,
        )
        self.work = self.request.work()
        cut = [scan(dataset, files[one.file], one) for one in stretches(dataset, files, 5_000)]
        Shares().write(self.bucket, self.place, self.aws)
        self.begin()
        parts = list(ranges(files, cut))
        self.ranges = len(parts)
        self.shares = writing.new_shares(self.request, self.wanted, self.work, parts, slots, self.aws).shares

    def write(self, number: int, **wanted: Any) -> Journal:
        share, own = self.shares[number], self.wanted.model_copy(update=wanted)
        return writing.write_share(number, share, self.work, self.request, own)

    def kept(self, number: int) -> Journal:
        return kept_share(self.bucket, self.place, number, self.aws).journal

    def begin(self) -> None:
        GivenUp().write(self.bucket, self.place, self.aws)

    def write_all(self) -> Journal:
        """Write as a run does."""
        self.begin()
        return sum_of([self.write(number) for number in range(len(self.shares))])

    def forget(self, number: int) -> None:
        """Leave the journal of a writer as it is when its worker is lost before it has kept anything."""
        lost = self.kept(number)
        begun = ShareJournal(token=lost.token, owner=lost.owner, began=lost.began)
        begun.write(self.bucket, journal_key(self.place, number), self.aws)


def test_writers_write_every_row_once_when_files_are_cut(glue: OnGlue) -> None:
    glue.count(900)
    writers = Writers(glue)
    assert writers.ranges > len(writers.shares) == 3
    total = writers.write_all()
    assert (total.state, total.written, total.rows, round(total.units)) == ("ended", 900, 900, 900)
    assert glue.items() == {f"k{number:06}": 1 for number in range(900)}
    assert writers.write_all() == total  # which is known, and not written again


def test_conditions_fail_as_on_one_machine(glue: OnGlue) -> None:
    glue.count(120, version=3)
    Writers(glue).write_all()
    glue.condition = "attribute_not_exists(id) OR version < ${version}"
    glue.count(300, version=2)
    total = Writers(glue).write_all()
    assert (total.written, total.condition_failed) == (180, 120)
    assert glue.items() == {f"k{number:06}": 3 if number < 120 else 2 for number in range(300)}


@pytest.mark.parametrize("before", ["worker", "machine"])
def test_condition_is_met_when_it_fails_for_the_item_that_was_written_before(
    before: str, glue: OnGlue
) -> None:
    glue.condition = UNLESS_THERE
    glue.count(90)
    first = Writers(glue)
    first.write_all()
    if before == "worker":
        for number in range(len(first.shares)):
            first.forget(number)
    again = first if before == "worker" else Writers(glue, repeated=True)
    total = again.write_all()
    assert (total.written, total.condition_failed) == (90, 0)


def test_writer_ends_when_a_repeated_task_has_taken_its_journal(
    glue: OnGlue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_KEPT_EVERY", 0.1)
    glue.count(900)
    writers, ended = Writers(glue, slots=1), list[object]()

    def first() -> None:
        try:
            ended.append(writers.write(0))
        except LoadFailed as error:
            ended.append(error)

    with throttled(glue.stage.url, glue.table, 100) as set_units:
        thread = threading.Thread(target=first)
        thread.start()
        glue.stage.until(lambda: len(glue.items()) > 50)
        set_units(1e9)
        second = writers.write(0)
        thread.join()
    assert "another process has taken the load over" in str(ended[0])
    assert second.written == 900
    assert len(glue.items()) == 900


def test_writer_gives_up_in_one_line_and_is_resumed_when_its_table_takes_nothing(glue: OnGlue) -> None:
    glue.count(90)
    writers = Writers(glue, limit_minutes=0)
    with throttled(glue.stage.url, glue.table, 0), pytest.raises(LoadFailed) as caught:
        writers.write_all()
    assert "limit_minutes" in str(caught.value)
    assert "\n" not in str(caught.value)
    writers.wanted = writers.wanted.model_copy(update={"limit_minutes": 10})
    assert writers.write_all().written == 90


def test_writers_end_and_keep_their_journals_when_one_cannot_go_on(
    glue: OnGlue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_KEPT_EVERY", 0.1)
    glue.count(900)
    writers, ended = Writers(glue, slots=3), list[str]()

    def first() -> None:
        with pytest.raises(LoadFailed) as caught:
            writers.write(0)
        ended.append(str(caught.value))

    with throttled(glue.stage.url, glue.table, 50) as set_units:
        thread = threading.Thread(target=first)
        thread.start()
        glue.stage.until(lambda: len(glue.items()) > 20)
        set_units(0)
        with pytest.raises(LoadFailed, match="limit_minutes") as caught:
            writers.write(1, limit_minutes=0)
        thread.join()
    with pytest.raises(LoadFailed, match="limit_minutes"):
        writers.write(2)  # whose worker came later
    assert ended == [str(caught.value)]
    assert writers.kept(0).state == "stopped"
    assert writers.kept(0).written <= len(glue.items()) < 900
    assert writers.write_all().written == 900


def test_writer_slows_down_by_its_part_when_the_capacity_is_lowered_meanwhile(
    glue: OnGlue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_KEPT_EVERY", 0.1)
    monkeypatch.setattr(writer, "_LOOKED_EVERY", 0.1)

    def provisioned(units: int) -> dict[str, Any]:
        return {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": units}}

    glue.table = glue.stage.table(
        glue.stage.named("lowered"), BillingMode="PROVISIONED", **provisioned(4_000)
    )
    glue.count(1_500)
    writers = Writers(glue, slots=2)
    half = writers.shares[0].of_rate

    def told() -> str:
        return writers.kept(0).throttled

    with throttled(glue.stage.url, glue.table, 400) as set_units:
        thread = threading.Thread(target=writers.write_all)
        thread.start()
        glue.stage.until(lambda: len(glue.items()) > 100)
        glue.stage.dynamodb.update_table(TableName=glue.table, **provisioned(124))
        set_units(30)
        glue.stage.until(lambda: f"of {124 * half:,.0f} units/s" in told())
        set_units(1e9)
        glue.stage.dynamodb.update_table(TableName=glue.table, **provisioned(10_000))
        thread.join()
    assert len(glue.items()) == 1_500


def test_shares_have_every_range_once_and_add_up_to_the_rate() -> None:
    sizes = (70, 10, 10, 90, 20, 100)
    files = [SourceFile(name=str(size), size=size, version="", open=lambda: open_none()) for size in sizes]
    parts = [FileRange(file=number) for number in range(len(sizes))]
    shares = divided(parts, files, 3)
    assert sorted(part.file for one in shares for part in one.ranges) == list(range(len(sizes)))
    assert [round(one.of_rate * 300) for one in shares] == [100, 100, 100]
    assert [part.file for part in shares[2].ranges] == sorted(part.file for part in shares[2].ranges)
    assert len(divided(parts[:2], files, 3)) == 2


def open_none() -> Any:
    raise AssertionError
