"""The pytest plugin of all tests: AWS locally, started once, and marks for the tests that use it."""

import atexit
import gc
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from inspect import CO_VARKEYWORDS
from pathlib import Path

import pytest
from botocore.client import ClientCreator
from botocore.compat import accepts_kwargs
from botocore.hooks import EventAliaser
from botocore.loaders import create_loader
from botocore.model import ServiceModel

from dynamodb_bulk.spec.errors import InputError
from local_aws.background import MOTO
from local_aws.dynamodb_local.acquire import find_jars
from local_aws.state import folders
from local_aws.terminal import Terminal
from local_aws.testing.stage import Stage

# Tests start Python hundreds of times. Half of each start is compiling, unless it is kept.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

SERVERS = frozenset({"server", "slow_server", "server_of_module"})


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Import and collect: what stays until the end is not searched for garbage, neither now nor later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Mark each test that needs a server, by the fixtures that it uses, directly or not."""
    for item in items:
        fixtures: Sequence[str] = getattr(item, "fixturenames", ())
        if not SERVERS.isdisjoint(fixtures):
            item.add_marker("server")
        if "dynamodb_local" in fixtures:
            item.add_marker("dynamodb_local")


@pytest.fixture(autouse=True, scope="session")
def no_real_aws() -> None:
    """Credentials that open nothing, and no way to find better ones."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(
        AWS_ACCESS_KEY_ID="local",
        AWS_SECRET_ACCESS_KEY="local",
        AWS_REGION="eu-west-1",
        AWS_DEFAULT_REGION="eu-west-1",
        AWS_EC2_METADATA_DISABLED="true",
        AWS_ENDPOINT_URL="http://127.0.0.1:1",
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        MOTO_EC2_LOAD_DEFAULT_AMIS="false",  # as local AWS does
    )


@pytest.fixture(autouse=True, scope="session")
def clients_made_quickly() -> Iterator[None]:
    """Work out once a process, not once a client, what services are like: it takes longer than most calls.

    That is their models, the classes of clients, and what the events of a client are called now. Whether a
    handler takes what comes is seen from its code.
    """
    new_class = ClientCreator._create_client_class  # pyright: ignore
    classes: dict[str, type] = {}
    named_now: Callable[[str], str] = EventAliaser(None)._alias_event_name  # pyright: ignore

    def takes_more(handler: Callable[..., object]) -> bool:
        code = getattr(getattr(handler, "__func__", handler), "__code__", None)
        return bool(code.co_flags & CO_VARKEYWORDS) if code else bool(accepts_kwargs(handler))

    def class_of(creator: ClientCreator, name: str, model: ServiceModel) -> type:
        if name not in classes:
            classes[name] = new_class(creator, name, model)
        return classes[name]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.session.create_loader", cache(create_loader))
        patch.setattr(ClientCreator, "_create_client_class", class_of)
        patch.setattr(EventAliaser, "_alias_event_name", staticmethod(named_now))
        patch.setattr("botocore.hooks.accepts_kwargs", takes_more)
        yield


@cache
def forking() -> subprocess.Popen[str]:
    """The process that forks the servers of this one, and ends with it."""
    command = [sys.executable, "-m", "local_aws.testing.forked"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(process.communicate)
    return process


@contextmanager
def running(latency: str, *more: str) -> Generator[str]:
    """The URL of a server that runs as long as the block."""
    options = ["--port", "0", "--latency", latency, "--clone", str(Path.cwd()), *more]
    into, out = forking().stdin, forking().stdout
    assert into is not None
    assert out is not None
    into.write(f"{json.dumps([options, dict(os.environ)])}\n")
    into.flush()
    url = out.readline().split()[-1]
    process = json.loads(fetch(f"{url}/_bulk/health")[1])["pid"]
    try:
        yield url
    finally:
        os.kill(process, signal.SIGTERM)


CHOSEN = os.environ.get("BULK_DYNAMODB", MOTO)
needs_replicas = pytest.mark.skipif(CHOSEN != MOTO, reason="DynamoDB Local has no replicas, and refuses them")


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A server in which waiting is short."""
    with running("fast", "--dynamodb", CHOSEN) as url:
        yield url


@pytest.fixture(scope="module")
def server_of_module() -> Iterator[str]:
    """A server whose account the tests of one module have to themselves; AWS_ENDPOINT_URL names it."""
    with pytest.MonkeyPatch.context() as patch, running("fast") as url:
        patch.setenv("AWS_ENDPOINT_URL", url)
        yield url


@pytest.fixture(scope="session")
def slow_server() -> Iterator[str]:
    """A server that takes a tenth of AWS's own time."""
    with running("aws/10") as url:
        yield url


@pytest.fixture(scope="session")
def dynamodb_local() -> Iterator[str]:
    """A server whose items are in AWS's own DynamoDB Local."""
    try:
        find_jars(folders().dynamodb_local, Terminal())
    except InputError as error:
        pytest.skip(str(error))
    with running("fast", "--dynamodb", "dynamodb-local") as url:
        yield url


@pytest.fixture
def local_stage(dynamodb_local: str) -> Stage:
    """A stage on that server."""
    return Stage(dynamodb_local)


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
