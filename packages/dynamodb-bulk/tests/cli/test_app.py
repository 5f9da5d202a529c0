"""The `bulk` command: exit codes, and one line for a mistake."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from bulk_testing.command import bulk, deployed
from bulk_testing.writes_stage import LOAD, WritesStage
from dynamodb_bulk.cli.app import COMMANDS
from dynamodb_bulk.loads.run_record import Outcome, RunRecord
from local_aws.testing.stage import Stage


@pytest.fixture
def stage(server_of_module: str) -> Stage:
    """An account of these tests alone: others leave log groups of imports, which are left."""
    return Stage(server_of_module)


@pytest.mark.parametrize("arguments", [("foo",), ("watch",), ("status", "--no-such-option")])
def test_command_when_used_wrongly_exits_2_without_a_traceback(arguments: tuple[str, ...]) -> None:
    ended = bulk(*arguments)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stdout + ended.stderr


def test_help_lists_each_command_with_the_first_sentence_of_its_docstring() -> None:
    shown = bulk("--help").stdout
    for path in COMMANDS.values():
        module, name = path.split(":")
        docstring = getattr(import_module(module), name).__doc__
        assert docstring.splitlines()[0] in shown


def test_help_of_the_command_does_not_import_slow_modules() -> None:
    program = (
        "import atexit, sys; from dynamodb_bulk.cli.app import main; sys.argv = ['bulk', '--help']; "
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr)); main()"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "Commands" in ended.stdout
    imported = set(ended.stderr.split())
    assert "dynamodb_bulk.cli.app" in imported
    slow = {"cyclopts", "rich", "ast", "polars", "pydantic", "boto3", "moto", "rich.markdown", "logging"}
    assert not imported & slow


@pytest.mark.parametrize("arguments", [("status",), ("watch", LOAD, "--json")])
def test_command_that_only_looks_imports_nothing_that_reads_files(
    arguments: tuple[str, ...], stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    writes = WritesStage(stage, tmp_path)
    outcome = Outcome(good=True, verdict="good")
    RunRecord(digest="d", rows_in_files=3, outcome=outcome).write(stage.bucket, LOAD, writes.aws)
    deployed(tmp_path, monkeypatch, writes.load(), stage.region)
    program = (
        "import atexit, sys; from dynamodb_bulk.cli.app import main; "
        f"sys.argv = ['bulk', *{arguments}]; "
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr)); main()"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "good" in ended.stdout
    imported = set(ended.stderr.split())
    assert "botocore.client" in imported
    assert not imported & {"polars", "pyarrow", "dynamodb_bulk.dataset", "dynamodb_bulk.spec.model"}


def test_status_reports_what_to_run_when_the_engine_is_missing() -> None:
    ended = bulk("status", PATH="/nowhere")
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: pulumi: not on PATH; install it, or ")


def test_leftovers_reports_one_line_when_aws_is_unreachable() -> None:
    ended = bulk("leftovers", AWS_ENDPOINT_URL="http://127.0.0.1:1", AWS_MAX_ATTEMPTS="1")
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: AWS: Could not connect to the endpoint URL")
    assert ended.stderr.count("\n") == 1


def test_leftovers_is_fine_when_only_the_account_roles_stay(stage: Stage) -> None:
    ended = bulk("leftovers", AWS_ENDPOINT_URL=stage.url)
    assert ended.returncode == 0
    assert ended.stdout.splitlines() == [
        "Nothing is left.",
        "The account keeps dms-vpc-role and dms-cloudwatch-logs-role, which every DMS user needs.",
    ]


def test_leftovers_in_json_have_the_account_roles_and_why_they_stay(stage: Stage) -> None:
    ended = bulk("leftovers", "--json", AWS_ENDPOINT_URL=stage.url)
    found = {one["name"]: one["reason"] for one in json.loads(ended.stdout)}
    assert found["dms-vpc-role"] == "belongs to the account: every DMS user needs it"


def test_leftovers_lists_a_table_of_dms(stage: Stage) -> None:
    stage.table("awsdms_apply_exceptions")
    ended = bulk("leftovers", AWS_ENDPOINT_URL=stage.url)
    assert "table awsdms_apply_exceptions: made by DMS for its rejected rows" in ended.stdout
    stage.dynamodb.delete_table(TableName="awsdms_apply_exceptions")
