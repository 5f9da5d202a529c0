"""A load from S3 whose files a Glue job counts and converts, through the real engine."""

import json
import shutil
from importlib.util import find_spec

import pytest

from tests.e2e.stack import Stack

pytestmark = pytest.mark.skipif(
    not (find_spec("pyspark") and find_spec("pyarrow") and shutil.which("java")),
    reason="needs Java 17 and `uv sync --inexact --group spark`",
)
TRUST = {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
DATASET = """\
name: people
source: {FILES, header: true}
columns:
  - {name: id, type: STRING, length: 9, primary_key: true, nullable: false}
  - {name: age, type: INT1}
table: {partition_key: {name: id}}
"""


def job_of(stack: Stack) -> str:
    return f"reader-{stack.name}"


def write(stack: Stack, files: str) -> None:
    (stack.clone.folder / "people.yaml").write_text(DATASET.replace("FILES", files))


@pytest.fixture
def large(stack: Stack) -> Stack:
    """A stack whose load is of files that are not to be counted here, and a job that counts them."""
    theirs, job = f"glue-{stack.name}", job_of(stack)
    s3, iam = stack.clone.client("s3"), stack.clone.client("iam")
    s3.create_bucket(Bucket=theirs, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    rows = "".join(f"p{n},{'old' if n == 7 else n % 90}\n" for n in range(500))
    s3.put_object(Bucket=theirs, Key="data/a.csv", Body=f"id,age\n{rows}".encode())
    trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    role = iam.create_role(RoleName=job, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    iam.put_role_policy(RoleName=job, PolicyName="files", PolicyDocument=policy)
    made = stack.clone.literal(f"bulk glue-job make {job} --bucket {theirs} --role {role}")
    assert made.code == 0, made.output
    write(stack, f'location: "s3://{theirs}/data/"')
    return stack


def test_load_is_good_when_a_glue_job_counts_and_converts(large: Stack) -> None:
    load = {
        "dataset": "people.yaml",
        "method": "native",
        "count_up_to": 1,
        "glue_job": job_of(large),
        "tolerate": 1,
    }
    large.settle(load)
    up = large.up()
    assert up.code == 0, up.output
    assert (
        f"the Glue job {job_of(large)} counts and converts its files in S3"
        in large.run("pulumi preview").output
    )
    assert len(large.items("people")) == 499
    status = large.run("bulk status")
    assert (status.code, "500" in status.output) == (0, True)
    runs = large.clone.client("glue").get_job_runs(JobName=job_of(large))["JobRuns"]
    assert [run["JobRunState"] for run in runs] == ["SUCCEEDED", "SUCCEEDED"]

    assert large.up().code == 0
    assert len(large.clone.client("glue").get_job_runs(JobName=job_of(large))["JobRuns"]) == len(runs)


def test_preview_refuses_a_job_that_does_not_exist_and_local_files(large: Stack) -> None:
    large.settle({"dataset": "people.yaml", "method": "native", "glue_job": "none"})
    preview = large.run("pulumi preview")
    assert preview.code
    assert "Glue job none: does not exist" in preview.output
    write(large, 'files: ["people.csv"]')
    (large.clone.folder / "people.csv").write_text("id,age\np1,1\n")
    large.settle({"dataset": "people.yaml", "method": "native", "glue_job": job_of(large)})
    assert "are not in S3, where Glue reads" in large.run("pulumi preview").output
