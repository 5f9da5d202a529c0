"""The Glue job as `bulk glue-job` makes it, and the wheel of the program that it runs."""

import base64
import hashlib
import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bulk_testing.command import bulk
from bulk_testing.glue_job import TRUST, make_bucket, make_job, put_script
from dynamodb_bulk.glue.request import program_version
from dynamodb_bulk.glue.wheel import requirements, wheel
from local_aws.testing.stage import Stage

Made = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def make(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Made:
    """Run `bulk glue-job make` with a role that may read the job's code."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    make_bucket(stage)
    role = stage.role("made", ("s3:GetObject", f"arn:aws:s3:::{stage.bucket}/glue/*"), trust=TRUST)

    def run(*more: str, bucket: str = "") -> "subprocess.CompletedProcess[str]":
        where = ("--bucket", bucket or stage.bucket, "--role", role, "--region", stage.region)
        return bulk("glue-job", "make", stage.named("made"), *where, *more)

    return run


def job_of(stage: Stage) -> dict[str, Any]:
    return stage.client("glue").get_job(JobName=stage.named("made"))["Job"]


def test_job_is_made_and_brought_up_to_date(make: Made, stage: Stage) -> None:
    assert make().stdout == f"{stage.named('made')}: created\n"
    assert make("--workers", "30", "--flex").stdout == f"{stage.named('made')}: updated\n"
    job = job_of(stage)
    assert (job["GlueVersion"], job["WorkerType"], job["NumberOfWorkers"]) == ("5.1", "G.1X", 30)
    assert (job["ExecutionClass"], job["MaxRetries"]) == ("FLEX", 0)
    assert job["DefaultArguments"]["--bucket"] == stage.bucket


def test_job_has_the_code_and_the_packages_of_this_program(make: Made, stage: Stage) -> None:
    make()
    code, *packages = job_of(stage)["DefaultArguments"]["--additional-python-modules"].split(",")
    name, content = wheel()
    key = code.removeprefix(f"s3://{stage.bucket}/")
    assert key.endswith(f"/{name}")
    assert stage.s3.get_object(Bucket=stage.bucket, Key=key)["Body"].read() == content
    assert tuple(packages) == requirements()


def test_wheel_holds_the_program_in_its_version(tmp_path: Path) -> None:
    name, content = wheel()
    assert wheel() == (name, content)
    archive = zipfile.ZipFile(io.BytesIO(content))
    [record] = [each for each in archive.namelist() if each.endswith("RECORD")]
    for line in archive.read(record).decode().splitlines()[:-1]:
        path, digest, size = line.rsplit(",", 2)
        held = hashlib.sha256(archive.read(path)).digest()
        assert digest == f"sha256={base64.urlsafe_b64encode(held).decode().rstrip('=')}"
        assert int(size) == len(archive.read(path))
    archive.extractall(tmp_path)
    code = "import dynamodb_bulk.glue.job as job; print(job.__file__, job.program_version())"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split() == [str(tmp_path / "dynamodb_bulk/glue/job.py"), program_version()]


def test_packages_are_named_in_the_versions_that_are_here() -> None:
    assert all("==" in each for each in requirements())
    assert any(each.startswith("polars==") for each in requirements())


def test_job_of_another_bucket_or_program_is_left_alone(make: Made, stage: Stage) -> None:
    make()
    other = make("--workers", "30", bucket=f"{stage.bucket}-other")
    assert (other.returncode, job_of(stage)["NumberOfWorkers"]) == (2, 10)
    put_script(stage, "pass\n")
    theirs = make_job(stage, "theirs")
    deleted = bulk("glue-job", "delete", theirs, "--region", stage.region)
    assert deleted.returncode == 2
    assert stage.client("glue").get_job(JobName=theirs)["Job"]["Name"] == theirs


def test_flex_is_refused_for_workers_that_aws_has_not_for_it(make: Made) -> None:
    refused = make("--flex", "--worker-type", "R.1X")
    assert (refused.returncode, refused.stderr.startswith("error: --flex: ")) == (2, True)


def test_deleted_job_leaves_nothing(make: Made, stage: Stage) -> None:
    make()
    stage.s3.put_object(Bucket=stage.bucket, Key="other", Body=b"")
    deleted = bulk("glue-job", "delete", stage.named("made"), "--region", stage.region)
    assert deleted.stdout == f"{stage.named('made')}: deleted, 0 runs stopped\n"
    assert [each["Key"] for each in stage.s3.list_objects_v2(Bucket=stage.bucket)["Contents"]] == ["other"]


def test_stop_ends_the_runs(make: Made, stage: Stage) -> None:
    make()
    put_script(stage, "import time\ntime.sleep(600)\n")
    endless = make_job(stage, "endless", bucket=stage.bucket)
    glue = stage.client("glue")
    run = glue.start_job_run(JobName=endless)["JobRunId"]
    stopped = bulk("glue-job", "stop", endless, "--region", stage.region)
    assert stopped.stdout == f"{endless}: 1 run stopped\n"
    stage.until(lambda: glue.get_job_run(JobName=endless, RunId=run)["JobRun"]["JobRunState"] == "STOPPED")
