"""AWS on this machine, started once for all tests of this folder."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.localaws.free_port import free_port
from tests.localaws.stage import Stage

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a running server."""
    port = free_port()
    command = [sys.executable, "-m", "localaws.server", "--port", str(port), "--clone", str(ROOT)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ}) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield f"http://127.0.0.1:{port}"
        process.terminate()


@pytest.fixture
def stage(server: str) -> Stage:
    """A region of its own name space in the server, with the roles of an account."""
    return Stage(server)


def fetch(url: str) -> tuple[int, bytes]:
    """Status and body of a GET."""
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
