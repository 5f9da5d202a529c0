"""`bulk preview` over an engine that answers what a test has it answer."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dynamodb_bulk.cli.preview import command
from dynamodb_bulk.spec.errors import InputError

PULUMI = """#!/bin/sh
case "$*" in
  "stack ls"*) echo '[]' ;;
  "stack init"*) ;;
  preview*) cat "{answer}"; cat "{complaint}" >&2; exit {code} ;;
esac
"""
WHY = "Buckets refuse to be public."
TODO = "To do: give the bucket a block"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one stack on AWS, and one on this machine."""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text("config: {bulk:environment: production}\n")
    (tmp_path / "Pulumi.local.yaml").write_text('config: {bulk:local: "true"}\n')
    return tmp_path


Engine = Callable[..., None]


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Have `pulumi preview` print events, say something, and end with a code."""

    def answer(*events: dict[str, Any], code: int = 0, complaint: str = "") -> None:
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "answer").write_text("".join(json.dumps(event) + "\n" for event in events))
        (folder / "complaint").write_text(complaint)
        pulumi = folder / "pulumi"
        pulumi.write_text(PULUMI.format(answer=folder / "answer", complaint=folder / "complaint", code=code))
        pulumi.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    return answer


def violation(name: str, level: str, finding: str) -> dict[str, Any]:
    return {
        "policyEvent": {
            "resourceUrn": f"urn:pulumi:prod::shop::bulk:components:FilesBucket$aws:s3/bucket:Bucket::{name}",
            "policyName": "data-public-access-block",
            "enforcementLevel": level,
            "message": f"{WHY}\n{finding}\n{TODO}\n",
        }
    }


SUMMARY = {"summaryEvent": {"resourceChanges": {"create": 2}}}
CHECKED = {"policyAnalyzeSummaryEvent": {"resourceUrn": "u", "passed": ["a", "b"], "failed": ["c"]}}


def test_preview_when_nothing_is_refused_passes(
    project: Path, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    engine(CHECKED, SUMMARY)
    assert command("prod", project=project) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0][:3] == ["production:", "48", "rules:"]
    (row,) = [line for line in lines if line[:1] == ["prod"]]
    assert row[:7] == ["prod", "production", "2", "create", "3", "0", "0"]
    assert row[-1] == "passes"


def test_preview_reports_reason_and_remedy_once_when_two_resources_break_a_rule(
    project: Path, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    engine(
        violation("b", "mandatory", "x is 1: 2"), violation("a", "mandatory", "x is 3: 2"), SUMMARY, code=1
    )
    assert command("prod", project=project) == 1
    shown = capsys.readouterr().out
    assert shown.endswith(
        "refused in prod (production): data-public-access-block\n"
        f"  {WHY}\n"
        "    aws:s3:Bucket a: x is 3: 2\n"
        "    aws:s3:Bucket b: x is 1: 2\n"
        f"  {TODO}\n"
    )


def test_preview_when_a_rule_only_advises_passes_and_shows_it(
    project: Path, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    engine(violation("b", "advisory", "x is 1: 2"), SUMMARY)
    assert command("prod", project=project, as_json=True) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["refused"] == []
    assert found["advised"][0]["resource"] == "aws:s3:Bucket b"


def test_preview_reports_the_error_of_the_program(
    project: Path, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    said = {"diagnosticEvent": {"severity": "error", "message": "error: orders.yaml: no such file\n"}}
    failed = {"diagnosticEvent": {"severity": "error", "message": "preview failed"}}
    engine(said, failed, code=1)
    assert command("prod", project=project) == 1
    assert "failed in prod (production): orders.yaml: no such file" in capsys.readouterr().out


def test_preview_reports_stderr_when_the_engine_fails_without_a_diagnostic(
    project: Path, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    engine(code=255, complaint="error: passphrase must be set")
    assert command("prod", project=project) == 1
    assert "failed in prod (production): error: passphrase must be set" in capsys.readouterr().out


def test_preview_reports_how_to_get_the_engine_when_it_is_missing(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(InputError, match=r"pulumi: not on PATH; install it, or"):
        command("prod", project=project)


def test_preview_reports_file_and_environments_when_the_environment_is_unknown(
    project: Path, engine: Engine
) -> None:
    engine()
    (project / "Pulumi.prod.yaml").write_text("config: {bulk:environment: prod}\n")
    with pytest.raises(
        InputError,
        match=r"Pulumi.prod.yaml: bulk:environment: 'prod' is not one of development, staging, production",
    ):
        command("prod", project=project)


@pytest.mark.parametrize("only_list", [True, False])
def test_preview_reports_missing_folder(project: Path, only_list: bool) -> None:
    with pytest.raises(InputError, match="nowhere: not a folder"):
        command(project=project / "nowhere", only_list=only_list)


def test_list_has_the_stacks_on_aws_with_their_environments(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(project=project, only_list=True) == 0
    assert json.loads(capsys.readouterr().out) == [{"stack": "prod", "environment": "production"}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("config: [\n", r"Pulumi.prod.yaml, line 2: not YAML: expected the node content"),
        ("- config\n", r"Pulumi.prod.yaml: it does not hold keys and values"),
        ("config: [a]\n", r"Pulumi.prod.yaml: config: not keys and values"),
    ],
)
@pytest.mark.parametrize("only_list", [True, False])
def test_preview_reports_the_place_of_invalid_settings(
    project: Path, engine: Engine, text: str, said: str, only_list: bool
) -> None:
    engine()
    (project / "Pulumi.prod.yaml").write_text(text)
    with pytest.raises(InputError, match=said):
        command(*([] if only_list else ["prod"]), project=project, only_list=only_list)
