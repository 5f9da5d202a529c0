"""`bulk status` and `bulk watch` of what is no load: an export, and runs of the Glue job."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from bulk_testing.command import bulk, select
from bulk_testing.glue_job import make_bucket, make_job, put_script
from bulk_testing.writes_stage import WritesStage
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.export.record import StackExport
from dynamodb_bulk.export.request import ExportOrder
from dynamodb_bulk.export.start import begin_export
from dynamodb_bulk.glue.job import ANSWER
from dynamodb_bulk.glue.place import GlueJob
from dynamodb_bulk.glue.request import Answer, Refusal, program_version
from local_aws.glue.runs import job_arn
from local_aws.testing.export_stage import ExportStage
from local_aws.testing.fault_proxy import fault_proxy
from local_aws.testing.held import held
from local_aws.testing.stage import Stage


@pytest.fixture
def aws(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Aws:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    return Aws(region=stage.region)


def exporting(stage: Stage) -> StackExport:
    table = ExportStage(stage).table("a", "b")
    order = ExportOrder(table=table, bucket=stage.bucket, prefix="exports/nightly/0123")
    return StackExport(name="nightly", order=order, records_bucket=stage.bucket)


def begin(export: StackExport, aws: Aws) -> str:
    return begin_export(export.order, aws, lambda _: None, token=export.order.table)


def selected(folder: Path, patch: pytest.MonkeyPatch, export: StackExport, aws: Aws) -> None:
    select(folder, patch, {"export": export.model_dump(mode="json"), "aws": aws.recorded})


def test_watch_follows_an_export_that_nobody_has_judged_yet(
    stage: Stage, aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = exporting(stage)
    selected(tmp_path, monkeypatch, export, aws)
    assert "not started" in bulk("status").stdout
    monkeypatch.setattr("dynamodb_bulk.loads.watching.LOOK_SECONDS", 0.1)
    begin(export, aws)
    watched = bulk("watch", "nightly", "--json")
    assert watched.returncode == 0, watched.stderr
    last = json.loads(watched.stdout.splitlines()[-1])
    assert (last["load"], last["method"], last["items_written"]) == ("nightly", "export", 2)
    assert (last["verdict"], last["good"], last["over"]) == ("good", True, True)
    assert bulk("status", "nightly").returncode == 0


def test_status_does_not_say_not_started_when_the_export_may_not_be_looked_for(
    stage: Stage, aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = exporting(stage)
    selected(tmp_path, monkeypatch, export, aws)
    with fault_proxy(stage.url) as proxy:
        proxy.fail("ListExports", (400, "AccessDeniedException"))
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        shown = bulk("status")
    assert (shown.returncode, shown.stdout) == (2, "")
    assert "error: AWS refused ListExports: AccessDeniedException" in shown.stderr


def test_status_is_not_good_when_files_of_the_export_were_deleted(
    stage: Stage, aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = exporting(stage)
    selected(tmp_path, monkeypatch, export, aws)
    arn = begin(export, aws)
    dynamodb = stage.dynamodb
    stage.until(
        lambda: dynamodb.describe_export(ExportArn=arn)["ExportDescription"]["ExportStatus"] == "COMPLETED"
    )
    for found in stage.s3.list_objects_v2(Bucket=stage.bucket, Prefix=export.order.prefix)["Contents"]:
        if "/data/" in found["Key"]:
            stage.s3.delete_object(Bucket=stage.bucket, Key=found["Key"])
    shown = bulk("status", "nightly")
    assert shown.returncode == 1
    assert "incomplete or damaged" in shown.stdout


@pytest.mark.parametrize(
    ("answered", "code", "said"),
    [
        ({}, 0, "SUCCEEDED"),
        (
            {"refusal": Refusal(where="small", what="an empty file", remedy="fill it")},
            1,
            "small: an empty file; fill it",
        ),
        ({"failed": "the table takes nothing"}, 1, "the table takes nothing"),
    ],
)
def test_watch_follows_the_run_for_a_load_on_glue(
    stage: Stage,
    aws: Aws,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answered: dict[str, Any],
    code: int,
    said: str,
) -> None:
    make_bucket(stage)
    load = WritesStage(stage, tmp_path).load()
    job = GlueJob(name=make_job(stage), bucket=stage.bucket)
    described = {"load": load.model_dump(mode="json"), "aws": aws.recorded}
    named = {"name": job.name, "bucket": job.bucket}
    select(tmp_path, monkeypatch, described, {"job": named, "aws": aws.recorded})
    put_script(stage, "")
    assert bulk("watch", f"glue/{load.name}").returncode == 1
    prefix = f"{job.prefix}check/{load.name}/1/"
    answer = Answer(version=program_version(), **answered).model_dump_json()
    stage.s3.put_object(Bucket=stage.bucket, Key=prefix + ANSWER, Body=answer.encode())
    stage.client("glue").start_job_run(JobName=job.name, Arguments={"--prefix": prefix})
    monkeypatch.setattr("dynamodb_bulk.loads.watching.LOOK_SECONDS", 0.1)
    for name in (f"glue/{load.name}", job.name):
        watched = bulk("watch", name)
        assert watched.returncode == code, watched.stderr
        assert said in watched.stdout


@pytest.mark.parametrize("by", [None, "job"])
def test_logs_are_those_of_the_last_run_for_a_load_on_glue(
    stage: Stage, aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str | None
) -> None:
    make_bucket(stage)
    job = GlueJob(name=make_job(stage), bucket=stage.bucket)
    load = WritesStage(stage, tmp_path).load(glue_job=by and job.name)
    described = {"load": load.model_dump(mode="json"), "aws": aws.recorded}
    named = {"name": job.name, "bucket": job.bucket}
    select(tmp_path, monkeypatch, described, {"job": named, "aws": aws.recorded})
    put_script(stage, "")
    assert bulk("logs", job.name).stdout == ""
    glue, logs = stage.client("glue"), stage.logs

    def ran(name: str) -> str:
        arguments = {"--prefix": f"{job.prefix}check/{name}/1/"}
        run = glue.start_job_run(JobName=job.name, Arguments=arguments)["JobRunId"]
        asked = {"JobName": job.name, "RunId": run}
        stage.until(lambda: glue.get_job_run(**asked)["JobRun"]["JobRunState"] == "SUCCEEDED")
        return run

    runs = [ran(load.name), ran("other")]
    now = int(time.time() * 1000)
    written = [
        (job.log_groups[0], runs[0], now + 2, "driver"),
        (job.log_groups[1], f"{runs[0]}-1", now, "worker"),
        (job.log_groups[0], runs[1], now, "other"),
    ]
    for group in job.log_groups:
        logs.create_log_group(logGroupName=group)
    for group, stream, when, text in written:
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        event = {"timestamp": when, "message": text}
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])
    shown = bulk("logs", load.name if by else f"glue/{load.name}", "--json")
    assert [json.loads(line)["text"] for line in shown.stdout.splitlines()] == ["worker", "driver"]
    assert bulk("logs", job.name).stdout.endswith("  other\n")


def test_status_and_watch_of_a_job_say_what_its_run_waits_for(
    stage: Stage, aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dynamodb_bulk.loads.watching.LOOK_SECONDS", 0.1)
    make_bucket(stage)
    put_script(stage, "")
    name, glue = make_job(stage, flex=True), stage.client("glue")
    arn = job_arn(stage.region, name)
    with held(stage.url) as hold:
        run = glue.start_job_run(JobName=name)["JobRunId"]
        stage.until(lambda: hold(most=1_000) > 0)
        waiting = bulk("status", arn)
        glue.batch_stop_job_run(JobName=name, JobRunIds=[run])
        watched = bulk("watch", arn)
    assert (waiting.returncode, "Resource unavailable" in waiting.stdout) == (0, True)
    assert (watched.returncode, "STOPPED" in watched.stdout) == (1, True)


def test_status_names_what_there_is_when_the_stack_does_not_have_it(
    stage: Stage, aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = WritesStage(stage, tmp_path).load()
    described = {"load": load.model_dump(mode="json"), "aws": aws.recorded}
    export = exporting(stage).model_copy(update={"name": load.name})
    select(tmp_path, monkeypatch, described, {"export": export.model_dump(mode="json"), "aws": aws.recorded})
    refused = bulk("status", "people")
    assert refused.returncode == 2
    assert refused.stderr.endswith("it has orders, export/orders\n")
    assert "export" in bulk("status", "export/orders").stdout
