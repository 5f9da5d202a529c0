"""The Glue job of a stack: declared for loads that ask for it, and allowed no more than it does."""

import json
from pathlib import Path
from typing import Any

import pytest

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.spec.errors import InputError
from tests.recording import (
    ACCOUNT,
    LOG_GROUP,
    OBJECT,
    REMOVAL,
    ROLE,
    ROLE_POLICY,
    STEP,
    Engine,
    run_main,
    stack_config,
)

JOB, SECURITY = "aws:glue/job:Job", "aws:glue/securityConfiguration:SecurityConfiguration"
SOURCE = "large-files"
DATASET = """\
name: people
source: {%s}
columns: [{name: id, type: STRING, length: 9}]
table: {partition_key: {name: id}}
"""
BUCKET = f"arn:aws:s3:::shop-test-files-{ACCOUNT}"
LOGS = f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/aws-glue/jobs/shop-test-glue"


@pytest.fixture(autouse=True, scope="module")
def _account(server_of_module: str) -> None:
    """The server's, with files in S3, in place of the one that the other components look into."""
    s3 = Aws(region="eu-west-1").s3
    s3.create_bucket(Bucket=SOURCE, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=SOURCE, Key="in/a.csv", Body=b"p1\n")


def stack_with(folder: Path, source: str = f"location: s3://{SOURCE}/in/", **load: Any) -> dict[str, Any]:
    (folder / "people.yaml").write_text(DATASET % source)
    loads = [{"dataset": str(folder / "people.yaml"), "method": "native", **load}]
    return stack_config("dev") | {"bulk:loads": loads}


def permissions(engine: Engine) -> dict[str, list[str]]:
    """Resources by action; a statement with a condition is one about keys."""
    document = json.loads(engine.one(ROLE_POLICY, "glue").inputs["policy"])
    found: dict[str, list[str]] = {}
    for statement in document["Statement"]:
        actions, resources = statement["Action"], statement["Resource"]
        for action in actions if isinstance(actions, list) else [actions]:
            found.setdefault(action, []).extend(resources if isinstance(resources, list) else [resources])
    return found


def test_job_has_the_workers_of_the_settings_and_starts_no_run_by_itself(tmp_path: Path) -> None:
    glue = {"workers": 20, "worker_type": "G.2X", "flex": True, "timeout_minutes": 60}
    job = run_main(stack_with(tmp_path, engine="glue") | {"bulk:glue": glue}).one(JOB).inputs
    assert (job["numberOfWorkers"], job["workerType"], job["executionClass"]) == (20, "G.2X", "FLEX")
    assert (job["timeout"], job["maxRetries"], job["executionProperty"]) == (60, 0, {"maxConcurrentRuns": 1})
    assert (job["name"], job["glueVersion"]) == ("shop-test-glue", "5.1")
    assert job["defaultArguments"]["--custom-logGroup-prefix"] == "/aws-glue/jobs/shop-test-glue"


