"""`bulk status` and `bulk watch` of loads at work, as a person sees them and as a program reads them."""

import json
import os
import pty
import select
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from bulk_testing import command
from bulk_testing.command import BULK, bulk, deployed
from bulk_testing.fast_stage import FastStage, lines
from bulk_testing.writes_stage import LOAD, WritesStage
from dynamodb_bulk.loads.dms.load import TaskLoad
from dynamodb_bulk.loads.writes.journal import Journal
from local_aws.testing.stage import Stage


@pytest.fixture
def fast(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FastStage:
    """A stack with a bulk put that has begun, and takes some seconds."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    made = FastStage(stage, tmp_path, "bulk_put")
    made.fill("one", lines(3, "new"))
    deployed(tmp_path, monkeypatch, made.load("one").load, stage.region)
    return made


@pytest.fixture
def writing(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WritesStage:
    """A stack with a load by writes of another machine, a quarter of which is done."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    made = WritesStage(stage, tmp_path)
    stage.table(made.table)
    made.count(400)
    made.up()
    record = made.record().model_copy(update={"outcome": None})
    record.write(stage.bucket, LOAD, made.aws)
    done: dict[str, Any] = {"written": 100, "seconds": 50.0, "state": "writing", "host": "elsewhere"}
    journal: Journal = made.journal().journal.model_copy(update=done)
    journal.write(stage.bucket, LOAD, made.aws)
    deployed(tmp_path, monkeypatch, made.load(), stage.region)
    return made


def test_status_tells_rate_and_time_left_when_a_load_is_at_work(writing: WritesStage) -> None:
    shown = bulk("status", LOAD, COLUMNS="80")
    assert shown.returncode == 0, shown.stderr
    assert (
        "orders: writing 25%: 100 of 400 rows, 2 rows/s, 50 s, about 2.5 min left, by the rows"
        in shown.stdout
    )
    [told] = json.loads(bulk("status", LOAD, "--json").stdout)
    progress = told["progress"]
    assert (progress["rows"], progress["total_rows"], progress["rows_per_second"]) == (100, 400, 2)
    assert (progress["seconds_left"], progress["left_by"]) == (150, "rows")
    assert len(json.loads(bulk("status", "--json").stdout)) == 1


def test_status_and_watch_take_an_arn_when_there_is_no_stack(
    fast: FastStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = fast.ended(fast.start("one", "token"))
    monkeypatch.setenv("PATH", "")
    shown = bulk("status", arn)
    assert shown.returncode == 0, shown.stderr
    assert "COMPLETED" in shown.stdout
    watched = bulk("watch", arn, "--json")
    assert watched.returncode == 1  # AWS says that it ended, which is not a verdict
    last = json.loads(watched.stdout.splitlines()[-1])
    assert (last["verdict"], last["good"], last["over"]) == ("COMPLETED", None, True)


GONE = "arn:aws:dms:ap-southeast-3:123456789012:task:GONE"


@pytest.fixture
def beside(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WritesStage:
    """A stack with a good load by writes, and one by DMS whose task is gone."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    made = WritesStage(stage, tmp_path)
    stage.table(made.table)
    made.count(20)
    made.up()
    lost = TaskLoad(
        name="lost",
        dataset=tmp_path / "dataset.yaml",
        table="lost",
        records_bucket=stage.bucket,
        task_arn=GONE,
        source_endpoint_arn="s",
        target_endpoint_arn="t",
        log_group="l",
    )
    aws = {"region": stage.region, "profile": None}
    loads = (lost, made.load())
    command.select(
        tmp_path, monkeypatch, *({"load": one.model_dump(mode="json"), "aws": aws} for one in loads)
    )
    return made


@pytest.mark.parametrize("named", [(), ("lost", LOAD), (GONE, LOAD)])
def test_status_shows_the_others_when_the_task_of_one_is_gone(
    beside: WritesStage, named: tuple[str, ...]
) -> None:
    shown = bulk("status", *named)
    assert (shown.returncode, shown.stderr) == (1, "")
    assert [line.split()[-1] for line in shown.stdout.splitlines()[2:4]] == ["unknown", "good"]
    assert "its task does not exist" in shown.stdout or "DMS has no such task" in shown.stdout
    lost, good = json.loads(bulk("status", *named, "--json").stdout)
    assert (lost["good"], lost["rows_in_files"]) == (None, None)
    assert (good["good"], good["items_written"]) == (True, 20)


def test_watch_follows_the_others_when_the_task_of_one_is_gone(beside: WritesStage) -> None:
    watched = bulk("watch", "lost", LOAD)
    assert watched.returncode == 1
    assert watched.stderr.splitlines()[1:] == ["orders: good"]
    assert "its task does not exist" in watched.stderr
    assert [line.split()[-1] for line in watched.stdout.splitlines()[2:4]] == ["good", "good"]


def test_report_has_the_others_when_the_task_of_one_is_gone(beside: WritesStage, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    written = bulk("report", "--markdown", page, "--html", tmp_path / "page.html")
    assert written.returncode == 1
    assert written.stderr.startswith("load lost: unknown: ")
    text = page.read_text()
    assert "## lost: not known\n\nunknown: " in text
    assert "## orders: good" in text
    assert text.count("| items written |") == 1
    alone = bulk("report", "lost", "--markdown", page)
    assert alone.returncode == 2
    assert page.read_text() == text


@pytest.mark.parametrize(
    ("arn", "said"),
    [
        ("arn:aws:s3:::bucket", "is not the ARN of a load"),
        (
            "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/import/01234567890123-abcdef12",
            "no such import",
        ),
        (
            "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/export/01234567890123-abcdef12",
            "no such export",
        ),
        ("arn:aws:dms:eu-west-1:123456789012:task:GONE", "no such task"),
        ("arn:aws:glue:eu-west-1:123456789012:job/gone", "no such job"),
    ],
)
def test_status_is_one_line_when_the_arn_names_nothing(
    server: str, monkeypatch: pytest.MonkeyPatch, arn: str, said: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    refused = bulk("status", arn)
    assert refused.returncode == 2
    assert said in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert bulk("watch", arn).returncode == 2


def test_watch_prints_a_line_for_each_change_when_there_is_no_terminal(fast: FastStage) -> None:
    arn = fast.start("one", fast.record("one", 3).token)
    fast.ended(arn)
    watched = bulk("watch", "orders")
    assert watched.returncode == 0, watched.stderr
    assert watched.stderr == "orders: good\n"
    assert "3" in watched.stdout


def test_watch_leaves_the_load_running_and_says_how_to_come_back_when_interrupted(
    writing: WritesStage,
) -> None:
    parent, child = pty.openpty()
    environ = os.environ | {"COLUMNS": "80", "TERM": "xterm"}
    with subprocess.Popen(
        [BULK, "watch", LOAD], stdout=child, stderr=child, stdin=child, env=environ, start_new_session=True
    ) as process:
        os.close(child)
        seen = _read_until(parent, "of 400 rows")
        os.kill(process.pid, signal.SIGINT)
        seen += _read_until(parent, "bulk watch orders")
        assert process.wait(10) == 130
    assert "Traceback" not in seen
    assert writing.journal().journal.state == "writing"
    os.close(parent)


def _read_until(terminal: int, text: str, seconds: float = 30) -> str:
    """Return what is printed until the text, as a person at the terminal sees it."""
    seen, end = "", time.monotonic() + seconds
    while text not in seen:
        assert time.monotonic() < end, seen
        if select.select([terminal], [], [], 1)[0]:
            seen += os.read(terminal, 4096).decode()
    return seen
