"""Each call of each command about a load fails once, and for good: one line, and never a false good."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from bulk_testing.command import bulk, deployed
from bulk_testing.glue_job import make_job
from bulk_testing.native_load import load as native_load
from bulk_testing.writes_stage import DATASET, LOAD, WritesStage
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.cli.app import COMMANDS
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.loads.run_record import Outcome, RunRecord
from dynamodb_bulk.loads.source_digest import data_digest, source_contents
from local_aws.testing.export_stage import ExportStage
from local_aws.testing.fault_proxy import Fault, FaultProxy, fault_proxy
from local_aws.testing.stage import Stage

_GOOD = re.compile(r"(?<!not )\bgood\b|Nothing is left")
IN_S3 = ("{folder}/s3/dataset.yaml", "--region", "{region}")
# Each command, as it is typed.
TYPED: dict[str, tuple[str, ...]] = {
    "check": ("check", *IN_S3),
    "convert": ("convert", *IN_S3, "--out", "{folder}/out", "--overwrite"),
    "count": ("count", *IN_S3),
    "estimate": ("estimate", *IN_S3),
    "export": ("export", "{table}", "--bucket", "{bucket}", "--region", "{region}"),
    "glue-job": ("glue-job", "stop", "{job}", "--region", "{region}"),
    "init": ("init", "--from-table", "{table}", "--out", "{folder}/new.yaml", "--force", *IN_S3[1:]),
    "leftovers": ("leftovers", *IN_S3[1:]),
    "logs": ("logs", "imported"),
    "rejected": ("rejected", LOAD),
    "reload": ("reload", LOAD),
    "report": ("report", LOAD, "--markdown", "{folder}/report.md"),
    "resume": ("resume", LOAD),
    "start": ("start", LOAD),
    "status": ("status",),
    "stop": ("stop", LOAD),
    "verify": ("verify", LOAD),
    "watch": ("watch", LOAD),
}
# They call nothing of AWS.
WITHOUT_AWS = {"permissions", "schema", "show"}
# What they print differs from run to run, if only by the time that they took. `leftovers` lists what it may.
NEVER_THE_SAME = ("check", "convert", "export", "leftovers", "reload", "report", "verify")
PASSING: tuple[Fault, ...] = (
    (500, "InternalError"),
    (503, "SlowDown"),
    (400, "ThrottlingException"),
    "reset",
    "hang",
)
LASTING: tuple[Fault, ...] = (
    (403, "AccessDenied"),
    (400, "ExpiredTokenException"),
    (500, "InternalError"),
    (400, "ThrottlingException"),
    "hang",
    (403, "RequestTimeTooSkewed"),
)

CONFIG: dict[str, Any] = {"retries": {"total_max_attempts": 2}}


@pytest.fixture
def proxy(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    """A stack whose load is good, behind a proxy; nobody waits between attempts."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    writes = WritesStage(stage, tmp_path)
    stage.table(writes.table)
    writes.count(20)
    data = data_digest(source_contents(open_dataset(tmp_path / "dataset.yaml"), writes.aws))
    deployed(tmp_path, monkeypatch, writes.load(), stage.region, {"digest": data, "data": data})
    assert bulk("start", LOAD).returncode == 0
    monkeypatch.setattr("dynamodb_bulk.aws.clients._CONFIG", CONFIG)
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.0)
    monkeypatch.setattr("botocore.retries.bucket.TokenBucket.acquire", lambda *_, **_named: True)
    monkeypatch.setattr("dynamodb_bulk.aws.polling.OUTAGE_SECONDS", -1)
    monkeypatch.setattr("dynamodb_bulk.loads.watching.OUTAGE_SECONDS", -1)
    monkeypatch.setattr("dynamodb_bulk.loads.watching.LOOK_SECONDS", 0)
    monkeypatch.setattr("dynamodb_bulk.aws.clients._READS", 1)
    with fault_proxy(stage.url) as made:
        monkeypatch.setenv("AWS_ENDPOINT_URL", made.url)
        yield made


def add_import(stage: Stage, folder: Path) -> None:
    """Have an import in the stack as well, of which AWS may have logged something."""
    load = native_load().model_copy(update={"name": "imported", "records_bucket": stage.bucket})
    arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/shop-events/import/01234567890123-abcdef12"
    outcome = Outcome(good=True, verdict="good")
    aws = Aws(region=stage.region)
    RunRecord(digest="d", operation=arn, outcome=outcome).write(stage.bucket, load.name, aws)
    state = folder / "state"
    told = json.loads(state.read_text())
    described = {"load": load.model_dump(mode="json"), "aws": aws.recorded}
    told["deployment"]["resources"].append({"outputs": described})
    state.write_text(json.dumps(told))


