"""A gate in front of a clone's AWS: something is done before a certain request goes through."""

import http.client
import re
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

# By a pattern of `METHOD /path` or of X-Amz-Target's operation: what is done before the first such request.
Actions = Mapping[str, Callable[[], object]]


@contextmanager
def gate(endpoint: str, actions: Actions) -> Generator[str]:
    """The URL of the gate, as long as the block runs; every action has been done at its end."""
    waiting = dict(actions)
    lock = threading.Lock()
    host = urlsplit(endpoint).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            pass

        def pass_on(self) -> None:
            name = self.headers.get("X-Amz-Target", "").partition(".")[2] or f"{self.command} {self.path}"
            with lock:
                found = [waiting.pop(each) for each in list(waiting) if re.search(each, name)]
            for action in found:
                action()
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {key: value for key, value in self.headers.items() if key.lower() != "expect"}
            with_host = headers | {"Host": host, "Connection": "close"}
            upstream = http.client.HTTPConnection(host, timeout=120)
            upstream.request(self.command, self.path, body=body, headers=with_host)
            answer = upstream.getresponse()
            content = answer.read()
            upstream.close()
            self.send_response(answer.status)
            for key, value in answer.getheaders():
                if key.lower() not in ("connection", "transfer-encoding", "content-length", "date", "server"):
                    self.send_header(key, value)
            length = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(content))
            self.send_header("Content-Length", length or "0")
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = pass_on  # noqa: N815 - the base's names

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
    assert not waiting, f"never asked for: {', '.join(waiting)}"
