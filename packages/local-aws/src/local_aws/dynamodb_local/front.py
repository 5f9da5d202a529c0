"""Which of DynamoDB's requests moto answers, and which DynamoDB Local."""

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

from local_aws.dynamodb_local.process import LocalDynamoDb
from local_aws.protocol import Tables, answer, refuse

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# Of tables and their settings, which moto keeps; all others are of items, or such as Local refuses itself.
_OF_TABLES = frozenset(
    {"CreateTable", "UpdateTable", "DeleteTable", "DescribeTable", "ListTables", "DescribeEndpoints"}
    | {"TagResource", "UntagResource", "ListTagsOfResource", "DescribeTimeToLive", "UpdateTimeToLive"}
    | {"DescribeContinuousBackups", "UpdateContinuousBackups", "DescribeLimits"}
    | {"PutResourcePolicy", "GetResourcePolicy", "DeleteResourcePolicy"}
)
_NO_REPLICAS = "DynamoDB Local, which holds the items, has no replicas"


def local_front(local: LocalDynamoDb, moto: "WSGIApplication") -> Tables:
    """Requests of tables go to moto, which has every table mirrored; requests of items go to Local."""

    def tables(
        environ: "WSGIEnvironment", start_response: "StartResponse", body: bytes, region: str
    ) -> Iterable[bytes]:
        target: str = environ["HTTP_X_AMZ_TARGET"]
        service, _, operation = target.partition(".")
        if service.startswith("DynamoDB_") and operation in _OF_TABLES:
            if b'"ReplicaUpdates"' in body:
                return refuse(start_response, _NO_REPLICAS)
            environ["wsgi.input"] = io.BytesIO(body)
            return moto(environ, start_response)
        said = local.forward(target, body, region)
        headers = {name: value for name, value in said.headers.items() if name.lower().startswith("x-amz")}
        return answer(start_response, said.status, said.data, **headers)

    return tables
