"""What the script of a run calls: answered where the role of the job allows it, as on AWS.

A run has an access key of its own, which each request that is signed with it names.
https://docs.aws.amazon.com/glue/latest/dg/create-an-iam-role.html
"""

import json
import re
import secrets
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from local_aws.call_log import called
from local_aws.dataplane.roles import AssumedRole, DeniedError

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_KEY = re.compile(r"Credential=(ASIA[A-Z0-9]{16})/")
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
_ACTIONS = {
    "s3:HeadObject": "s3:GetObject",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:UploadPart": "s3:PutObject",
    "s3:CompleteMultipartUpload": "s3:PutObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
}
_roles: dict[str, AssumedRole] = {}


def access_key(role: AssumedRole) -> str:
    """Return a new access key, with which a request may do what the role allows."""
    key = f"ASIA{secrets.token_hex(8).upper()}"
    _roles[key] = role
    return key


def forget(key: str) -> None:
    """Let the key be of no role: its run has ended."""
    _roles.pop(key, None)


def obey_roles(app: "WSGIApplication") -> "WSGIApplication":
    """The application; it denies runs what their roles do not allow."""

    def guarded(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        found = _KEY.search(environ.get("HTTP_AUTHORIZATION", ""))
        role = _roles.get(found[1]) if found else None
        call = called(environ) if role else None
        if role is None or call is None:
            return app(environ, start_response)
        try:
            _require(role, call)
        except DeniedError as error:
            return _denied(call["service"], str(error), start_response)
        return app(environ, start_response)

    return guarded


def _require(role: AssumedRole, call: Mapping[str, Any]) -> None:
    service = {"monitoring": "cloudwatch"}.get(call["service"], call["service"])
    action = f"{service}:{call['operation']}"
    role.require([_ACTIONS.get(action, action)], call["resource"] or "*")


def _denied(service: str, why: str, start_response: "StartResponse") -> Iterable[bytes]:
    if service == "s3":
        body = f"<Error><Code>AccessDenied</Code><Message>{why}</Message></Error>".encode()
    else:
        body = json.dumps({"__type": "AccessDeniedException", "message": why}).encode()
    start_response("403 Forbidden", [("Content-Length", str(len(body)))])
    return [body]
