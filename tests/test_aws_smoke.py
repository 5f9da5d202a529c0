"""`make aws-smoke` without the engine: what it refuses, what it removes, what its report says."""

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.spec.errors import LoadFailed
from smoke import __main__ as command
from smoke.probe import Answer, Probe, Question
from smoke.probes import probes
from smoke.project import copied
from smoke.removal import IMPORT_LOGS, Created, Shared
from smoke.report import local_answers, masked
from smoke.stage import Stage, Stopped

ROOT = Path(__file__).parent.parent
ACCOUNT = "123456789012"
QUESTION = Question(name="question", asks="Does it?", docs="not documented")


@pytest.fixture
def aws(server_of_module: str) -> Aws:
    return Aws(region="eu-west-1")


@pytest.fixture
def stage(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.chdir(tmp_path)
    return made_stage(aws, deadline=time.monotonic() + 600)


def made_stage(aws: Aws, deadline: float, run: str = "abc123") -> Stage:
    return Stage(
        aws=aws, account=ACCOUNT, partition="aws", run=run, local=False, dms=False, deadline=deadline
    )


@pytest.fixture
def path_with_pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pulumi").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)


def refusal(captured: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a refused run says: one line."""
    assert command.main(arguments) == 2
    (line,) = captured.readouterr().err.splitlines()
    return line


def existing(aws: Aws) -> list[Any]:
    return [*aws.dynamodb.list_tables()["TableNames"], *aws.s3.list_buckets()["Buckets"]]


def probe(ask: Any) -> Probe:
    return Probe(name="probe", creates="1 table", minutes=1, questions=(QUESTION,), ask=ask)


def test_smoke_refuses_when_no_region_is_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    line = refusal(capsys, "--account", ACCOUNT)
    assert line == "error: AWS_REGION: not set; set it to the Region to create everything in"


def test_smoke_refuses_when_there_are_no_credentials(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert "give valid credentials" in refusal(capsys, "--account", ACCOUNT)


def test_smoke_refuses_when_aws_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert "Could not connect" in refusal(capsys, "--account", ACCOUNT)


def test_smoke_refuses_when_pulumi_is_missing(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert refusal(capsys, "--account", ACCOUNT).startswith("error: pulumi: is not on PATH")


@pytest.mark.usefixtures("path_with_pulumi")
def test_smoke_creates_nothing_when_the_account_is_a_different_one(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refusal(capsys, "--account", "210987654321") == (
        "error: --account: 210987654321 is not the account of these credentials; nothing was created"
    )
    assert existing(aws) == []


@pytest.mark.usefixtures("path_with_pulumi")
def test_smoke_refuses_when_its_cost_is_above_the_limit(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "MOST_USD", 0.01)
    assert "more than 0.01" in refusal(capsys, "--account", ACCOUNT)


@pytest.mark.usefixtures("path_with_pulumi")
@pytest.mark.parametrize(
    ("terminal", "said"), [(False, "cannot prompt without a terminal"), (True, "1 is not the account")]
)
def test_smoke_creates_nothing_when_the_account_is_not_typed(aws: Aws, terminal: bool, said: str) -> None:
    keyboard, screen = pty.openpty()
    os.write(keyboard, b"1\n")
    ended = subprocess.run(
        [sys.executable, "-m", "smoke"],
        cwd=ROOT,
        stdin=screen if terminal else subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(keyboard)
    os.close(screen)
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert said in line
    assert f"Account {ACCOUNT}, Region eu-west-1." in ended.stdout
    assert existing(aws) == []


@pytest.mark.parametrize("dms", [True, False])
def test_smoke_costs_at_most_two_dollars(dms: bool) -> None:
    assert 0 < sum(probe.usd for probe in probes(dms=dms)) <= 2


def test_every_question_has_an_answer_of_local_aws() -> None:
    asked = [question.name for probe in probes(dms=True) for question in probe.questions]
    assert len(asked) == len(set(asked))
    assert set(asked) == local_answers().keys()


def test_run_removes_everything_and_reports_when_a_probe_fails(stage: Stage) -> None:
    def ask(stage: Stage) -> Mapping[str, Answer]:
        stage.create_table("one")
        raise LoadFailed(f"role arn:aws:iam::{ACCOUNT}:role/x is a|b")

    assert command.run(stage, [probe(ask)]) == 1
    assert existing(stage.aws) == []
    (report,) = Path.cwd().glob("aws-smoke-9012-*.md")
    text = report.read_text()
    assert (
        "| Does it? | not answered: role arn:aws:iam::ACCOUNT:role/x is a\\|b | not asked | not doc" in text
    )
    assert ACCOUNT not in text


def test_settings_of_the_stack_hold_text_when_the_run_is_called_by_digits(aws: Aws) -> None:
    stage = made_stage(aws, time.monotonic() + 600, run="005269")
    project = copied(stage)
    assert '"smoke": "005269"' in (project.folder / "Pulumi.smoke.yaml").read_text()
    assert project.remove()


def test_run_removes_everything_when_it_is_interrupted(stage: Stage) -> None:
    def ask(stage: Stage) -> Mapping[str, Answer]:
        stage.create_table("one")
        os.kill(os.getpid(), signal.SIGINT)
        stage.wait(lambda: None, bool, minutes=5, what="nothing")
        return {}

    assert command.run(stage, [probe(ask)]) == 130
    assert existing(stage.aws) == []


def test_run_removes_what_it_did_not_note_but_tagged(stage: Stage) -> None:
    def ask(stage: Stage) -> Mapping[str, Answer]:
        stage.create_table("one")
        stage.created = Created()
        return {"question": Answer(text="yes")}

    assert command.run(stage, [probe(ask)]) == 0
    assert existing(stage.aws) == []


def test_run_names_what_it_cannot_remove(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "REMOVAL_MINUTES", 0)

    def keep() -> None:
        raise LoadFailed("in use")

    def ask(stage: Stage) -> Mapping[str, Answer]:
        stage.created.add("thing", "one", keep)
        stage.create_table("two")
        return {"question": Answer(text="yes")}

    assert command.run(stage, [probe(ask)]) == 1
    (report,) = Path.cwd().glob("aws-smoke-*.md")
    assert "\n- thing one: in use\n" in report.read_text()
    assert existing(stage.aws) == []


def test_run_answers_nothing_and_leaves_nothing_when_its_bucket_cannot_be_created(stage: Stage) -> None:
    stage.account = "no bucket's name"
    assert command.run(stage, [probe(lambda _: {"question": Answer(text="yes")})]) == 1
    (report,) = Path.cwd().glob("aws-smoke-*.md")
    assert "| Does it? | not answered: " in report.read_text()


@pytest.mark.parametrize(
    ("answers", "left"),
    [
        (["ResourceInUseException", "", "ResourceNotFoundException"], []),
        (["AccessDeniedException"], ["table one: AWS refused DeleteTable: AccessDeniedException"]),
    ],
)
def test_removal_is_repeated_until_aws_finds_nothing_or_denies_it(
    answers: list[str], left: list[str]
) -> None:
    created, given = Created(), iter(answers)

    def delete() -> None:
        if code := next(given):
            raise ClientError({"Error": {"Code": code}}, "DeleteTable")

    created.add("table", "one", delete)
    found = created.remove(seconds=600)
    assert [line.split(";")[0] for line in found] == left
    assert list(given) == []


def test_wait_ends_with_its_limit_and_with_the_run(aws: Aws) -> None:
    late = made_stage(aws, deadline=time.monotonic() + 600)
    with pytest.raises(LoadFailed, match="the table: not over after 0 minutes"):
        late.wait(lambda: None, bool, minutes=0, what="the table")
    over = made_stage(aws, deadline=time.monotonic() - 1)
    with pytest.raises(Stopped, match="time limit"):
        over.wait(lambda: None, bool, minutes=5, what="the table")


def test_shared_things_go_only_when_the_run_caused_them(aws: Aws) -> None:
    first = Shared(aws)
    aws.logs.create_log_group(logGroupName=IMPORT_LOGS)
    later, created = Shared(aws), Created()
    later.add_to(created)
    assert created.remove(seconds=0) == []
    assert aws.logs.describe_log_groups(logGroupNamePrefix=IMPORT_LOGS)["logGroups"]
    first.add_to(created)
    assert created.remove(seconds=60) == []
    assert not aws.logs.describe_log_groups(logGroupNamePrefix=IMPORT_LOGS)["logGroups"]


def test_report_shows_neither_account_nor_keys() -> None:
    text = f"arn:aws:iam::{ACCOUNT}:role/x ASIAIOSFODNN7EXAMPLE"
    assert masked(text, ACCOUNT) == "arn:aws:iam::ACCOUNT:role/x ACCESS-KEY"


def test_plain_leaves_out_what_differs_in_every_run(aws: Aws) -> None:
    stage = made_stage(aws, deadline=0)
    arn = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/smoke-abc123-x/export/01795808961142-3300b936"
    assert stage.plain(arn) == "arn:aws:dynamodb:eu-west-1:ACCOUNT:table/PROJECT-x/export/ID"
