"""The commands of docs/dataset.md do what the page says."""

import re
import shutil
from pathlib import Path

import pytest

from bulk_testing.command import bulk

ROOT = Path(__file__).parents[4]
COMMANDS = re.findall(r"^    bulk (init .*)$", (ROOT / "docs/dataset.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_documented_command_writes_a_good_dataset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    ended = bulk(*command.split())
    assert (ended.returncode, "good" in ended.stdout) == (0, True), ended.stdout + ended.stderr


def test_documented_commands_are_of_files_and_of_documents() -> None:
    assert len(COMMANDS) == 2
