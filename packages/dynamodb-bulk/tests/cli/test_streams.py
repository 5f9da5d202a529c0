"""Commands whatever their output is, and whatever is in what they show."""

import json
import os
import shlex
import subprocess
import sys
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
# Each command in a process of its own, with the streams of this one, which imports all that they need.
EACH = """\
import os, sys
from pathlib import Path
from dynamodb_bulk.cli import app, check, convert, estimate, show
codes = []
for command in sys.argv[1:]:
    if not os.fork():
        sys.argv[1:] = command.split()
        app.main()
    codes.append(os.waitstatus_to_exitcode(os.wait()[1]))
Path("codes").write_text(repr(codes))
"""


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


def each(line: str, *commands: str) -> tuple[list[int], bytes]:
    """The exit codes of the commands in place of {} in a line, and what they wrote to standard error."""
    said = run(line.format(shlex.join([sys.executable, "-c", EACH, *commands]))).stderr
    return json.loads(Path("codes").read_text()), said


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


def test_commands_end_as_ever_when_their_streams_are_closed() -> None:
    codes, _ = each("{} >&- 2>&- <&-", *COMMANDS)
    assert codes == list(COMMANDS.values())


def test_commands_exit_2_when_nothing_can_be_written() -> None:
    assert each("{} >/dev/full 2>/dev/full", "check .", "schema")[0] == [2, 2]


def test_commands_exit_2_with_one_line_when_their_output_cannot_be_written() -> None:
    codes, said = each("{} >/dev/full", "check .", "show . items", "schema")
    assert codes == [2, 2, 2]
    assert said == b"error: output: No space left on device\n" * 3


def test_commands_print_nothing_when_their_reader_has_closed_the_pipe() -> None:
    # What comes after `wait` runs when the reader has ended.
    codes, said = each("mkfifo gone; true <gone & exec 3>gone; wait $!; {} >&3", "check .", "check . --json")
    assert (codes, said) == ([141, 141], b"")
