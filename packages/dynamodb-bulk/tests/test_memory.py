"""The command keeps freed memory, which only works before polars is there."""

import subprocess
import sys


def test_command_when_imported_has_not_imported_polars() -> None:
    program = "import sys, dynamodb_bulk.cli.app; print('polars' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "False\n"
