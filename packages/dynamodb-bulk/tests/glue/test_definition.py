"""What the Glue job is made of, as files and arguments, and what stops it."""

import base64
import hashlib
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bulk_testing.command import bulk
from bulk_testing.glue_job import make_bucket, make_job, put_script
from dynamodb_bulk.glue.definition import SCRIPT, job_arguments, job_code
from dynamodb_bulk.glue.dependencies import dependencies
from dynamodb_bulk.glue.place import GlueJob
from dynamodb_bulk.glue.request import program_version
from dynamodb_bulk.glue.wheel import wheel
from local_aws.testing.stage import Stage

JOB = GlueJob(name="shop-test-glue", bucket="files")
PLACE = "glue/shop-test-glue/code"


def test_code_is_on_this_machine_under_keys_that_change_with_it() -> None:
    code, (name, content) = job_code(JOB), wheel()
    (script, script_key), (path, key) = code.files["script"], code.files["wheel"]
    assert (script.read_text(), path.read_bytes()) == (SCRIPT, content)
    assert path.parent.name in key
    assert (key, script_key) == (
        f"{PLACE}/{path.parent.name}/{name}",
        f"{PLACE}/{path.parent.name}/script.py",
    )
    path.write_bytes(b"half")
    assert job_code(JOB).files["wheel"][0].read_bytes() == content


def test_runs_install_the_code_and_what_it_needs_from_the_bucket_alone() -> None:
    code = job_code(JOB)
    arguments = job_arguments(JOB, code)
    packages, digest = dependencies()
    assert arguments["--python-modules-installer-option"] == "--no-index"
    assert arguments["--additional-python-modules"].split(",") == [
        f"s3://files/{PLACE}/{digest}/{packages.name}",
        f"s3://files/{code.files['wheel'][1]}",
    ]
    assert arguments["--bucket"] == "files"


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


def test_stop_ends_the_runs(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    make_bucket(stage)
    put_script(stage, "import time\ntime.sleep(600)\n")
    endless = make_job(stage, "endless", bucket=stage.bucket)
    glue = stage.client("glue")
    run = glue.start_job_run(JobName=endless)["JobRunId"]
    stopped = bulk("glue-job", "stop", endless, "--region", stage.region)
    assert stopped.stdout == f"{endless}: 1 run stopped\n"
    stage.until(lambda: glue.get_job_run(JobName=endless, RunId=run)["JobRun"]["JobRunState"] == "STOPPED")
