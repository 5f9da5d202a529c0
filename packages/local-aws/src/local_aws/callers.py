"""Who may call the local server: programs that ask for it by a local name, and no web page of another origin.

A page in a browser can reach the loopback address too: directly, by a form or a script, or by a name of its
own that resolves to 127.0.0.1 (DNS rebinding). Browsers name the page in `Origin` and `Sec-Fetch-Site`:
https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# SDKs put a bucket, an account or a prefix such as `sync-` before the name of an endpoint. No browser asks a
# name server about a name that ends like these.
_LOCAL = re.compile(
    r"(?:(?:[a-z0-9_-]+\.)*(?:127\.0\.0\.1|localhost)|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE
)
_OWN_SITE = {None, "none", "same-origin"}
_CORS = "access-control-"


def local_callers_only(app: "WSGIApplication") -> "WSGIApplication":
    """The application, for local callers: answers 403 to all others, and no header of CORS to anybody."""

    def guarded(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        refusal = _refusal(environ)
        if refusal:
            body = f"{refusal}\n".encode()
            headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
            start_response("403 Forbidden", headers)
            return [body]

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            kept = [header for header in headers if not header[0].lower().startswith(_CORS)]
            return start_response(status, kept, *error)

        return app(environ, start)  # pyright: ignore[reportArgumentType]

    return guarded


def _refusal(environ: "WSGIEnvironment") -> str | None:
    """Return why the request is not answered: one line; None if it is."""
    host = environ.get("HTTP_HOST", "")
    if not _LOCAL.fullmatch(host):
        return "refused: the Host header is not a local name; use 127.0.0.1 or localhost"
    origin = environ.get("HTTP_ORIGIN")
    if origin is not None and origin.lower() != f"http://{host}".lower():
        return "refused: the request is from a web page of another origin"
    if environ.get("HTTP_SEC_FETCH_SITE") not in _OWN_SITE:
        return "refused: the request is from another web site"
    if environ["REQUEST_METHOD"] == "OPTIONS":
        return "refused: cross-origin requests are not allowed"
    return None
