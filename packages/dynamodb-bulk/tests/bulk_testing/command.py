"""The `bulk` command, run as a user runs it, or in this process."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from dynamodb_bulk.cli.app import main

BULK = Path(sys.executable).parent / "bulk"


def bulk(*arguments: object, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command in this process: to start Python and import everything takes longer than it does."""
    written = io.BytesIO(), io.BytesIO()
    encoding = environ.get("PYTHONIOENCODING", "utf-8")
    out, error = (io.TextIOWrapper(each, encoding=encoding, write_through=True) for each in written)
    typed = list(map(str, arguments))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ({"COLUMNS": "200"} | environ).items():
            patch.setenv(name, value)
        patch.setattr("sys.argv", ["bulk", *typed])
        patch.setattr("sys.stdout", out)
        patch.setattr("sys.stderr", error)
        # It is for a process of the command's own.
        patch.setattr("dynamodb_bulk.cli.app.keep_freed_memory", lambda: None)
        with pytest.raises(SystemExit) as ended:
            main()
    code = ended.value.code
    assert isinstance(code, int)
    said = [each.getvalue().decode(encoding) for each in written]
    return subprocess.CompletedProcess(typed, code, *said)
