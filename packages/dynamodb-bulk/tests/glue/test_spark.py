"""The script of the job on PySpark, with files in S3: it finds and writes what one machine does."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from importlib import invalidate_caches
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from bulk_testing.command import bulk
from bulk_testing.glue_job import make_bucket, make_job, put_script
from bulk_testing.plant import SMALL
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.conversion.convert import convert
from dynamodb_bulk.conversion.options import Options
from dynamodb_bulk.conversion.output import DATA, REJECTS, rejects_key
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.glue.definition import SCRIPT
from dynamodb_bulk.glue.job import ANSWER, REQUEST
from dynamodb_bulk.glue.request import (
    Action,
    Answer,
    DatasetTexts,
    Request,
    files_in_s3,
    program_version,
)
from dynamodb_bulk.glue.work import Work
from dynamodb_bulk.sources.locating import source_files
from local_aws.glue.runs import spark_environment
from local_aws.testing.fault_proxy import fault_proxy
from local_aws.testing.stage import Stage

pytestmark = pytest.mark.skipif(
    not (find_spec("pyspark") and find_spec("pyarrow") and shutil.which("java")),
    reason="needs Java 17 and `uv sync --inexact --group spark`",
)
OPTIONS = Options(shuffle=True)
HEADER = b"id,pieces,note\n"
PREFIX, OUTPUT = "runs/1/", "converted/"
# What a Python of Spark runs first: the first worker that has written an object is killed, in its task.
KILLS = """
import os, signal, sys

