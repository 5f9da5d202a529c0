"""Commands whatever their output is, and whatever is in what they show."""

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest

from bulk_testing.command import BULK, bulk

COMMAND = shlex.quote(str(BULK))
EVIL = "x\x1b]0;evil\x07\u202e[red].csv"
DATASET = r"""
name: odd
source: {files: ["*.csv"], header: true}
columns:
  - {name: "*", type: STRING, length: 50}
  - {name: "^id$", type: INT4}
  - {name: id, type: STRING, length: 50}
  - {name: "é[/red]\u202e", type: STRING, length: 50}
table: {partition_key: {name: id}}
"""
ROWS = "a,b,c,d\nzürich😀,1,a\x1b[31m,[/red]\nb,zwei\x1b[2J,b,\u202e\n"
COMMANDS = {
    "check .": 1,
    "show . items": 1,
    "convert . --out out": 1,
    "estimate .": 0,
}
ALL = pytest.mark.parametrize(("command", "code"), COMMANDS.items())


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dataset.yaml").write_text(DATASET)
    (tmp_path / EVIL).write_text(ROWS)
    monkeypatch.chdir(tmp_path)


def run(command: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        env=os.environ | {"COLUMNS": "200"},
        capture_output=True,
        check=False,
        timeout=600,
    )


@ALL
def test_command_shows_what_would_act_on_a_terminal(command: str, code: int) -> None:
    ended = bulk(*command.split())
    shown = ended.stdout + ended.stderr
    assert ended.returncode == code
    assert not set(shown) & {"\x1b", "\x07", "\u202e"}
    assert "Traceback" not in shown
    if command == "check .":
        assert EVIL.encode("unicode_escape").decode().replace("\\x", "\\u00") + ":3" in shown


@ALL
def test_command_escapes_what_its_output_has_no_characters_for(command: str, code: int) -> None:
    ended = bulk(*command.split(), PYTHONIOENCODING="ascii")
    assert ended.returncode == code
    assert "Traceback" not in ended.stdout + ended.stderr


def test_items_are_json_when_its_output_has_no_characters_for_them() -> None:
    ended = run(f"PYTHONIOENCODING=ascii {COMMAND} show . items")
    assert json.loads(ended.stdout.decode("ascii"))["Item"]["*"] == {"S": "zürich😀"}


@ALL
def test_command_ends_as_ever_when_a_stream_is_closed(command: str, code: int) -> None:
    ended = run(f"{COMMAND} {command} >&- 2>&- <&-")
    assert ended.returncode == code
    assert b"Traceback" not in ended.stdout + ended.stderr


@pytest.mark.parametrize("command", ["check .", "schema"])
def test_command_exits_2_when_nothing_can_be_written(command: str) -> None:
    assert run(f"{COMMAND} {command} >/dev/full 2>/dev/full").returncode == 2


@pytest.mark.parametrize("command", ["check .", "check . --json"])
def test_command_prints_nothing_when_its_reader_has_closed_the_pipe(command: str) -> None:
    # The second line runs when the reader of the first has ended.
    ended = run(f"mkfifo gone; true <gone & exec 3>gone; wait $!; {COMMAND} {command} >&3")
    assert (ended.returncode, ended.stderr) == (141, b"")
