"""The `bulk` command, run as a user runs it."""

import os
import subprocess
import sys
from pathlib import Path

BULK = Path(sys.executable).parent / "bulk"


def bulk(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BULK), *arguments],
        env=os.environ | {"COLUMNS": "200"} | environ,
        capture_output=True,
        text=True,
        check=False,
    )
