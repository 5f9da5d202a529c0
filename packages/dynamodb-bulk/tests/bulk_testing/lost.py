"""Calls of AWS that are lost on their way, or whose answers are, in the process of the test."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session

_EVENT = "before-send.database-migration-service.StartReplicationTask"
Fault = Callable[[Any], AWSResponse]


class Killed(BaseException):
    """The process is killed."""


class _Raw(io.BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


@dataclass
class Lost:
    """The next `times` calls of StartReplicationTask end as the fault says; `calls` are all of them."""

    fault: Fault
    times: int
    calls: int = 0

    def __call__(self, request: Any, **_: Any) -> AWSResponse | None:
        self.calls += 1
        return self.fault(request) if self.calls <= self.times else None


def lose_starts(dms: Any, fault: Fault, times: int = 1) -> Lost:
    """Register the fault with a client."""
    lost = Lost(fault, times)
    dms.meta.events.register(_EVENT, lost)
    return lost


def deny(client: Any, operation: str, holding: bytes = b"") -> None:
    """Have AWS deny the calls of an operation by a client, or only those that hold a text."""
    denied = answered(400, "AccessDeniedException")

    def handler(request: Any, **_: Any) -> AWSResponse | None:
        return denied(request) if holding in request.body else None

    service = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register(f"before-send.{service}.{operation}", handler)


def never_arrives(request: Any) -> AWSResponse:
    """The connection breaks before AWS has read the call."""
    raise ConnectionClosedError(endpoint_url=request.url)


def answer_is_cut(request: Any) -> AWSResponse:
    """AWS has done what it was asked for, and the connection breaks."""
    URLLib3Session().send(request)
    raise ConnectionClosedError(endpoint_url=request.url)


def killed(request: Any) -> AWSResponse:
    """Who asks is killed before AWS has read the call."""
    raise Killed(request.url)


def answered(status: int, code: str) -> Fault:
    """AWS answers with this error, and has done nothing."""
    body = f'{{"__type": "{code}", "message": "said by AWS"}}'.encode()
    return lambda request: AWSResponse(request.url, status, HTTPHeaders(), _Raw(body))


def nothing_happens(request: Any) -> AWSResponse:
    """AWS answers well, and has done nothing."""
    return AWSResponse(request.url, 200, HTTPHeaders(), _Raw(b"{}"))
