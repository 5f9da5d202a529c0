"""Local AWS behind a connection that fails as networks and AWS do: a proxy with faults."""

import http.client
import json
import socket
import struct
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import parse_qs, urlsplit

Fault = Literal["reset", "cut", "broken", "empty", "html"] | tuple[int, str]
"""`cut` ends an answer in its middle, `broken` the connection, too; (400, "SlowDown") is an error."""


class Faulty:
    """Which calls fail next, and which were made. A call is `DescribeTable` or `GET /bucket/key`."""

    def __init__(self, upstream: str) -> None:
        self.upstream = urlsplit(upstream)
        self.calls: list[str] = []
        self.url = ""
        self._faults: dict[str, list[Fault]] = {}
        self._always: dict[str, Fault] = {}

    def fail(self, call: str, fault: Fault, times: int | None = None) -> None:
        """Fail the next calls whose name begins so; every one without `times`."""
        if times is None:
            self._always[call] = fault
        else:
            self._faults[call] = [fault] * times

    def heal(self) -> None:
        """No more faults."""
        self._faults.clear()
        self._always.clear()

    def fault(self, call: str) -> Fault | None:
        self.calls.append(call)
        for name, left in self._faults.items():
            if call.startswith(name) and left:
                return left.pop()
        return next((fault for name, fault in self._always.items() if call.startswith(name)), None)


@contextmanager
def faulty(upstream: str) -> Generator[Faulty]:
    """A proxy that runs as long as the block."""
    state = Faulty(upstream)

    class Handler(_Handler):
        faults = state

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    faults: Faulty

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name for it
        pass

    def pass_on(self) -> None:
        body = self._body()
        fault = self.faults.fault(self._call(body))
        if fault == "reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
            self.connection.close()
        elif isinstance(fault, tuple):
            self._refuse(*fault)
        else:
            self._answer(body, fault)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = pass_on  # noqa: N815

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
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
        self._send(
            status, {}, (text or f"<Error><Code>{code}</Code><Message>refused</Message></Error>").encode()
        )

    def _answer(self, body: bytes, fault: Fault | None) -> None:
        onward = http.client.HTTPConnection(self.faults.upstream.netloc, timeout=60)
        kept = {
            name: value
            for name, value in self.headers.items()
            if name.lower() not in ("connection", "transfer-encoding", "expect", "content-length")
        }
        onward.request(self.command, self.path, body, {**kept, "Content-Length": str(len(body))})
        answer = onward.getresponse()
        content = answer.read()
        headers = dict(answer.getheaders())
        onward.close()
        if fault == "html":
            content = b"<html>Gateway</html>"
        elif fault == "empty":
            content = b""
        elif fault in ("cut", "broken"):
            length = len(content)
            content = content[: length // 2]
            if fault == "broken":
                headers["Content-Length"] = str(length)
                self.close_connection = True
                self._send(answer.status, headers, content, length)
                return
        self._send(answer.status, headers, content)

    def _send(self, status: int, headers: dict[str, str], content: bytes, length: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("connection", "transfer-encoding", "content-length", "date", "server"):
                self.send_header(name, value)
        head = headers.get("Content-Length", "0") if self.command == "HEAD" else None
        self.send_header("Content-Length", head or str(len(content) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
