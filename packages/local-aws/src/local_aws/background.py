"""The server of local AWS as a separate process: started, found, asked and stopped."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Literal, cast

from dynamodb_bulk.spec.errors import InputError
from local_aws.locks import is_alive
from local_aws.state import PRODUCT, Folders

DEFAULT_PORT = 4566
START_SECONDS = 60
STOP_SECONDS = 15
MOTO = "moto"
DYNAMODBS = (MOTO, "dynamodb-local")
Holder = Literal["nobody", "ours", "another clone", "somebody else"]


@dataclass(frozen=True)
class Server:
    """Describes a server that answers: its port and process, what readiness takes, who holds its tables."""

    port: int
    pid: int
    latency: str
    dynamodb: str = MOTO

    @property
    def url(self) -> str:
        """The endpoint of every service."""
        return f"http://127.0.0.1:{self.port}"


def default_port(environ: Mapping[str, str]) -> int:
    """Return the port that BULK_PORT names, else 4566; raise `InputError` when it is not a port."""
    text = environ.get("BULK_PORT") or str(DEFAULT_PORT)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise InputError("BULK_PORT", f"is {text!r}", "set it to a port number, such as 4567")
    return int(text)


def dynamodb(environ: Mapping[str, str]) -> str:
    """Return what holds the tables: BULK_DYNAMODB, or moto; raise `InputError` if it is neither."""
    chosen = environ.get("BULK_DYNAMODB") or MOTO
    if chosen not in DYNAMODBS:
        raise InputError("BULK_DYNAMODB", f"is {chosen!r}", f"set it to {' or '.join(DYNAMODBS)}")
    return chosen


def recorded(folders: Folders) -> Server | None:
    """The server that this clone started last, if its process still runs; not asked whether it answers."""
    try:
        server = Server(**json.loads(folders.server_record.read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return server if is_alive(server.pid) else None


def ask(port: int) -> tuple[Holder, dict[str, Any]]:
    """Return what answers on a local port, and how it identifies itself."""
    try:
        said = _request(port, "GET", "/_bulk/health")
    except ConnectionRefusedError:
        return "nobody", {}
    except (OSError, http.client.HTTPException, ValueError):
        return "somebody else", {}
    answer = cast("dict[str, Any]", said) if isinstance(said, dict) else {}
    return ("another clone", answer) if answer.get("product") == PRODUCT else ("somebody else", {})


def running(folders: Folders, port: int) -> Server | None:
    """Return this clone's server on a port, or None; raise `InputError` if the port is another's."""
    holder, said = ask(port)
    if holder == "nobody":
        return None
    if said.get("clone") == str(folders.clone):
        return Server(port, int(said["pid"]), str(said["latency"]), said.get("dynamodb", MOTO))
    who = f"the local AWS of another clone, {said['clone']}" if said else "another program"
    raise InputError(
        f"port {port}",
        f"is taken by {who}",
        f"stop it, or choose a different port: BULK_PORT={port + 1} make up",
    )


def start(folders: Folders, port: int, latency: str, dynamodb: str = MOTO) -> Server:
    """Start the server in the background and wait for it; raise `InputError` if it does not answer."""
    command = [sys.executable, "-P", "-m", "local_aws.server", "--port", str(port), "--latency", latency]
    with folders.log.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603
            [*command, "--dynamodb", dynamodb, "--clone", str(folders.clone)],
            cwd=folders.state,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        holder, said = ask(port)
        if said.get("clone") == str(folders.clone):
            server = Server(port, int(said["pid"]), latency, dynamodb)
            _record(folders, server)
            return server
        time.sleep(0.1 if holder == "nobody" else 0.3)
    process.kill()
    lines = folders.log.read_text(errors="replace").strip().splitlines()
    said = lines[-1] if lines else f"it did not answer within {START_SECONDS} s"
    raise InputError("local AWS", f"did not start on port {port}: {said}", f"see {folders.log}")


def forward(server: Server, seconds: float) -> float:
    """Let time pass at the server; the time there then, in seconds of the epoch."""
    return float(_request(server.port, "POST", "/_bulk/clock", {"forward_seconds": seconds})["now"])


def _request(port: int, method: str, path: str, document: object = None) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, path, json.dumps(document) if document else None)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def _record(folders: Folders, server: Server) -> None:
    new = folders.server_record.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps(asdict(server)))
    new.replace(folders.server_record)


def set_state_aside(folders: Folders) -> bool:
    """Move the stacks' states, if any, to `pulumi.previous`: what they describe ended with its server."""
    if not (folders.backend / ".pulumi").exists():
        return False
    shutil.rmtree(folders.previous_backend, ignore_errors=True)
    folders.backend.rename(folders.previous_backend)
    folders.backend.mkdir()
    return True


def changes_provider(folders: Folders, provider: str) -> bool:
    """Record which AWS provider is used from now on; return whether another one made the stacks' states."""
    record = folders.provider_record
    before = record.read_text() if record.exists() else provider
    record.write_text(provider)
    return before != provider and (folders.backend / ".pulumi").exists()


def stop(folders: Folders, server: Server) -> None:
    """Stop the server of this clone, wait for it, and remove its record."""
    with suppress(ProcessLookupError):
        os.kill(server.pid, signal.SIGTERM)
        end = time.monotonic() + STOP_SECONDS
        while is_alive(server.pid) and time.monotonic() < end:
            time.sleep(0.05)
        if is_alive(server.pid):
            os.kill(server.pid, signal.SIGKILL)
    folders.server_record.unlink(missing_ok=True)
