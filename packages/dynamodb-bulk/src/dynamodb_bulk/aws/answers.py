"""Answers of AWS that were cut off on their way: asked for again, like an answer of 500.

botocore makes an empty answer of JSON that it cannot read, which is then a KeyError far from its cause.
"""

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast
from xml.etree import ElementTree

import orjson

if TYPE_CHECKING:
    from botocore.model import OperationModel

_JSON = ("json", "rest-json")
_XML = ("query", "ec2", "rest-xml")
_SAID = "the answer was cut off or is not AWS's"


def watch_answers(client: Any) -> None:
    """Have the client ask again where an answer cannot be read; past its last try that is a ClientError."""
    events = client.meta.events
    events.register("before-parse", _check)
    # Before botocore's own handler, which is called for the service.
    service = client.meta.service_model.service_id.hyphenize()
    events.register_first(f"needs-retry.{service}", _pass_on)


def refuse_answer(response: dict[str, Any]) -> None:
    """Make an answer of 500 of one that cannot be read."""
    response["status_code"] = 500
    response["headers"] = {**response["headers"], "content-type": "application/json"}
    response["body"] = orjson.dumps({"__type": "UnreadableAnswer", "message": _SAID})


def _check(operation_model: "OperationModel", response_dict: dict[str, Any], **_: object) -> None:
    body = response_dict["body"]
    if response_dict["status_code"] >= 500 or not isinstance(body, bytes):  # a stream is read by its reader
        return
    protocol = operation_model.service_model.resolved_protocol
    if protocol in _JSON:
        readable = _is_json(body) if body else protocol != "json" or not _says_something(operation_model)
        if not readable:
            refuse_answer(response_dict)
    elif protocol in _XML and body.lstrip().startswith(b"<") and not _is_xml(body):
        refuse_answer(response_dict)
        response_dict["body"] = _in_xml(protocol)


def _pass_on(response: tuple[Any, dict[str, Any]] | None, **_: object) -> None:
    """Tell those who decide on a retry, and on raising, what `_check` made of the answer."""
    if response is None:
        return
    http, parsed = response
    if parsed.get("Error", {}).get("Code") == "UnreadableAnswer":
        http.status_code = parsed["ResponseMetadata"]["HTTPStatusCode"]


def _says_something(operation: "OperationModel") -> bool:
    shape = cast("Any", operation.output_shape)
    return bool(shape is not None and shape.members)


def _is_json(body: bytes) -> bool:
    with suppress(orjson.JSONDecodeError):
        orjson.loads(body)
        return True
    try:
        json.loads(body)  # botocore's reader takes a little more
    except ValueError:
        return False
    return True


def _is_xml(body: bytes) -> bool:
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - botocore reads the same answer with the same parser
    except ElementTree.ParseError:
        return False
    return not root.tag.lower().endswith("html")  # a proxy's page can be XML, too


def _in_xml(protocol: str) -> bytes:
    error = f"<Error><Code>UnreadableAnswer</Code><Message>{_SAID}</Message></Error>"
    if protocol == "ec2":
        error = f"<Response><Errors>{error}</Errors></Response>"
    elif protocol == "query":
        error = f"<ErrorResponse>{error}</ErrorResponse>"
    return error.encode()
