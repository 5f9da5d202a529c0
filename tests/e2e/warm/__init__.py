"""A Python for clones that has imported what is installed: most of a `pulumi` command's time is importing.

A command starts half a dozen Pythons, each of which imports Pulumi's SDK, gRPC or boto3 anew, and the
packages of this project, which a user has installed, too. `bin/python` of a clone's environment is the client
here: it asks a server, which has imported those, for a fork. All else is as with any Python: each process is
its own, imports the program with its components and policies itself, takes signals, and ends with the one
that started it. What is no part of a `pulumi` or `bulk` command runs in an ordinary Python.
"""

import fcntl
import json
import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from uuid import uuid4

from tests.e2e.warm.client import KNOWN

HERE = Path(__file__).parent
START = "import server; run = server.serve(); run and run()"
# Each has its own order of sets: what depends on that differs from one process to the next, as it would.
SERVERS = 2


def make_environment(folder: Path, original: Path) -> None:
    """Make `folder` an environment like the original one; its Python is warm where there are pidfds."""
    if not hasattr(os, "pidfd_open"):
        folder.symlink_to(original)
        return
    python, warm = original / "bin" / "python", folder / "bin" / "python"
    warm.parent.mkdir(parents=True)
    for each in original.iterdir():
        if each.name != "bin":
            (folder / each.name).symlink_to(each)
    for each in python.parent.iterdir():
        place = warm.parent / each.name
        shebang, _, rest = each.read_bytes().partition(b"\n")
        if each.name.startswith("python"):
            place.write_text(f"#!{python} -IS\n{(HERE / 'client.py').read_text()}")
            place.chmod(0o755)
        elif shebang == f"#!{python}".encode():
            place.write_bytes(f"#!{warm}\n".encode() + rest)
            place.chmod(0o755)
        else:
            place.symlink_to(each)
    (warm.parent / KNOWN).write_text(json.dumps({"python": str(python), "servers": _servers(python)}))


@cache
def _servers(python: Path) -> list[str]:
    """Return the sockets of the servers, which all workers of a run share.

    Each worker holds the pipe open that is their input, so that they end with the last one.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid4().hex
    folder = Path(tempfile.gettempdir(), f"warm-{run}")  # a socket's path has at most 107 characters
    folder.mkdir(exist_ok=True)
    sockets, pipe = [str(folder / str(number)) for number in range(SERVERS)], folder / "held"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if pipe.exists():
            os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)  # refused when nobody reads
        else:
            os.mkfifo(pipe)
            _start(python, sockets, pipe)
    return sockets


def _start(python: Path, sockets: list[str], pipe: Path) -> None:
    read = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    os.open(pipe, os.O_WRONLY)
    servers = [
        subprocess.Popen(
            [python, "-c", START, each],
            cwd=HERE,
            env=os.environ | {"PYTHONPATH": str(HERE)},
            stdin=read,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        for each in sockets
    ]
    os.close(read)
    for server in servers:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
