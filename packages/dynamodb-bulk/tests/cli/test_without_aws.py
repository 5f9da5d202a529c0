"""What each command prints when AWS cannot be asked: one line, and exit code 2."""

from pathlib import Path

import pytest

from bulk_testing.command import bulk, deployed
from dynamodb_bulk.loads.load import StagedFiles
from dynamodb_bulk.loads.native.load import NativeLoad
from local_aws.testing.fault_proxy import Fault, fault_proxy

IN_S3 = """\
name: cities
source: {location: "s3://some-bucket/import/"}
columns: [{name: code, type: STRING, length: 3}]
table: {partition_key: {name: code}}
"""
COMMANDS = (
    "status",
    "watch",
    "stop",
    "rejected",
    "verify",
    "export",
    "leftovers",
    "check",
    "estimate",
    "convert",
)


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[object, ...]]:
    """Each command that asks AWS, in a folder with a deployed stack and a dataset in S3."""
    dataset = tmp_path / "cities.yaml"
    dataset.write_text(IN_S3)
    files = StagedFiles(bucket="some-bucket", prefix="import/")
    load = NativeLoad(name="cities", dataset=dataset, table="cities", records_bucket="records", files=files)
    deployed(tmp_path, monkeypatch, load, "eu-west-1")
    monkeypatch.chdir(tmp_path)
    config = {"retries": {"total_max_attempts": 1}}
    monkeypatch.setattr("dynamodb_bulk.aws.clients._CONFIG", config)
    out = ("--out", tmp_path / "out")
    return {
        **{name: (name, "cities") for name in ("watch", "logs", "stop", "rejected", "verify", "export")},
        **{name: (name, dataset) for name in ("check", "estimate")},
        "reload": ("reload", "cities", "--only-rejected", dataset),
        "convert": ("convert", dataset, *out),
        "status": ("status",),
        "leftovers": ("leftovers",),
    }


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("fault", [(403, "ExpiredToken"), "html", "stopped", "nobody"], ids=str)
def test_command_prints_one_line_when_aws_cannot_be_asked(
    server: str,
    commands: dict[str, tuple[object, ...]],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    fault: Fault | str,
) -> None:
    with fault_proxy(server) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        if fault == "stopped":
            monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        elif fault == "nobody":
            monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        else:
            proxy.fail("", fault)  # pyright: ignore[reportArgumentType]
        ended = bulk(*commands[command])
    assert ended.returncode == 2, ended.stdout
    (line,) = (ended.stdout + ended.stderr).splitlines()
    assert line.startswith("error: ")
    assert "; " in line, "what to do"
    assert "<" not in line


def test_command_refuses_a_region_that_aws_does_not_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    ended = bulk("leftovers", "--region", "eu-wst-1")
    assert ended.returncode == 2
    assert ended.stderr == "error: --region: AWS has no Region 'eu-wst-1'; did you mean eu-west-1?\n"
