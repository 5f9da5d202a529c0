"""Runs of the job: begun once for a request, resumed, and judged by their ends. The scripts are short."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bulk_testing.glue_job import make_bucket, make_job, put_script
from bulk_testing.plant import small
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.glue.engine import job_named
from dynamodb_bulk.glue.job import ANSWER
from dynamodb_bulk.glue.place import GlueJob
from dynamodb_bulk.glue.request import Answer, DatasetTexts, Refusal, Request, program_version
from dynamodb_bulk.glue.run import answered, follow_runs, run_told, stop_runs
from dynamodb_bulk.loads.load import StagedFiles
from dynamodb_bulk.loads.native.load import NativeLoad
from dynamodb_bulk.loads.native.loader import NATIVE
from dynamodb_bulk.spec.errors import InputError, LoadFailed
from local_aws.testing.stage import Stage

ENDLESS = "import time\ntime.sleep(600)\n"


def answering(answer: Answer) -> str:
    """A script that writes an answer, and a line for each of its runs."""
    return f"""
import argparse, boto3
parser = argparse.ArgumentParser()
for name in ("bucket", "prefix", "region"):
    parser.add_argument("--" + name)
given, _ = parser.parse_known_args()
s3 = boto3.client("s3", region_name=given.region)
s3.put_object(Bucket=given.bucket, Key=given.prefix + {ANSWER!r}, Body={answer.model_dump_json()!r})
"""


class Arranged:
    """A job with a script, and what asks it."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage, self.aws, self.glue = stage, Aws(region=stage.region), stage.client("glue")
        make_bucket(stage)
        self.name = make_job(stage, bucket=stage.bucket)
        self.job = GlueJob(name=self.name, bucket=stage.bucket)
        self.dataset = small(folder, b"k1,1,a\n")
        dataset = open_dataset(self.dataset)
        self.request = Request(
            version=program_version(),
            action="check",
            region=stage.region,
            name="small",
            dataset=DatasetTexts.of(dataset),
            bucket=stage.bucket,
            files=(),
        )
        self.said: list[str] = []

    def script(self, text: str) -> None:
        put_script(self.stage, text)

    def answered(self) -> Answer:
        return answered(self.job, self.request, self.aws, self.said.append)

    @property
    def runs(self) -> list[Any]:
        return self.glue.get_job_runs(JobName=self.name)["JobRuns"]


@pytest.fixture
def arranged(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Arranged]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    made = Arranged(stage, tmp_path)
    yield made
    stop_runs(made.job, made.aws)


GOOD = Answer(version=program_version(), seconds=7)


def test_answer_is_that_of_one_run_however_often_it_is_asked_for(arranged: Arranged) -> None:
    arranged.script(answering(GOOD))
    assert [arranged.answered(), arranged.answered()] == [GOOD, GOOD]
    assert len(arranged.runs) == 1
    assert any("on Glue: " in line for line in arranged.said)


def test_run_under_way_is_resumed(arranged: Arranged, monkeypatch: pytest.MonkeyPatch) -> None:
    arranged.script(ENDLESS)
    monkeypatch.setattr("dynamodb_bulk.glue.run._follow", killed)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            arranged.answered()
    assert len(arranged.runs) == 1


def killed(*_: Any) -> None:
    raise KeyboardInterrupt


def test_run_begins_again_when_the_last_one_failed(arranged: Arranged) -> None:
    arranged.script("import sys\nsys.exit('no memory')\n")
    with pytest.raises(LoadFailed, match=r"FAILED: no memory.*log group /aws-glue/jobs/.*/error"):
        arranged.answered()
    arranged.script(answering(GOOD))
    assert arranged.answered() == GOOD


def test_refusal_is_raised_and_asked_for_again(arranged: Arranged) -> None:
    arranged.script(answering(Answer(version=program_version(), refusal=Refusal(where="a.csv", what="gone"))))
    with pytest.raises(InputError, match=r"a\.csv: gone"):
        arranged.answered()
    arranged.script(answering(GOOD))
    assert arranged.answered() == GOOD


def test_answer_of_another_version_is_not_taken(arranged: Arranged) -> None:
    arranged.script(answering(Answer(version="0.0.1")))
    with pytest.raises(LoadFailed, match="without an answer"):
        arranged.answered()


