"""Glue jobs of local AWS: what is refused, how runs end, what they are told."""

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dynamodb_bulk.glue.dependencies import dependencies
from dynamodb_bulk.glue.wheel import wheel
from local_aws.testing.fixtures import running
from local_aws.testing.held import held
from local_aws.testing.stage import Stage
from local_aws.testing.wheels import LINUX, MAC, glue_zip, small_wheel

TRUST = {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
ENDLESS = "import time\ntime.sleep(600)\n"
Fields = dict[str, Any]
MODULES, NO_INDEX = "--additional-python-modules", {"--python-modules-installer-option": "--no-index"}


class Job:
    """A job with a script of its own."""

    def __init__(self, stage: Stage, script: str, **changes: Any) -> None:
        self.stage, self.glue = stage, stage.client("glue")
        self.name = stage.named("job")
        with_bucket(stage)
        stage.s3.put_object(Bucket=stage.bucket, Key="script.py", Body=script.encode())
        reads = [("s3:GetObject", f"arn:aws:s3:::{stage.bucket}/{key}") for key in ("script.py", "modules/*")]
        self.glue.create_job(**self.fields(stage.role("glue", *reads, trust=TRUST), changes))

    def fields(self, role: str, changes: Fields) -> Fields:
        return {
            "Name": self.name,
            "Role": role,
            "Command": {"Name": "glueetl", "ScriptLocation": f"s3://{self.stage.bucket}/script.py"},
            "GlueVersion": "5.1",
            "WorkerType": "G.1X",
            "NumberOfWorkers": 2,
            **changes,
        }

    def start(self, **given: Any) -> str:
        return self.glue.start_job_run(JobName=self.name, **given)["JobRunId"]

    def run(self, run: str) -> Fields:
        return self.glue.get_job_run(JobName=self.name, RunId=run)["JobRun"]

    def ended(self, run: str) -> Fields:
        self.stage.until(lambda: "CompletedOn" in self.run(run))
        return self.run(run)


def with_bucket(stage: Stage) -> None:
    where: Any = {"LocationConstraint": stage.region}
    stage.s3.create_bucket(Bucket=stage.bucket, CreateBucketConfiguration=where)


def code(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value.response.get("Error", {}).get("Code", "")


def forward(url: str, seconds: int) -> None:
    body = json.dumps({"forward_seconds": seconds}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{url}/_bulk/clock", body)).close()


def test_run_gets_the_arguments_of_job_and_run(stage: Stage) -> None:
    script = "import sys\nsys.exit(' '.join(sys.argv[1:]))\n"
    job = Job(stage, script, DefaultArguments={"--a": "1", "--b": "1"}, NonOverridableArguments={"--c": "1"})
    ended = job.ended(job.start(Arguments={"--b": "2", "--c": "2"}))
    assert ended["JobRunState"] == "FAILED"
    assert ended["ErrorMessage"].startswith(f"--JOB_NAME {job.name} --a 1 --b 2 --c 1")


def test_run_succeeds_when_its_script_ends_well(stage: Stage) -> None:
    job = Job(stage, "pass\n")
    run = job.start()
    assert job.ended(run)["JobRunState"] == "SUCCEEDED"
    assert [each["Id"] for each in job.glue.get_job_runs(JobName=job.name)["JobRuns"]] == [run]


def test_run_is_stopped_once(stage: Stage) -> None:
    job = Job(stage, ENDLESS)
    run = job.start()
    answer = job.glue.batch_stop_job_run(JobName=job.name, JobRunIds=[run])
    assert answer["SuccessfulSubmissions"] == [{"JobName": job.name, "JobRunId": run}]
    assert job.ended(run)["JobRunState"] == "STOPPED"
    again = job.glue.batch_stop_job_run(JobName=job.name, JobRunIds=[run])
    assert [each["JobRunId"] for each in again["Errors"]] == [run]


def test_run_times_out(server_of_module: str) -> None:
    job = Job(Stage(server_of_module), ENDLESS, Timeout=10)
    run = job.start()
    forward(server_of_module, 700)
    assert job.ended(run)["JobRunState"] == "TIMEOUT"


def test_run_is_refused_when_as_many_are_under_way_as_the_job_allows(stage: Stage) -> None:
    job = Job(stage, ENDLESS, ExecutionProperty={"MaxConcurrentRuns": 1})
    run = job.start()
    assert code(job.start) == "ConcurrentRunsExceededException"
    job.glue.batch_stop_job_run(JobName=job.name, JobRunIds=[run])
    job.ended(run)
    job.glue.batch_stop_job_run(JobName=job.name, JobRunIds=[job.start()])


@pytest.mark.parametrize("of", ["job", "run"])
def test_run_waits_for_its_turn_when_queuing_is_enabled(stage: Stage, of: str) -> None:
    queuing = {"JobRunQueuingEnabled": True}
    job = Job(stage, ENDLESS, **(queuing if of == "job" else {}))
    first = job.start()
    second = job.start(**(queuing if of == "run" else {}))
    stage.until(lambda: job.run(second)["JobRunState"] == "WAITING")
    assert job.run(second)["StateDetail"] == "Max concurrent job runs per job exceeded"
    assert job.run(second)["ExecutionTime"] == 0
    job.glue.batch_stop_job_run(JobName=job.name, JobRunIds=[first])
    stage.until(lambda: job.run(second)["JobRunState"] == "RUNNING")
    job.glue.batch_stop_job_run(JobName=job.name, JobRunIds=[second])
    assert job.ended(second)["JobRunState"] == "STOPPED"


def test_run_with_flex_waits_for_capacity_and_fails_after_20_minutes(server_of_module: str) -> None:
    stage = Stage(server_of_module)
    job = Job(stage, "pass\n", ExecutionClass="FLEX")
    with held(stage.url) as hold:
        run = job.start()
        stage.until(lambda: hold(most=1_000) > 0)
        assert job.run(run)["JobRunState"] == "WAITING"
        forward(stage.url, 1_300)
        ended = job.ended(run)
    assert (ended["JobRunState"], "Resource unavailable" in ended["ErrorMessage"]) == ("FAILED", True)
    assert job.ended(job.start())["JobRunState"] == "SUCCEEDED"


def test_run_fails_when_its_role_cannot_be_assumed(stage: Stage) -> None:
    job = Job(stage, "pass\n")
    stage.iam.delete_role_policy(RoleName=stage.named("glue"), PolicyName="it")
    stage.iam.delete_role(RoleName=stage.named("glue"))
    ended = job.ended(job.start())
    assert (ended["JobRunState"], "assume" in ended["ErrorMessage"]) == ("FAILED", True)


@pytest.mark.parametrize(
    ("client", "call"),
    [
        ("s3", "put_object(Bucket='{bucket}', Key='script.py', Body=b'')"),
        ("dynamodb", "batch_write_item(RequestItems={{'t': [{{'DeleteRequest': {{'Key': {{}}}}}}]}})"),
        ("cloudwatch", "list_metrics()"),
    ],
)
def test_script_is_denied_what_its_role_does_not_allow(client: str, call: str, stage: Stage) -> None:
    text = call.format(bucket=stage.bucket)
    job = Job(stage, f"import boto3\nboto3.client('{client}', region_name='eu-west-1').{text}\n")
    ended = job.ended(job.start())
    assert ended["JobRunState"] == "FAILED"
    assert "AccessDenied" in ended["ErrorMessage"]


@pytest.mark.parametrize(
    ("modules", "why"),
    [
        ("s3://{bucket}/modules/none.whl", "s3://{bucket}/modules/none.whl does not exist"),
        ("s3://{bucket}/other.whl", "not authorized to perform: s3:GetObject"),
        ("s3://{bucket}/modules/mac.gluewheels.zip", f"native-1.5-{MAC}.whl is not a supported wheel"),
        ("s3://{bucket}/modules/old.gluewheels.zip", "the requirement native==1.5 (from versions: 1.4)"),
        ("s3://{bucket}/modules/part.gluewheels.zip", "the requirement native>=1.5 (from versions: none)"),
        ("s3://{bucket}/modules/half.gluewheels.zip", "half.gluewheels.zip is not a zip file."),
        ("native==1.5", "the requirement native==1.5 (from versions: none)"),
        ("boto3==1.5", "the requirement boto3==1.5 (from versions: none)"),
    ],
)
def test_run_fails_when_pip_would_not_install_its_modules(modules: str, why: str, stage: Stage) -> None:
    job = Job(stage, "pass\n", DefaultArguments={**NO_INDEX, MODULES: modules.format(bucket=stage.bucket)})
    for name, content in {
        "mac": glue_zip([small_wheel("native", "1.5", tags=MAC)], "native==1.5"),
        "old": glue_zip([small_wheel("native", "1.4", tags=LINUX)], "native==1.5"),
        "part": glue_zip([small_wheel("shop", "1.0", "native>=1.5")], "shop==1.0"),
        "half": b"half",
    }.items():
        stage.s3.put_object(Bucket=stage.bucket, Key=f"modules/{name}.gluewheels.zip", Body=content)
    ended = job.ended(job.start())
    assert ended["JobRunState"] == "FAILED"
    assert "modules could not be installed" in ended["ErrorMessage"]
    assert why.format(bucket=stage.bucket) in ended["ErrorMessage"]


def test_run_has_modules_from_its_objects_and_of_glue(stage: Stage) -> None:
    objects = f"s3://{stage.bucket}/modules/all.gluewheels.zip,s3://{stage.bucket}/modules/shop-1.0-py3-none-any.whl"
    job = Job(stage, "pass\n", DefaultArguments={**NO_INDEX, MODULES: f"{objects},pandas>=2"})
    body = glue_zip(
        [small_wheel("native", "1.5", 'none; sys_platform == "win32"', tags=LINUX)], "native==1.5"
    )
    stage.s3.put_object(Bucket=stage.bucket, Key="modules/all.gluewheels.zip", Body=body)
    name, content = small_wheel("shop", "1.0", "native>=1.5", "numpy<3,>=1.23")
    stage.s3.put_object(Bucket=stage.bucket, Key=f"modules/{name}", Body=content)
    assert job.ended(job.start())["JobRunState"] == "SUCCEEDED"


def test_run_may_have_modules_from_an_index_unless_it_says_no_index(stage: Stage) -> None:
    job = Job(stage, "pass\n", DefaultArguments={MODULES: "native==1.5"})
    assert job.ended(job.start())["JobRunState"] == "SUCCEEDED"


def test_run_has_the_modules_of_this_program(stage: Stage) -> None:
    (name, content), (packages, _) = wheel(), dependencies()
    modules = f"s3://{stage.bucket}/modules/{packages.name},s3://{stage.bucket}/modules/{name}"
    job = Job(stage, "pass\n", DefaultArguments={**NO_INDEX, MODULES: modules})
    for key, body in ((packages.name, packages.read_bytes()), (name, content)):
        stage.s3.put_object(Bucket=stage.bucket, Key=f"modules/{key}", Body=body)
    assert job.ended(job.start())["JobRunState"] == "SUCCEEDED"


def test_run_says_in_one_line_what_it_lacks_when_there_is_no_java(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for command in (each for each in Path("/usr/bin").iterdir() if not each.name.startswith("java")):
        Path(tmp_path, command.name).symlink_to(command)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with running("fast") as url:
        job = Job(Stage(url), "from pyspark.sql import SparkSession\nSparkSession.builder.getOrCreate()\n")
        ended = job.ended(job.start())
    assert ended["JobRunState"] == "FAILED"
    assert "local AWS runs Glue jobs with Java 17 and `uv sync" in ended["ErrorMessage"]
    assert "\n" not in ended["ErrorMessage"]


def test_update_unsets_what_it_does_not_name(stage: Stage) -> None:
    job = Job(stage, "pass\n", DefaultArguments={"--a": "1"}, Timeout=20)
    update = job.fields(f"arn:aws:iam::123456789012:role/{stage.named('glue')}", {"NumberOfWorkers": 3})
    del update["Name"]
    job.glue.update_job(JobName=job.name, JobUpdate=update)
    found = job.glue.get_job(JobName=job.name)["Job"]
    assert found["NumberOfWorkers"] == 3
    assert not found.get("DefaultArguments")
    assert "Timeout" not in found


@pytest.mark.parametrize(
    "changes",
    [
        {"GlueVersion": "9.9"},
        {"WorkerType": "G.3X"},
        {"NumberOfWorkers": 1},
        {"ExecutionClass": "FLEX", "WorkerType": "G.4X"},
        {"MaxCapacity": 2.0},
        {"DefaultArguments": {"--job-bookmark-option": "job-bookmark-enable"}},
    ],
)
def test_job_is_refused_when_aws_takes_no_such_job(changes: Fields, stage: Stage) -> None:
    assert code(lambda: Job(stage, "pass\n", **changes)) == "InvalidInputException"
