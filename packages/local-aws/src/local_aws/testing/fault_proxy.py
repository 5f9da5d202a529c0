"""A proxy in front of AWS locally that does to chosen calls what networks and AWS do, or holds them."""

import http.client
import json
import re
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import parse_qs, urlsplit

Fault = Literal["reset", "hang", "lost", "cut", "broken", "empty", "html"] | tuple[int, str]
"""Of the call: `reset` breaks the connection, `hang` gives no answer; neither arrives at AWS.
Of the answer: it is `lost` whole, `cut` in its middle, the connection with it (`broken`), `empty`, or another
program's (`html`). (400, "SlowDown") is an error, for a call that does not arrive."""
_OF_THE_CONNECTION = ("connection", "transfer-encoding", "content-length")


@dataclass(eq=False)
class _Action:
    """What is done before a call; `left` counts down to it."""

    call: str
    action: Callable[[], object]
    left: int

    def is_due(self, call: str) -> bool:
        if re.match(self.call, call):
            self.left -= 1
            return self.left == 0
        return False


class FaultProxy:
    """Which calls fail next, and which were made.

    A call is `DescribeTable` or `GET /bucket/key`; patterns match its beginning. `ahead` is how far AWS's
    clock is ahead.
    """

    def __init__(self, upstream: str) -> None:
        self.upstream = urlsplit(upstream).netloc
        self.url = ""
        self.calls: list[str] = []
        self.over = threading.Event()
        self.ahead = timedelta()
        self._lock = threading.Lock()
        self._faults: dict[str, list[Fault]] = {}
        self._always: dict[str, Fault] = {}
        self._actions: list[_Action] = []

    def fail(self, call: str, fault: Fault, times: int | None = None) -> None:
        """Fail the next calls that match; every one without `times`."""
        if times is None:
            self._always[call] = fault
        else:
            self._faults[call] = [fault] * times

    def heal(self) -> None:
        """No more faults, and nothing more to be done before calls."""
        self._faults.clear()
        self._always.clear()
        self._actions.clear()

    def before(self, call: str, action: Callable[[], object], *, number: int = 1) -> None:
        """Do this before the call that matches as the `number`-th goes through; until it is done, it waits.

        A fault that the action sets is of that call, too.
        """
        self._actions.append(_Action(call, action, number))

    @property
    def waiting(self) -> list[str]:
        """The calls that something was to be done before, and that were never made."""
        return [each.call for each in self._actions]

    def arrive(self, call: str) -> Fault | None:
        """Return a call has come: do what is to be done before it; its fault."""
        with self._lock:
            self.calls.append(call)
            due = [each for each in self._actions if each.is_due(call)]
            self._actions = [each for each in self._actions if each not in due]
        for each in due:
            each.action()
        with self._lock:
            return self._fault(call)

    def _fault(self, call: str) -> Fault | None:
        for name, left in self._faults.items():
            if left and re.match(name, call):
                return left.pop()
        return next((fault for name, fault in self._always.items() if re.match(name, call)), None)


@contextmanager
def fault_proxy(upstream: str) -> Generator[FaultProxy]:
    """A proxy that runs as long as the block; all that was to be done before calls is done at its end."""
    proxy = FaultProxy(upstream)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.proxy = proxy
    proxy.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.over.set()
        server.shutdown()
        server.server_close()
    assert not proxy.waiting, f"never called: {', '.join(proxy.waiting)}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    proxy: FaultProxy

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that is gone: tests kill them."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # pyright: ignore[reportArgumentType]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name for it
        pass

    def pass_on(self) -> None:
        body = self._body()
        fault = self.server.proxy.arrive(self._call(body))
        if isinstance(fault, tuple):
            self._refuse(*fault)
        elif fault == "hang":
            self.server.proxy.over.wait()
            self.close_connection = True
        elif fault == "reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
            self.connection.close()
        else:
            self._answer(body, fault)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = pass_on  # noqa: N815 - the base class's names

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _call(self, body: bytes) -> str:
        target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        action = parse_qs(body.decode("latin1")).get("Action", [""])[0] if not target else ""
        return target or action or f"{self.command} {self.path}"

    def _refuse(self, status: int, code: str) -> None:
        said = {"__type": code, "message": f"refused with {code}"}
        text = json.dumps(said) if self.headers.get("X-Amz-Target") else ""
        xml = f"<Error><Code>{code}</Code><Message>refused</Message></Error>"
        if "form-urlencoded" in self.headers.get("Content-Type", ""):  # the query protocol, as of STS and IAM
            xml = f"<ErrorResponse>{xml}</ErrorResponse>"
        self._send(status, (), (text or xml).encode())

    def _answer(self, body: bytes, fault: Fault | None) -> None:
        onward = http.client.HTTPConnection(self.server.proxy.upstream)
        kept = {name: value for name, value in self.headers.items() if _passed_on(name)}
        onward.request(self.command, self.path, body, {**kept, "Content-Length": str(len(body))})
        answer = onward.getresponse()
        content, headers = answer.read(), answer.getheaders()
        onward.close()
        length = None
        if fault == "html":
            content = b"<html>Gateway</html>"
        elif fault == "empty":
            content = b""
        elif fault in ("cut", "broken"):
            length = len(content) if fault == "broken" else None
            content = content[: len(content) // 2]
        self.close_connection = self.close_connection or fault in ("lost", "broken")
        if fault != "lost":
            self._send(answer.status, headers, content, length)

    def _send(
        self, status: int, headers: Iterable[tuple[str, str]], content: bytes, length: int | None = None
    ) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if _passed_on(name) and name.lower() != "date":
                self.send_header(name, value)
        now = time.time() + self.server.proxy.ahead.total_seconds()
        self.send_header("Date", self.date_time_string(now))
        head = dict(headers).get("Content-Length", "0") if self.command == "HEAD" else None
        self.send_header("Content-Length", head or str(len(content) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _passed_on(header: str) -> bool:
    return header.lower() not in (*_OF_THE_CONNECTION, "expect")