def test_role_reads_the_files_and_writes_results_and_logs_and_no_more(tmp_path: Path) -> None:
    engine = run_main(stack_with(tmp_path, engine="glue"))
    own, converted = f"{BUCKET}/glue/shop-test-glue/*", f"{BUCKET}/converted/*"
    assert permissions(engine) == {
        "s3:GetObject": [f"arn:aws:s3:::{SOURCE}/in/*", own],
        "s3:AbortMultipartUpload": [own, converted],
        "s3:PutObject": [own, converted],
        **{f"logs:{one}": [f"{LOGS}/*"] for one in ("CreateLogGroup", "CreateLogStream", "PutLogEvents")},
        "cloudwatch:PutMetricData": ["*"],
    }
    [trust] = json.loads(engine.one(ROLE, "glue").inputs["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "glue.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


@pytest.mark.parametrize("condition", ["", "attribute_not_exists(id)"])
@pytest.mark.parametrize("most", [None, 500])
def test_role_writes_into_the_table_of_a_load_that_glue_writes_and_no_other(
    most: int | None, condition: str, tmp_path: Path
) -> None:
    limit: dict[str, Any] = {"max_write_units": most} if most else {}
    config = stack_with(tmp_path, engine="glue", method="writes", **limit)
    if condition:
        (tmp_path / "people.yaml").write_text(
            f"{(tmp_path / 'people.yaml').read_text()}condition: {condition}\n"
        )
    engine = run_main(config)
    policy = engine.one(ROLE_POLICY, "people-write")
    step = engine.one(STEP, "people-write")
    assert policy.inputs["role"] == "shop-test-glue"
    assert {policy.urn, engine.one(JOB).urn} <= step.depends_on
    [table, *traffic] = json.loads(policy.inputs["policy"])["Statement"]
    actions = {"PutItem", *([] if condition else ["BatchWriteItem"]), *([] if most else ["DescribeTable"])}
    assert table["Action"] == [f"dynamodb:{one}" for one in sorted(actions)]
    assert table["Resource"].endswith(":shop-test-people")
    assert [one["Action"] for one in traffic] == ([] if most else ["cloudwatch:GetMetricStatistics"])


def test_keys_are_used_for_what_they_encrypt(tmp_path: Path) -> None:
    kms = Aws(region="eu-west-1").kms
    own, theirs = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    source = f"location: s3://{SOURCE}/in/, kms_key: '{theirs}'"
    engine = run_main(stack_with(tmp_path, source, engine="glue") | {"bulk:kms_key": own})
    allowed = permissions(engine)
    assert (allowed["kms:Decrypt"], allowed["kms:GenerateDataKey"]) == ([own, theirs], [own])
    encryption = engine.one(SECURITY).inputs["encryptionConfiguration"]
    assert encryption["s3Encryption"] == {"kmsKeyArn": own, "s3EncryptionMode": "SSE-KMS"}
    assert engine.one(JOB).inputs["securityConfiguration"] == "shop-test-glue"


def test_steps_come_after_the_job_and_the_job_after_its_code_and_its_role(tmp_path: Path) -> None:
    engine = run_main(stack_with(tmp_path, engine="glue"))
    job, runs = engine.one(JOB), engine.one(REMOVAL, "glue-runs")
    for step in ("people-convert", "people-import"):
        assert {job.urn, runs.urn} <= engine.one(STEP, step).depends_on
        assert engine.one(STEP, step).inputs["arguments"]["glue_job"] == "shop-test-glue"
    assert job.urn in runs.depends_on
    code = {one.urn for one in engine.of_type(OBJECT) if one.name.startswith("glue-")}
    policy, logs = engine.one(ROLE_POLICY, "glue"), {one.urn for one in engine.of_type(LOG_GROUP)}
    assert {policy.urn, *code, *logs} <= job.depends_on
    assert (len(code), len(logs)) == (3, 2)
    assert logs <= policy.depends_on  # nothing makes them again when they are gone


@pytest.mark.parametrize(
    ("load", "why"),
    [
        ({}, None),
        ({"engine": "local"}, None),
        ({"engine": "auto"}, "engine local, since its files have 3 bytes, which is not more than"),
        ({"engine": "auto", "count_up_to": 2}, "engine glue, since its files have 3 bytes, more than"),
    ],
)
def test_job_is_declared_when_the_files_are_larger_than_may_be_counted_here(
    load: dict[str, Any], why: str | None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    engine = run_main(stack_with(tmp_path, **load), preview=True)
    assert len(engine.of_type(JOB)) == ("count_up_to" in load)
    assert ("people: engine" in caplog.text) is (why is not None)
    assert (why or "") in caplog.text


def test_job_has_the_workers_that_finish_in_time(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    config = stack_with(tmp_path, engine="glue") | {"bulk:glue": {"finish_in_minutes": 30}}
    engine = run_main(config, preview=True)
    assert engine.one(JOB).inputs["numberOfWorkers"] == 2  # for 3 bytes
    assert "2 workers G.1X take about 1 s after their start" in caplog.text


def test_closed_window_has_no_job(tmp_path: Path) -> None:
    engine = run_main(stack_with(tmp_path, engine="glue") | {"bulk:window": "closed"})
    assert engine.of_type(JOB) == []


@pytest.mark.parametrize(
    ("config", "where"),
    [
        ({"source": "files: [people.csv]", "engine": "glue"}, "bulk:loads[0].engine"),
        ({"engine": "glue", "method": "dms"}, "bulk:loads[0].engine"),
        ({"engine": "spark"}, "bulk:loads[0].engine"),
    ],
)
def test_engine_is_refused_where_it_cannot_be(config: dict[str, Any], where: str, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("p1\n")
    engine = Engine()
    with pytest.raises(InputError) as caught:
        run_main(stack_with(tmp_path, **config), engine)
    assert where in caught.value.where
    assert engine.declared == []


@pytest.mark.parametrize(
    ("glue", "key"),
    [({"flex": True, "worker_type": "R.1X"}, "flex"), ({"workers": 4, "finish_in_minutes": 30}, "workers")],
)
def test_workers_are_refused_when_aws_has_none_such_or_they_are_given_twice(
    glue: dict[str, Any], key: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        run_main(stack_with(tmp_path) | {"bulk:glue": glue})
    assert f"bulk:glue.{key}" in caught.value.where
