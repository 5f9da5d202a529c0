"""Which of DynamoDB's requests moto answers, and which DynamoDB Local."""

import io
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from local_aws.dynamodb_local.process import LocalDynamoDb

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# Of tables and their settings, which moto keeps; all others are of items, or such as Local refuses itself.
OF_TABLES = frozenset(
    {"CreateTable", "UpdateTable", "DeleteTable", "DescribeTable", "ListTables", "DescribeEndpoints"}
    | {"TagResource", "UntagResource", "ListTagsOfResource", "DescribeTimeToLive", "UpdateTimeToLive"}
    | {"DescribeContinuousBackups", "UpdateContinuousBackups", "DescribeLimits"}
    | {"PutResourcePolicy", "GetResourcePolicy", "DeleteResourcePolicy"}
)
_NO_REPLICAS = "DynamoDB Local, which holds the items, has no replicas"


class LocalFront:
    """Requests of tables go to moto, which has every table mirrored; requests of items go to Local."""

    def __init__(self, local: LocalDynamoDb, moto: "WSGIApplication") -> None:
        self._local = local
        self._moto = moto

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse", body: bytes, region: str
    ) -> Iterable[bytes]:
        """Answer one request."""
        target: str = environ["HTTP_X_AMZ_TARGET"]
        service, _, operation = target.partition(".")
        if service.startswith("DynamoDB_") and operation in OF_TABLES:
            if b'"ReplicaUpdates"' in body:
                said = {"__type": "com.amazon.coral.validate#ValidationException", "message": _NO_REPLICAS}
                return _answer(start_response, 400, json.dumps(said).encode(), {})
            environ["wsgi.input"] = io.BytesIO(body)
            return self._moto(environ, start_response)
        answer = self._local.forward(target, body, region)
        headers = {name: value for name, value in answer.headers.items() if name.lower().startswith("x-amz")}
        return _answer(start_response, answer.status, answer.data, headers)


def _answer(
    start_response: "StartResponse", status: int, body: bytes, headers: dict[str, str]
) -> list[bytes]:
    sent = {"Content-Type": "application/x-amz-json-1.0", "Content-Length": str(len(body)), **headers}
    start_response(f"{status} {'OK' if status < 400 else 'Error'}", list(sent.items()))
    return [body]