def test_run_waits_while_another_one_is_under_way(arranged: Arranged) -> None:
    arranged.script(ENDLESS)
    other = arranged.glue.start_job_run(JobName=arranged.name)["JobRunId"]

    def report(line: str) -> None:
        arranged.said.append(line)
        if "waiting for another one" in line:
            arranged.script(answering(GOOD))
            arranged.glue.batch_stop_job_run(JobName=arranged.name, JobRunIds=[other])

    assert answered(arranged.job, arranged.request, arranged.aws, report) == GOOD
    assert [run["JobRunState"] for run in arranged.runs] == ["SUCCEEDED", "STOPPED"]


def test_stopped_run_is_reported(arranged: Arranged) -> None:
    arranged.script(ENDLESS)

    def report(line: str) -> None:
        if "on Glue: " in line:
            stop_runs(arranged.job, arranged.aws)

    with pytest.raises(LoadFailed, match="STOPPED: it was stopped"):
        answered(arranged.job, arranged.request, arranged.aws, report)


def test_run_begins_again_when_the_role_cannot_be_assumed_yet(
    arranged: Arranged, monkeypatch: pytest.MonkeyPatch
) -> None:
    arranged.script(answering(GOOD))
    monkeypatch.setattr("dynamodb_bulk.glue.run._ROLE_PAUSES", (0, 0))
    role, iam = arranged.stage.named("job"), arranged.stage.iam
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    other = json.dumps(trust).replace("glue.", "dms.")
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=other)

    def report(line: str) -> None:
        if "trying again" in line:
            iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))

    assert answered(arranged.job, arranged.request, arranged.aws, report) == GOOD
    assert [run["JobRunState"] for run in arranged.runs] == ["SUCCEEDED", "FAILED"]


def test_runs_of_one_dataset_are_seen_and_stopped_alone(arranged: Arranged) -> None:
    arranged.script(ENDLESS)
    prefix = f"{arranged.job.prefix}check/small/0/"
    run = arranged.glue.start_job_run(JobName=arranged.name, Arguments={"--prefix": prefix})["JobRunId"]
    seen = [run_told(arranged.job, name, arranged.aws) for name in ("small", "all")]
    assert (run in seen[0], seen[1]) == (True, "")
    assert stop_runs(arranged.job, arranged.aws, "all") == 0
    assert stop_runs(arranged.job, arranged.aws, "small") == 1
    follow_runs(arranged.job, "small", arranged.aws, arranged.said.append)
    assert [one["JobRunState"] for one in arranged.runs] == ["STOPPED"]


def test_load_shows_follows_and_stops_its_run(arranged: Arranged) -> None:
    arranged.script(ENDLESS)
    bucket = arranged.stage.bucket
    load = NativeLoad(
        name="small",
        dataset=arranged.dataset,
        table="small",
        records_bucket=bucket,
        files=StagedFiles(bucket=bucket, prefix="converted/small/", converted=True),
        glue_job=arranged.name,
    )
    prefix = f"{arranged.job.prefix}convert/small/0/"
    arranged.glue.start_job_run(JobName=arranged.name, Arguments={"--prefix": prefix})
    assert NATIVE.status(load, arranged.aws).verdict.startswith("on Glue: ")

    def report(line: str) -> None:
        arranged.said.append(NATIVE.stop(load, arranged.aws, print))

    with pytest.raises(LoadFailed, match="not started"):  # once Glue is over
        NATIVE.resume(load, arranged.aws, report)
    assert arranged.said[0] == "its run on Glue is stopped; nothing was loaded"
    assert NATIVE.status(load, arranged.aws).verdict == "not started"
    assert NATIVE.stop(load, arranged.aws, print) == "nothing is running"


def test_job_says_where_its_requests_go(arranged: Arranged) -> None:
    assert job_named(arranged.name, arranged.aws) == arranged.job


@pytest.mark.parametrize("name", ["none", "another"])
def test_job_of_no_use_is_refused(name: str, arranged: Arranged) -> None:
    make_job(arranged.stage, "another")
    with pytest.raises(InputError) as caught:
        job_named(arranged.stage.named(name), arranged.aws)
    assert caught.value.where == f"Glue job {arranged.stage.named(name)}"