@pytest.fixture
def places(
    stage: Stage, proxy: FaultProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, object]:
    """What the commands name: a dataset in S3, a table with recovery, a Glue job; and a project's folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Pulumi.yaml").write_text("{name: shop, runtime: python}\n")
    exported = ExportStage(stage).table("a")
    add_import(stage, tmp_path)
    folder = tmp_path / "s3"
    folder.mkdir()
    text = DATASET.replace("files: ['*.csv']", f"location: s3://{stage.bucket}/data/")
    (folder / "dataset.yaml").write_text(text)
    stage.s3.put_object(Bucket=stage.bucket, Key="data/a.csv", Body=b"id,version,note\nk,1,x\n")
    return {
        "folder": tmp_path,
        "region": stage.region,
        "bucket": stage.bucket,
        "table": exported,
        "job": make_job(stage, bucket=stage.bucket),
    }


def test_trouble_is_tried_with_every_command() -> None:
    assert TYPED.keys() | WITHOUT_AWS == COMMANDS.keys()


@pytest.mark.parametrize("command", TYPED)
def test_command_says_it_in_one_line_when_a_call_fails(
    proxy: FaultProxy, places: dict[str, object], command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = [each.format(**places) for each in TYPED[command]]

    def failing(call: str, fault: Fault, times: int | None = None) -> CompletedProcess[str]:
        # Where all calls are answered, a busy machine is waited for.
        monkeypatch.setitem(CONFIG, "read_timeout", 0.5 if fault == "hang" else 60)
        proxy.fail(re.escape(call), fault, times)
        ended = bulk(*typed)
        proxy.heal()
        return ended

    proxy.calls.clear()
    clean = bulk(*typed)
    assert clean.returncode in (0, 1), clean.stderr
    calls = sorted({re.split(r"[?]|(?<=exports/).", call)[0] for call in proxy.calls})
    assert calls
    for number, call in enumerate(calls):
        passing = PASSING[number % len(PASSING)]
        again = failing(call, passing, times=1)
        assert again.returncode == clean.returncode, f"{call} {passing}: {again.stderr}"
        assert again.stdout.split() == clean.stdout.split() or command in NEVER_THE_SAME, call
        lasting = LASTING[(2 * number + number // 3 % 2) % len(LASTING)]  # every one among six calls
        failed = failing(call, lasting)
        said = failed.stdout + failed.stderr
        where = f"{call} {lasting}: {said}"
        assert "Traceback" not in said, where
        if failed.returncode != clean.returncode:
            assert failed.stderr.count("error: ") <= 1, where
            assert not _GOOD.search(failed.stdout), where
            assert said.strip(), where
        elif command == "status" and "unknown: " in failed.stdout:  # of one load; the other is shown
            assert failed.stdout.count("unknown: ") == 1, where
        else:
            assert failed.stdout.split() == clean.stdout.split() or command in NEVER_THE_SAME, where


def test_time_out_is_said_of_aws_although_it_is_an_error_of_the_system_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def time_out() -> None:
        raise ReadTimeoutError(endpoint_url="https://s3.eu-west-1.amazonaws.com/")

    monkeypatch.setattr("dynamodb_bulk.cli.app._run", time_out)
    failed = bulk("status")
    assert failed.returncode == 2
    assert failed.stderr.startswith("error: AWS: Read timeout on endpoint URL")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("status", "nothing"), "load nothing: the stack does not have it; it has orders"),
        (("watch", "nothing"), "load nothing: the stack does not have it; it has orders"),
        (("start", "nothing"), "load nothing: the stack does not have it; it has orders"),
    ],
)
def test_command_names_the_loads_when_there_is_no_such_load(
    proxy: FaultProxy, arguments: tuple[str, ...], said: str
) -> None:
    refused = bulk(*arguments)
    assert (refused.returncode, refused.stderr) == (2, f"error: {said}\n")


def test_status_is_not_good_when_the_stack_is_of_another_region(proxy: FaultProxy, tmp_path: Path) -> None:
    state = tmp_path / "state"
    told = json.loads(state.read_text())
    told["deployment"]["resources"][0]["outputs"]["load"]["records_bucket"] = "another-bucket"
    state.write_text(json.dumps(told))
    shown = bulk("watch", LOAD)
    assert shown.returncode == 1
    assert "not started" in shown.stdout + shown.stderr
