"""A process of the Python that clones have is one that a test may kill, and that ends with who started it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.clone import ROOT, until
from tests.e2e.warm import make_environment

SLEEPS = "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(1000)\n"


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """The Python of a new environment, beside a command that it runs warm."""
    make_environment(tmp_path / ".venv", ROOT / ".venv")
    (tmp_path / "run_program.py").write_text(SLEEPS)
    return tmp_path / ".venv" / "bin" / "python"


def is_over(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_process_ends_when_its_client_is_signalled(python: Path, number: signal.Signals) -> None:
    command = [python, "-u", python.parents[2] / "run_program.py"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout is not None
        process = int(client.stdout.readline())
        assert process != client.pid
        client.send_signal(number)
        assert client.wait() == -number
    until(lambda: is_over(process))


def test_process_loses_its_parent_when_its_client_does(python: Path) -> None:
    program = python.parents[2] / "run_program.py"
    program.write_text(
        "import os, time\nparent = os.getppid()\nprint(flush=True)\n"
        "while os.getppid() == parent: time.sleep(0.05)\nprint('alone', flush=True)\n"
    )
    started = f"import subprocess; subprocess.Popen({[str(python), '-u', str(program)]}); input()"
    with subprocess.Popen(
        [sys.executable, "-c", started], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        assert parent.communicate("\n")[0] == "alone\n"


def test_process_ends_with_the_code_and_the_output_of_its_program(python: Path) -> None:
    program = python.parents[2] / "run_program.py"
    program.write_text("import sys\nprint(sys.argv[1:], input())\nsys.exit(3)\n")
    ended = subprocess.run([python, program, "a"], input="b\n", capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (3, "['a'] b\n")
