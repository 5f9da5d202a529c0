"""The stack that docs/scale.md leads to, whose Glue job counts, converts and writes files in S3."""

import json
import re
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from bulk_testing.iam_actions import actions_of
from local_aws.call_log import FOLDER, recorded_calls
from local_aws.dataplane.policies import Statement, allows, statements
from tests.e2e.clone import ROOT
from tests.e2e.conftest import new_stack, running_clone
from tests.e2e.stack import DESTROY, Stack

pytestmark = pytest.mark.skipif(
    not (find_spec("pyspark") and find_spec("pyarrow") and shutil.which("java")),
    reason="needs Java 17 and `uv sync --inexact --group spark`",
)
PAGE = (ROOT / "docs/scale.md").read_text()
COMMANDS = re.findall(r"^\$ (.+)$", PAGE, re.MULTILINE)
PUT = """\
name: put
source: {location: "s3://my-data/events/", header: true}
columns:
  - {name: id, type: STRING, length: 9, primary_key: true, nullable: false}
  - {name: age, type: INT1}
table: {partition_key: {name: id}}
"""


# What runs call when DynamoDB refuses an item of a batch or an upload of several parts fails, and what Glue
# itself does for a run: it gets the code, logs and reports metrics.
IN_TROUBLE = {"dynamodb:PutItem", "s3:AbortMultipartUpload"}
OF_GLUE = {*(f"logs:{one}" for one in ("CreateLogGroup", "CreateLogStream", "PutLogEvents"))} | {
    "cloudwatch:PutMetricData"
}


@pytest.fixture
def large(tmp_path: Path) -> Iterator[Stack]:
    """A stack beside files that are not to be counted here, as the page has them; its calls are recorded."""
    clones = running_clone(tmp_path, **{FOLDER: str(tmp_path / "calls")})
    stack = new_stack(next(clones))
    s3 = stack.clone.client("s3")
    s3.create_bucket(Bucket="my-data", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    rows = "".join(f"p{n},{n % 90}\n" for n in range(500))
    s3.put_object(Bucket="my-data", Key="events/part-0001.csv", Body=f"id,age\n{rows}".encode())
    (stack.clone.folder / "put.yaml").write_text(PUT)
    yield stack
    next(clones, None)


def listed(one_or_more: Any) -> list[str]:
    return [one_or_more] if isinstance(one_or_more, str) else one_or_more


def unused(stack: Stack, role: str, calls: Path) -> set[tuple[str, str]]:
    """What the role of the job grants, an action on a resource, that its runs did not call."""
    iam = stack.clone.client("iam")
    documents = [
        iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]
    ]
    called = [one for one in recorded_calls(calls) if one["key"].startswith("ASIA")]
    assert called
    left: set[tuple[str, str]] = set()
    for rule in (rule for document in documents for rule in statements([json.dumps(document)])):
        for action, resource in product(listed(rule["Action"]), listed(rule["Resource"])):
            granted: list[Statement] = [{**rule, "Action": [action], "Resource": [resource]}]
            if action not in IN_TROUBLE | OF_GLUE and not any(
                allows(granted, needed, one["resource"] or "*", {})
                for one in called
                for needed in actions_of(one["service"], one["operation"])
            ):
                left.add((action, resource))
    return left


def test_page_leads_from_files_in_s3_to_a_judged_load_by_the_stack_s_glue_job(
    large: Stack, tmp_path: Path
) -> None:
    folder = large.clone.folder
    glue, logs = large.clone.client("glue"), large.clone.client("logs")
    copy, init, check, estimate, preview, up, status, count = COMMANDS
    assert copy == "aws s3 cp s3://my-data/events/part-0001.csv events.csv"
    large.clone.client("s3").download_file("my-data", "events/part-0001.csv", str(folder / "events.csv"))
    described = [large.clone.literal(command) for command in (init, check, estimate)]
    assert [(run.code, "500" in run.output) for run in described] == 3 * [(0, True)]
    assert "USD" in described[-1].output
    dataset, [location] = folder / "events.yaml", re.findall(r"`source\.(location: \S+)`", PAGE)
    dataset.write_text(dataset.read_text().replace("files: [events.csv]", location))
    [settings] = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    settings = yaml.safe_load(settings)
    put = {"dataset": "put.yaml", "method": "writes", "engine": "glue"}
    workers = settings["bulk:glue"] | {"worker_type": "G.2X", "flex": True}
    large.settle(*settings["bulk:loads"], put, glue=workers)
    previewed = large.well(preview).output
    assert "events: the stack's Glue job counts and converts its files in S3" in previewed
    assert "put: the stack's Glue job counts and writes its files in S3" in previewed
    assert "of workers (inferred)" in " ".join(previewed.split())
    large.well(f"{up} --yes --skip-preview")
    assert len(large.items("events")) == len(large.items("put")) == 500
    assert "500" in large.well(status).output
    assert "500" in large.well(count).output

    [name] = [name for name in glue.list_jobs()["JobNames"] if large.name in name]
    job = glue.get_job(JobName=name)["Job"]
    assert (job["NumberOfWorkers"], job["WorkerType"], job["ExecutionClass"]) == (50, "G.2X", "FLEX")
    runs = glue.get_job_runs(JobName=name)["JobRuns"]
    assert [run["JobRunState"] for run in runs] == 5 * ["SUCCEEDED"]
    assert all(
        {"ExecutionTime", "MaxCapacity"} <= {*run} for run in runs
    )  # what the page reckons the cost by
    imports = large.clone.client("dynamodb").list_imports()["ImportSummaryList"]
    assert any(large.table("events") in one["TableArn"] for one in imports)
    checked = large.well(f"{check} --engine glue")
    assert "500" in checked.output
    large.well(f"{up} --yes --skip-preview")
    assert len(glue.get_job_runs(JobName=name)["JobRuns"]) == len(runs)  # which have answered that

    assert unused(large, name, tmp_path / "calls") == set()

    large.well(DESTROY)
    assert name not in glue.list_jobs()["JobNames"]
    assert logs.describe_log_groups(logGroupNamePrefix=f"/aws-glue/jobs/{name}")["logGroups"] == []
