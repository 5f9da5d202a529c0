"""AWS on this machine, started once for all tests of this folder."""

import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.localaws.free_port import free_port
from tests.localaws.stage import Stage

ROOT = Path(__file__).parents[2]


@contextmanager
def running(latency: str) -> Generator[str]:
    """The URL of a server that runs as long as the block."""
    port = free_port()
    command = [sys.executable, "-m", "localaws.server", "--port", str(port)]
    options = ["--latency", latency, "--clone", str(ROOT)]
    with subprocess.Popen([*command, *options], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield f"http://127.0.0.1:{port}"
        process.terminate()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A server in which waiting is short."""
    with running("fast") as url:
        yield url


@pytest.fixture(scope="session")
def slow_server() -> Iterator[str]:
    """A server that takes AWS's own time."""
    with running("aws") as url:
        yield url


@pytest.fixture
def slow_stage(slow_server: str) -> Stage:
    """A stage on the slow server."""
    return Stage(slow_server)


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
