"""Commands whatever their output is, and whatever is in what they show."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from bulk_testing.command import bulk

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
NO_SPACE = "error: output: No space left on device\n"
# Where each command writes, its exit code, and what it says of it. `gone` is a pipe that nobody reads.
UNWRITTEN = {
    "check . >/dev/full": (2, NO_SPACE),
    "show . items >/dev/full": (2, NO_SPACE),
    "schema >/dev/full": (2, NO_SPACE),
    "check . >/dev/full 2>/dev/full": (2, ""),
    "schema >/dev/full 2>/dev/full": (2, ""),
    "check . >gone": (141, ""),
    "check . --json >gone": (141, ""),
}
# Each command in a process of its own, forked from this one, which imports all that they need.
EACH = """\
import gc, json, os, sys
from pathlib import Path
from dynamodb_bulk.cli import app, check, convert, estimate, show
gc.freeze()  # else each fork copies it all at its end
def opened(path):
    if path != "gone":
        return os.open(path, os.O_WRONLY)
    reader, writer = os.pipe()
    os.close(reader)
    return writer
ended = {}
for line in sys.argv[1:]:
    if not os.fork():
        os.dup2(os.open("said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        for word in line.split():
            number, into, path = word.partition(">")
            if into:
                os.dup2(opened(path), int(number or 1))
        sys.argv[1:] = [word for word in line.split() if ">" not in word]
        app.main()
    code = os.waitstatus_to_exitcode(os.wait()[1])
    ended[line] = (code, Path("said").read_text())
Path("ended.json").write_text(json.dumps(ended))
"""


def arrange(folder: Path) -> None:
    (folder / "dataset.yaml").write_text(DATASET)
    (folder / EVIL).write_text(ROWS)


def each(*lines: str, closed: bool = False) -> dict[str, tuple[int, str]]:
    """The exit code of each command, and what it wrote to standard error."""
    started = shlex.join([sys.executable, "-c", EACH, *lines])
    shell = f"{started} >&- 2>&- <&-" if closed else started
    subprocess.run(["sh", "-c", shell], capture_output=True, check=True, timeout=600)
    found = json.loads(Path("ended.json").read_text())
    return {line: (code, said) for line, (code, said) in found.items()}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arrange(tmp_path)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    """How each of the commands ended that cannot write."""
    folder = tmp_path_factory.mktemp("unwritten")
    arrange(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return each(*UNWRITTEN)


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
    ended = bulk("show", ".", "items", PYTHONIOENCODING="ascii")
    assert ended.stdout.isascii()
    assert json.loads(ended.stdout)["Item"]["*"] == {"S": "zürich😀"}


def test_commands_end_as_ever_when_their_streams_are_closed() -> None:
    codes = {command: code for command, (code, _) in each(*COMMANDS, closed=True).items()}
    assert codes == COMMANDS


@pytest.mark.parametrize("line", UNWRITTEN)
def test_command_exits_with_one_line_at_most_when_it_cannot_write(
    line: str, ended: dict[str, tuple[int, str]]
) -> None:
    assert ended[line] == UNWRITTEN[line]
