"""`bulk init` on a terminal: it asks for the key, the name and the stack, and takes what is typed."""

import fcntl
import os
import pty
import select
import subprocess
import termios
from contextlib import suppress
from pathlib import Path

import pytest
import yaml

from bulk_testing.command import BULK, bulk

_PATIENCE = 60
CTRL_C, CTRL_D = "\x03", "\x04"
ROWS = "id,code,city\n1,x,Porto\n2,y,Aachen\n"


def on_a_terminal(folder: Path, *answers: str) -> tuple[int, str]:
    """Run the command on a terminal of its own; its exit code, and all that it showed.

    A control character is an answer without the end of a line. Ctrl-C is typed again after a second: one that
    comes between the question and the reading of its answer is seen at the next key.
    """
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [BULK, "init", "people.csv"],
        cwd=folder, stdin=its, stdout=its, stderr=its, close_fds=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0), start_new_session=True,
    )  # fmt: skip
    os.close(its)
    shown, typed_last, patience = b"", b"", _PATIENCE
    waiting = [(answer if answer and answer < " " else f"{answer}\n").encode() for answer in answers]
    with suppress(OSError):  # the terminal ends with the process
        while patience:
            if not select.select([ours], [], [], 1)[0]:
                patience -= 1
                if typed_last == CTRL_C.encode():
                    os.write(ours, typed_last)
                continue
            if not (chunk := os.read(ours, 4096)):
                break
            shown += chunk
            if chunk.endswith(b"]: ") and waiting:
                typed_last = waiting.pop(0)
                os.write(ours, typed_last)
    os.close(ours)
    assert not waiting, shown.decode()
    try:
        return process.wait(_PATIENCE), shown.decode()
    finally:
        process.kill()


@pytest.fixture
def people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "people.csv").write_text(ROWS)
    (tmp_path / "Pulumi.dev.yaml").write_text("# ours\nconfig:\n  aws:region: eu-west-1\n")
    monkeypatch.chdir(tmp_path)
    # Which is for a process of its own.
    monkeypatch.setattr("signal.siginterrupt", lambda *_: None)
    return tmp_path


def typed(*answers: str) -> tuple[int, str]:
    """The exit code, and all that was shown, where these lines are typed."""
    ended = bulk("init", "people.csv", typed=answers)
    return ended.returncode, ended.stdout + ended.stderr


def test_init_takes_what_is_typed_and_asks_again_for_a_column_that_does_not_exist(people: Path) -> None:
    code, shown = typed("cod", "code,id", "visitors", "dev")
    assert code == 0, shown
    assert "no column cod; did you mean code?" in shown
    written = yaml.safe_load((people / "dataset.yaml").read_text())
    assert (written["name"], written["table"]["partition_key"]["name"]) == ("visitors", "code")
    assert written["table"]["sort_key"]["name"] == "id"
    settings = (people / "Pulumi.dev.yaml").read_text()
    assert settings.startswith("# ours\n")
    assert yaml.safe_load(settings)["config"]["bulk:loads"] == [{"dataset": "dataset.yaml"}]


def test_init_takes_what_is_likeliest_when_only_return_is_typed(people: Path) -> None:
    code, shown = typed("", "", "")
    assert code == 0, shown
    written = yaml.safe_load((people / "dataset.yaml").read_text())
    assert (written["name"], written["table"]["partition_key"]["name"]) == ("people", "id")
    assert "bulk:loads" not in (people / "Pulumi.dev.yaml").read_text()


def test_init_ends_at_once_and_writes_nothing_when_it_is_interrupted_on_a_terminal(people: Path) -> None:
    code, shown = on_a_terminal(people, "", "", CTRL_C)
    # -2: a second Ctrl-C, typed since the answer was not read yet, came at the end. A shell calls both 130.
    assert code in (130, -2)
    assert "Traceback" not in shown
    assert not (people / "dataset.yaml").exists()


def test_init_ends_at_the_first_question_when_it_is_interrupted(people: Path) -> None:
    code, shown = typed(CTRL_C)
    assert code == 130, shown
    assert not (people / "dataset.yaml").exists()


def test_init_asks_again_for_a_stack_and_a_name_that_cannot_be(people: Path) -> None:
    code, shown = typed("", "a/b", "visitors", "prod", "dev")
    assert code == 0, shown
    assert "no stack prod" in shown
    assert yaml.safe_load((people / "dataset.yaml").read_text())["name"] == "visitors"
    assert "bulk:loads" in (people / "Pulumi.dev.yaml").read_text()


def test_init_asks_for_an_encoding_that_is_not_sure_until_it_is_one(people: Path) -> None:
    (people / "people.csv").write_bytes("id,goods\n1,daň\n2,sůl\n".encode("cp1250"))
    code, shown = typed("cp12500", "hex", "cp1250", "", "", "")
    assert (code, shown.count("is not an encoding")) == (0, 2), shown
    assert yaml.safe_load((people / "dataset.yaml").read_text())["source"]["encoding"] == "cp1250"


def test_init_takes_what_is_likeliest_when_the_input_ends(people: Path) -> None:
    assert typed(CTRL_D, CTRL_D, CTRL_D)[0] == 0
    assert yaml.safe_load((people / "dataset.yaml").read_text())["name"] == "people"
