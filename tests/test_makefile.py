"""What `make` hands to commands: paths and settings as they are, and never as commands of a shell."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RECORD = """#!/bin/sh
{ printf '%s\\0' "$@"; echo; } >> "$RECORDED"
test "$*" != "local env" || echo :
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with commands that only record what they are given, in a folder with odd characters."""
    folder = tmp_path / "it's a $HOME; project"
    (folder / ".venv" / "bin").mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", "uv.lock", "Pulumi.local.yaml"):
        shutil.copy(ROOT / name, folder)
    for name in ("bulk", "pulumi", "python"):
        (folder / ".venv" / "bin" / name).write_text(RECORD)
        (folder / ".venv" / "bin" / name).chmod(0o755)
    (folder / ".venv" / "locked").touch()
    return folder


def made(project: Path, *arguments: str) -> Iterator[list[str]]:
    """The arguments of each command that `make` ran."""
    recorded = project / "recorded"
    path = f"{project / '.venv' / 'bin'}:{os.environ['PATH']}"
    done = subprocess.run(
        ["make", *arguments],
        cwd=project,
        env=os.environ | {"PATH": path, "RECORDED": str(recorded)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    for line in recorded.read_text().splitlines():
        yield line.split("\0")[:-1]


def test_preview_checks_the_configuration_and_previews_the_local_stack_with_it(project: Path) -> None:
    checked, *_, last = made(project, "preview")
    configuration = "policies/config/development.json"
    assert checked == ["-m", "policies.configuration", configuration]
    assert last == [
        *("preview", "--stack", "local"),
        *("--policy-pack", "policies", "--policy-pack-config", configuration),
    ]


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("production", "production"),
        ('"staging"', "staging"),
        ("'staging' # for now", "staging"),
        ("production; touch evil", "development"),
        ("$(touch evil)", "development"),
        ("../../evil", "development"),
        ("", "development"),
    ],
)
def test_up_uses_only_the_policies_of_an_environment(project: Path, written: str, used: str) -> None:
    settings = project / "Pulumi.local.yaml"
    text = settings.read_text().replace("bulk:environment: development", f"bulk:environment: {written}")
    settings.write_text(text)
    [up] = [command for command in made(project, "up") if command[0] == "up"]
    assert up[-4:] == ["--policy-pack", "policies", "--policy-pack-config", f"policies/config/{used}.json"]
    assert not (project / "evil").exists()


def test_preview_keeps_compiled_modules_when_the_environment_forbids_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    (project / ".venv" / "bin" / "pulumi").write_text('#!/bin/sh\ntest -z "$PYTHONDONTWRITEBYTECODE"\n')
    assert list(made(project, "preview"))
