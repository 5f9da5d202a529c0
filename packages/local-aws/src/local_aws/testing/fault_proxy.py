"""A proxy between a program and AWS locally that does to chosen calls what a bad network does."""

import http.client
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

# hang: the call does not arrive, and no answer comes; cut: it does arrive, and the connection breaks.
Fault = Literal["hang", "cut"]
_OF_ONE_CONNECTION = ("connection", "transfer-encoding", "content-length")


@dataclass
class FaultProxy:
    """`url` is where it listens; a call of the name `call` gets the fault, `times` of them."""

    url: str
    upstream: str
    call: str = ""
    fault: Fault = "cut"
    times: int = 0
    hit: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    def spoil(self, call: str, fault: Fault, times: int = 1) -> None:
        """Do this to the next calls of that name, as `StartReplicationTask`."""
        self.hit.clear()
        self.call, self.fault, self.times = call, fault, times

    def faulty(self, target: str) -> Fault | None:
        """Return the fault of a call, by its X-Amz-Target."""
        if not self.times or target.rpartition(".")[2] != self.call:
            return None
        self.times -= 1
        self.hit.set()
        return self.fault


@contextmanager
def fault_proxy(upstream: str) -> Generator[FaultProxy]:
    """Listen on a free port of 127.0.0.1 as long as the block."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.proxy = FaultProxy(f"http://127.0.0.1:{server.server_port}", upstream)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.proxy
        finally:
            server.proxy.over.set()
            server.shutdown()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    proxy: FaultProxy


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the base class
        pass

    def handle_any(self) -> None:
        body = self._body()
        fault = self.server.proxy.faulty(self.headers.get("X-Amz-Target", ""))
        if fault == "hang":
            self.server.proxy.over.wait()
        else:
            status, headers, answer = self._forwarded(body)
            if fault is None:
                self._answer(status, headers, answer)
        self.close_connection = self.close_connection or fault is not None

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        pieces: list[bytes] = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _forwarded(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(urlsplit(self.server.proxy.upstream).netloc)
        headers = {name: value for name, value in self.headers.items() if _passed_on(name)}
        connection.request(self.command, self.path, body, {**headers, "Content-Length": str(len(body))})
        answer = connection.getresponse()
        try:
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        length = dict(headers).get("Content-Length", "0") if self.command == "HEAD" else str(len(body))
        for name, value in headers:
            if _passed_on(name):
                self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(body)


for _method in ("GET", "POST", "PUT", "DELETE", "HEAD"):
    setattr(_Handler, f"do_{_method}", _Handler.handle_any)


def _passed_on(header: str) -> bool:
    return header.lower() not in (*_OF_ONE_CONNECTION, "expect")
