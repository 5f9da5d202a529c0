"""Record what every client calls, on what and as whom: one JSON line per request.

Off unless BULK_RECORD names a folder, in which every server has a file of its own. A client says who it is by
its application ID, which every AWS SDK takes from AWS_SDK_UA_APP_ID and sends with each request.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html
"""

import io
import json
import os
import re
import threading
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from local_aws.account import ACCOUNT, PARTITION

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from botocore.model import OperationModel

FOLDER = "BULK_RECORD"
_REST = ("s3", "scheduler")
_SIGNED = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/")
_ROLE = re.compile(r"arn:[a-z-]+:iam::\d{12}:role/[\w+=,.@/-]+")


class CallLog:
    """Notes each request before the application behind it answers."""

    def __init__(self, behind: "WSGIApplication", folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._behind = behind
        self._file = folder / f"{os.getpid()}.jsonl"
        self._lock = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        if call := called(environ):
            with self._lock, self._file.open("a") as file:
                file.write(json.dumps(call) + "\n")
        return self._behind(environ, start_response)


def recorded_calls(folder: Path) -> list[dict[str, Any]]:
    """Return the calls of all servers: service, operation, resource, app, key, tagged, passed (roles)."""
    return [json.loads(line) for file in folder.glob("*.jsonl") for line in file.read_text().splitlines()]


def called(environ: "WSGIEnvironment") -> dict[str, Any] | None:
    """Return what a request calls: service, operation, resource, app, key, tagged, passed; None if unsigned.

    `key` is the access key that it is signed with.
    """
    signed = _SIGNED.search(environ.get("HTTP_AUTHORIZATION", ""))
    if signed is None:
        return None
    service, region = signed["service"], signed["region"]
    body = "" if service == "s3" else _body(environ).decode()
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if service in _REST:
        operation, members = _rest_operation(service, environ), {}
    elif target:
        operation, members = target.rpartition(".")[2], json.loads(body or "{}")
    else:
        form = {name: values[0] for name, values in parse_qs(body).items()}
        operation, members = form.pop("Action", ""), form
    app = re.search(r"\bapp/(\S+)", environ.get("HTTP_USER_AGENT", ""))
    return {
        "service": service,
        "operation": operation,
        "resource": _s3_arn(environ) if service == "s3" else _named(service, region, members),
        "app": app[1] if app else "",
        "key": signed["key"],
        "tagged": "HTTP_X_AMZ_TAGGING" in environ or bool(re.search(r"\bTags?\b|\btags\b|TagSet", body)),
        "passed": sorted({*_ROLE.findall(body)}) if service in ("dms", "scheduler", "states") else [],
    }


def _body(environ: "WSGIEnvironment") -> bytes:
    content = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(content)
    return content


def _s3_arn(environ: "WSGIEnvironment") -> str:
    place = unquote(environ["PATH_INFO"]).strip("/")
    return f"arn:{PARTITION}:s3:::{place}" if place else "*"


def _named(service: str, region: str, members: Mapping[str, Any]) -> str:
    """Return the ARN of the role or table that a request names, or an ARN in it; empty without any."""
    if role := members.get("RoleName"):
        return f"arn:{PARTITION}:iam::{ACCOUNT}:role/{role}"
    table = members.get("TableName") or members.get("TableCreationParameters", {}).get("TableName")
    table = table or next(iter(members.get("RequestItems", ())), None)  # of BatchWriteItem
    if table:
        return f"arn:{PARTITION}:dynamodb:{region}:{ACCOUNT}:table/{table}"
    arns = (value for name, value in members.items() if name.lower().endswith("arn"))
    return next((arn for arn in arns if str(arn).startswith(f"arn:{PARTITION}:{service}:")), "")


def _rest_operation(service: str, environ: "WSGIEnvironment") -> str:
    """Return the operation of the service's model that the request fits best."""
    given = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    fitting: dict[str, int] = {}
    asked = environ.get("REQUEST_URI", environ["PATH_INFO"]).partition("?")[0]  # with %2F in an ARN
    for operation, path, wanted, members in _routes(service):
        if operation.http["method"] != environ["REQUEST_METHOD"] or not path.fullmatch(asked):
            continue
        static = [name for name, value in wanted.items() if name in given and value in ("", given[name][0])]
        headers = [f"HTTP_{name.upper().replace('-', '_')}" in environ for name in members["header"]]
        queries = [name in given for name in members["querystring"]]
        if len(static) == len(wanted) and all((*headers, *queries)):
            fitting[operation.name] = len(static) + len(headers) + len(queries)
    return max(fitting, key=lambda name: fitting[name], default="")


@cache
def _routes(
    service: str,
) -> "list[tuple[OperationModel, re.Pattern[str], dict[str, str], dict[str, list[str]]]]":
    """Return the operations with their paths, fixed queries and the queries and headers that they require."""
    from botocore.session import Session

    model = Session().get_service_model(service)
    routes: list[tuple[OperationModel, re.Pattern[str], dict[str, str], dict[str, list[str]]]] = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        path, _, query = str(operation.http["requestUri"]).partition("?")
        expression = re.sub(r"\\{\w+\\\+\\}", ".+", re.escape(path))
        expression = re.sub(r"\\{\w+\\}", "[^/]+", expression)
        wanted = {key: values[0] for key, values in parse_qs(query, keep_blank_values=True).items()}
        required: dict[str, list[str]] = {"header": [], "querystring": []}
        shape = operation.input_shape
        for member in shape.required_members if shape else []:
            placed: Mapping[str, Any] = shape.members[member].serialization if shape else {}
            if placed.get("location") in required:
                required[placed["location"]].append(str(placed["name"]))
        if not operation.deprecated:
            routes.append((operation, re.compile(f"{expression}/?"), wanted, required))
    return routes
