"""`bulk init` on a terminal: it asks for the key, the name and the stack, and takes what is typed."""

import os
import pty
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
import yaml

from bulk_testing.command import BULK

ROWS = "id,code,city\n1,x,Porto\n2,y,Aachen\n"


def typed(folder: Path, *answers: str) -> tuple[int, str]:
    """Run the command on a terminal of its own; its exit code, and all that it showed."""
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [BULK, "init", "people.csv"], cwd=folder, stdin=its, stdout=its, stderr=its, close_fds=True
    )
    os.close(its)
    shown = b""
    waiting = [f"{answer}\n".encode() for answer in answers]
    with suppress(OSError):  # the terminal ends with the process
        while chunk := os.read(ours, 4096):
            shown += chunk
            if chunk.endswith(b"]: ") and waiting:
                os.write(ours, waiting.pop(0))
    os.close(ours)
    assert not waiting, shown.decode()
    return process.wait(), shown.decode()


@pytest.fixture
def people(tmp_path: Path) -> Path:
    (tmp_path / "people.csv").write_text(ROWS)
    (tmp_path / "Pulumi.dev.yaml").write_text("# ours\nconfig:\n  aws:region: eu-west-1\n")
    return tmp_path


def test_init_takes_what_is_typed_and_asks_again_for_a_column_that_does_not_exist(people: Path) -> None:
    code, shown = typed(people, "cod", "code,id", "visitors", "dev")
    assert code == 0, shown
    assert "no column cod; did you mean code?" in shown
    written = yaml.safe_load((people / "dataset.yaml").read_text())
    assert (written["name"], written["table"]["partition_key"]["name"]) == ("visitors", "code")
    assert written["table"]["sort_key"]["name"] == "id"
    settings = (people / "Pulumi.dev.yaml").read_text()
    assert settings.startswith("# ours\n")
    assert yaml.safe_load(settings)["config"]["bulk:loads"] == [{"dataset": "dataset.yaml"}]


def test_init_takes_what_is_likeliest_when_only_return_is_typed(people: Path) -> None:
    code, shown = typed(people, "", "", "")
    assert code == 0, shown
    written = yaml.safe_load((people / "dataset.yaml").read_text())
    assert (written["name"], written["table"]["partition_key"]["name"]) == ("people", "id")
    assert "bulk:loads" not in (people / "Pulumi.dev.yaml").read_text()
