"""The command keeps freed memory, which only works before polars is imported."""

import subprocess
import sys

import pytest


def test_command_when_imported_has_not_imported_polars() -> None:
    program = "import sys, dynamodb_bulk.cli.app; print('polars' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "False\n"


@pytest.mark.parametrize("slow", ["polars", "pydantic", "boto3", "moto"])
def test_help_of_the_command_does_not_import_slow_modules(slow: str) -> None:
    program = (
        "import atexit, sys; from dynamodb_bulk.cli.app import main; sys.argv = ['bulk', '--help']; "
        f"atexit.register(lambda: print('imported', {slow!r} in sys.modules, file=sys.stderr)); main()"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "Commands" in ended.stdout
    assert ended.stderr == "imported False\n"