if "pyspark.daemon" in sys.orig_argv:
    from dynamodb_bulk.glue import tasks

    upload = tasks._upload

    def upload_and_die(*arguments):
        upload(*arguments)
        try:
            os.close(os.open("{killed}", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return
        os.kill(os.getpid(), signal.SIGKILL)

    tasks._upload = upload_and_die
"""


def rows(first: int, count: int) -> bytes:
    """Rows some of which are rejected, and some of which have the key of an earlier one."""
    lines = (
        b"k%d,%s,note %d\n" % (n if n % 997 else 7, b"many" if n % 501 == 7 else b"%d" % (n % 9), n)
        for n in range(first, first + count)
    )
    return HEADER + b"".join(lines)


class Arranged:
    """A dataset in S3, and what asks the job to work on it."""

    def __init__(self, stage: Stage, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
        self.aws, self.stage, self.folder = Aws(region=stage.region), stage, folder
        make_bucket(stage)
        self.put(
            **{"a.csv": rows(0, 6000), "b.csv": HEADER, "c.csv": rows(9000, 700).replace(b"9500", b'"\n"')}
        )

    def put(self, **files: bytes) -> None:
        for name, content in files.items():
            self.stage.s3.put_object(Bucket=self.stage.bucket, Key=f"data/{name}", Body=content)

    def job(self) -> str:
        put_script(self.stage, SCRIPT)
        return make_job(self.stage, bucket=self.stage.bucket)

    def dataset(self, **changes: Any) -> Dataset:
        source = {"location": f"s3://{self.stage.bucket}/data/", "header": True, **changes}
        path = self.folder / "dataset.yaml"
        path.write_text(yaml.safe_dump({**SMALL, "source": source}))
        return open_dataset(path)

    def work(self, dataset: Dataset) -> Work:
        return Work(dataset=dataset, files=source_files(dataset, self.aws))

    def arguments(self, action: Action, work: Work, *, prefix: str = PREFIX, version: str = "") -> list[str]:
        """Write a request; the words that the script gets."""
        bucket = self.stage.bucket
        request = Request(
            version=program_version(),
            action=action,
            region=self.stage.region,
            name="small",
            dataset=DatasetTexts.of(work.dataset),
            bucket=bucket,
            files=files_in_s3(bucket, tuple(work.files)),
            range_bytes=20_000,
            options=OPTIONS,
            output=(bucket, OUTPUT),
        )
        self.stage.s3.put_object(Bucket=bucket, Key=prefix + REQUEST, Body=request.model_dump_json().encode())
        named = {
            "--JOB_NAME": "job",
            "--bucket": bucket,
            "--prefix": prefix,
            "--region": self.stage.region,
            "--version": version or program_version(),
        }
        return [word for pair in named.items() for word in pair]

    def ask(self, *arguments: str, script: str = SCRIPT) -> "subprocess.CompletedProcess[str]":
        """Run the script."""
        path = self.folder / "script.py"
        path.write_text(script)
        environment = {**os.environ, **spark_environment()}
        command = [sys.executable, str(path), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    def answer(self, prefix: str = PREFIX) -> Answer:
        return Answer.model_validate_json(self.content(prefix + ANSWER))

    def content(self, key: str) -> bytes:
        return self.stage.s3.get_object(Bucket=self.stage.bucket, Key=key)["Body"].read()


@pytest.fixture
def arranged(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Arranged:
    return Arranged(stage, tmp_path, monkeypatch)


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What one start of Spark answered to a count, and to a conversion of a file that had changed."""

    bucket: str
    count: Answer
    calls: list[str]
    changed: Answer


@pytest.fixture(scope="module")
def answered(server: str, tmp_path_factory: pytest.TempPathFactory) -> Answered:
    single = HEADER + b"".join(b"single%d,1,\n" % n for n in range(300))
    with pytest.MonkeyPatch.context() as patch, fault_proxy(server) as proxy:
        arranged = Arranged(Stage(server), tmp_path_factory.mktemp("answered"), patch)
        bucket = arranged.stage.bucket
        arranged.put(**{"a.csv": rows(0, 1000), "c.csv": single, "d.csv": HEADER + b"k7,2,again\n"})
        count = arranged.arguments("count", arranged.work(arranged.dataset()))
        arranged.put(**{"changed/e.csv": rows(0, 60)})
        listed = arranged.work(arranged.dataset(location=f"s3://{bucket}/data/changed/"))
        convert = arranged.arguments("convert", listed, prefix="runs/2/")
        arranged.put(**{"changed/e.csv": rows(1, 60)})
        patch.setenv("AWS_ENDPOINT_URL", proxy.url)
        both = f"from dynamodb_bulk.glue.job import main\n\nmain({count})\nmain({convert})\n"
        done = arranged.ask(script=both)
        assert not done.returncode, done.stderr
        return Answered(
            bucket=bucket, count=arranged.answer(), calls=proxy.calls, changed=arranged.answer("runs/2/")
        )


def test_only_ranges_with_a_doubled_key_are_read_again(answered: Answered) -> None:
    count = answered.count.count
    assert count
    assert count.duplicates == 2  # of k7, which row 997 of a.csv has as well
    once, twice, also = (
        sum(call.startswith(f"GET /{answered.bucket}/data/{name}.csv") for call in answered.calls)
        for name in "cad"
    )
    assert once > 0
    assert (twice, also) == (2 * once, 2 * once)


def test_file_that_changed_is_an_answer_and_no_traceback(answered: Answered) -> None:
    refusal = answered.changed.refusal
    assert refusal is not None
    assert refusal.where == f"s3://{answered.bucket}/data/changed/e.csv"
    assert "changed" in refusal.what


def test_conversion_writes_the_same_when_a_worker_is_killed(
    arranged: Arranged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = arranged.work(arranged.dataset())
    (tmp_path / "sitecustomize.py").write_text(KILLS.format(killed=tmp_path / "killed"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    done = arranged.ask(*arranged.arguments("convert", work))
    assert not done.returncode, done.stderr
    assert (tmp_path / "killed").exists()
    assert "Lost task" in done.stderr  # and Spark repeated it
    manifest = arranged.answer().manifest
    assert manifest is not None
    here = convert(work.dataset, tuple(work.files), tmp_path / "here", OPTIONS)
    assert (manifest.rows, manifest.items, manifest.rejected) == (here.rows, here.items, here.rejected)
    assert manifest.parts == here.parts
    for part in manifest.parts:
        assert (
            arranged.content(OUTPUT + part["file"]) == (tmp_path / "here" / DATA / part["file"]).read_bytes()
        )
    assert arranged.content(rejects_key(OUTPUT)) == (tmp_path / "here" / REJECTS).read_bytes()


def test_script_refuses_another_version_in_one_line(arranged: Arranged) -> None:
    work = arranged.work(arranged.dataset())
    done = arranged.ask(*arranged.arguments("check", work, version="0.0.1"))
    assert done.returncode == 1
    assert done.stderr.startswith("version mismatch: started by 0.0.1")
    assert len(done.stderr.splitlines()) == 1


def test_commands_print_the_same_by_a_glue_job(arranged: Arranged, tmp_path: Path) -> None:
    arranged.dataset()
    job, bucket = arranged.job(), arranged.stage.bucket
    check = ("check", str(tmp_path / "dataset.yaml"), "--json", "--region", arranged.stage.region)
    here, there = bulk(*check), bulk(*check, "--glue-job", job)
    assert (there.returncode, comparable(there.stdout)) == (here.returncode, comparable(here.stdout))
    [found] = json.loads(there.stdout)["datasets"]
    assert {one["kind"] for one in found["findings"]} >= {"unparsable", "duplicate-key"}
    count = ("count", str(tmp_path / "dataset.yaml"), "--region", arranged.stage.region, "--rejects")
    here = bulk(*count, str(tmp_path / "here.jsonl"))
    there = bulk(*count, str(tmp_path / "there.jsonl"), "--glue-job", job)
    assert (there.returncode, there.stdout.replace("there.", "here.")) == (1, here.stdout)
    assert (tmp_path / "there.jsonl").read_bytes() == (tmp_path / "here.jsonl").read_bytes()
    convert = ("convert", *check[1:], "--shuffle", "--part-size", "1GB")
    here = bulk(*convert, "--out", str(tmp_path / "out"))
    there = bulk(*convert, "--out", f"s3://{bucket}/out", "--glue-job", job)
    [one], [other] = json.loads(here.stdout), json.loads(there.stdout)
    assert (there.returncode, other["rows"], other["rejected"]) == (1, one["rows"], one["rejected"])
    assert arranged.content(rejects_key("out/small/")) == (tmp_path / "out" / "small" / REJECTS).read_bytes()
    assert other["fingerprint"] == one["fingerprint"]


def test_archive_is_not_read_again_for_each_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dynamodb_bulk.glue.tasks import keep_archives

    def write(*names: str) -> None:
        with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
            for name in names:
                archive.writestr(f"{name}.py", "")

    write("archived")
    monkeypatch.syspath_prepend(tmp_path / "archive.zip")
    assert find_spec("archived")
    keep_archives()
    write("archived", "added")
    invalidate_caches()  # as Spark does before each task
    assert not find_spec("added")


def comparable(text: str) -> Any:
    found = json.loads(text)
    for dataset in found["datasets"]:
        dataset["seconds"] = 0
    return found
