"""Loads from S3 whose files the stack's Glue job counts, converts and writes, through the real engine."""

import shutil
from importlib.util import find_spec

import pytest

from tests.e2e.stack import DESTROY, Stack

pytestmark = pytest.mark.skipif(
    not (find_spec("pyspark") and find_spec("pyarrow") and shutil.which("java")),
    reason="needs Java 17 and `uv sync --inexact --group spark`",
)
DATASET = """\
name: people
source: {FILES, header: true}
columns:
  - {name: id, type: STRING, length: 9, primary_key: true, nullable: false}
  - {name: age, type: INT1}
table: {partition_key: {name: id}}
"""


WORKERS = {"workers": 4, "worker_type": "G.2X", "flex": True}


@pytest.fixture
def large(stack: Stack) -> Stack:
    """A stack whose load is of files that are not to be counted here."""
    theirs = f"glue-{stack.name}"
    s3 = stack.clone.client("s3")
    s3.create_bucket(Bucket=theirs, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    rows = "".join(f"p{n},{'old' if n == 7 else n % 90}\n" for n in range(500))
    s3.put_object(Bucket=theirs, Key="data/a.csv", Body=f"id,age\n{rows}".encode())
    source = f'location: "s3://{theirs}/data/"'
    text = DATASET.replace("FILES", source)
    (stack.clone.folder / "people.yaml").write_text(text)
    (stack.clone.folder / "put.yaml").write_text(text.replace("name: people", "name: put"))
    return stack


def test_load_is_good_when_the_stack_s_glue_job_counts_and_converts(large: Stack) -> None:
    glue, logs = large.clone.client("glue"), large.clone.client("logs")
    load = {"dataset": "people.yaml", "method": "native", "count_up_to": 1, "engine": "auto", "tolerate": 1}
    put = {"dataset": "put.yaml", "method": "writes", "engine": "glue", "tolerate": 1}
    large.settle(load, put, glue=WORKERS)
    preview = large.run("pulumi preview").output
    assert "people: engine glue, since its files have" in preview
    assert "people: the stack's Glue job counts and converts its files in S3" in preview
    up = large.up()
    assert up.code == 0, up.output
    assert "put: the stack's Glue job counts and writes its files in S3" in preview
    assert len(large.items("people")) == len(large.items("put")) == 499
    status = large.run("bulk status")
    assert (status.code, "500" in status.output) == (0, True)

    [name] = [name for name in glue.list_jobs()["JobNames"] if large.name in name]
    job = glue.get_job(JobName=name)["Job"]
    assert (job["NumberOfWorkers"], job["WorkerType"], job["ExecutionClass"]) == (4, "G.2X", "FLEX")
    runs = glue.get_job_runs(JobName=name)["JobRuns"]
    assert [run["JobRunState"] for run in runs] == 4 * ["SUCCEEDED"]
    checked = large.run("bulk check people.yaml --engine glue")
    assert (checked.code, "499" in checked.output) == (1, True)
    again = large.up()
    assert again.code == 0, again.output
    assert len(glue.get_job_runs(JobName=name)["JobRuns"]) == len(runs)  # which have answered that

    large.well(DESTROY)
    assert name not in glue.list_jobs()["JobNames"]
    assert logs.describe_log_groups(logGroupNamePrefix=f"/aws-glue/jobs/{name}")["logGroups"] == []
