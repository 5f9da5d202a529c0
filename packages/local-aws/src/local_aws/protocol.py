"""DynamoDB's protocol for the supported operations: JSON requests checked against its model, and answers."""

import json
import re
import secrets
import zlib
from base64 import b32hexencode
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import botocore.session
from botocore.model import ListShape, MapShape, Shape, StructureShape

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

Fields = dict[str, Any]
Request = Mapping[str, Any]
Operation = Callable[[str, Request], Fields]
# Answers a request to DynamoDB, with its body and its region.
Tables = Callable[["WSGIEnvironment", "StartResponse", bytes, str], Iterable[bytes]]

_VALIDATION = "com.amazon.coral.validate#ValidationException"
_OWN = "com.amazonaws.dynamodb.v20120810#"
_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "timestamp": (int, float),
    "blob": (str,),
    "boolean": (bool,),
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
}


class Fault(Exception):
    """Answers an error to the caller: `code` goes out as `__type`, the text as `member`."""

    def __init__(self, code: str, message: str, member: str = "message") -> None:
        super().__init__(message)
        self.code = code if "#" in code else _OWN + code
        self.message = message
        self.member = member


def invalid(message: str) -> Fault:
    """ValidationException."""
    return Fault(_VALIDATION, message)


class Operations:
    """Serves some operations, each of which is given the region and a request that fits its model."""

    def __init__(self, operations: Mapping[str, Operation]) -> None:
        self._operations = operations

    def answer(self, operation: str, body: bytes, region: str) -> tuple[int, Fields]:
        """Return the HTTP status and the fields that answer one request."""
        try:
            return 200, self._operations[operation](region, _checked(operation, body))
        except Fault as fault:
            return 400, {"__type": fault.code, fault.member: fault.message}


def signed(app: "WSGIApplication") -> "WSGIApplication":
    """Give each answer what DynamoDB's own has: a request id, and the CRC-32 of its body."""

    def answered(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        begun: list[tuple[str, list[tuple[str, str]]]] = []

        def begin(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
            begun.append((status, headers))

        body = b"".join(app(environ, begin))
        own = {
            "Content-Length": str(len(body)),
            "x-amzn-RequestId": b32hexencode(secrets.token_bytes(32)).decode().rstrip("="),
            "x-amz-crc32": str(zlib.crc32(body)),
        }
        names = {name.lower() for name in own}
        status, given = begun[-1]
        kept = [(name, value) for name, value in given if name.lower() not in names]
        start_response(status, [*kept, *own.items()])
        return [body]

    return answered


def headers(operation: str, region: str) -> dict[str, str]:
    """Return the headers of a request of our own, in the name of one account."""
    scope = f"Credential=local/20260101/{region}/dynamodb/aws4_request"
    return {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": operation,
        "X-Amz-Date": "20260101T000000Z",
        "Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0",
    }


def answer(start_response: "StartResponse", status: int, body: bytes, **more: str) -> list[bytes]:
    """Send a body of JSON."""
    sent = {"Content-Type": "application/x-amz-json-1.0", "Content-Length": str(len(body)), **more}
    start_response(f"{status} {'OK' if status < 400 else 'Bad Request'}", list(sent.items()))
    return [body]


def refuse(start_response: "StartResponse", message: str) -> list[bytes]:
    """Answer a request with ValidationException."""
    return answer(start_response, 400, json.dumps({"__type": _VALIDATION, "message": message}).encode())


def _checked(operation: str, body: bytes) -> Request:
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        raise Fault("com.amazon.coral.service#SerializationException", "The request is not JSON") from None
    problems = list(_problems(request, _input_shape(operation), ""))
    if problems:
        plural = "s" if len(problems) > 1 else ""
        raise invalid(f"{len(problems)} validation error{plural} detected: {'; '.join(problems)}")
    return cast("Request", request)


@cache
def _input_shape(operation: str) -> Shape:
    model: Any = botocore.session.get_session().get_service_model("dynamodb")
    return model.operation_model(operation).input_shape


def _problems(value: Any, shape: Shape, place: str) -> Iterator[str]:
    """Yield what is not as the model has it, in the form of AWS's messages."""
    wanted = _JSON_TYPES.get(shape.type_name, (object,))
    if type(value) not in wanted:
        raise Fault(
            "com.amazon.coral.service#SerializationException",
            f"{place or 'the request'} is not a {shape.type_name}",
        )
    yield from _limits(value, shape, place)
    for name, member, inner in _members(value, shape, place):
        if member is None:
            yield null_at(name)
        else:
            yield from _problems(member, inner, name)


def _members(value: Any, shape: Shape, place: str) -> Iterator[tuple[str, Any, Shape]]:
    """Yield the places, values and shapes within a value, and None for required members that are missing."""
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            if value.get(name) is not None or name in shape.required_members:
                yield _joined(place, name), value.get(name), member
    elif isinstance(shape, ListShape):
        for number, element in enumerate(value, start=1):
            yield f"{place}.{number}.member", element, shape.member
    elif isinstance(shape, MapShape):
        for key, element in value.items():
            yield _joined(place, key), element, shape.value


def null_at(place: str) -> str:
    """Return what AWS says of a required member that is missing."""
    return f"Value null at '{place}' failed to satisfy constraint: Member must not be null"


def _limits(value: Any, shape: Shape, place: str) -> Iterator[str]:
    says = f"Value '{value}' at '{place}' failed to satisfy constraint: Member must "
    rules: Mapping[str, Any] = shape.metadata
    if isinstance(value, bool) or not isinstance(value, (int, str, list)):
        return
    choices = rules.get("enum")
    if choices and value not in choices:
        yield f"{says}satisfy enum value set: [{', '.join(choices)}]"
    size, what = (value, "value") if isinstance(value, int) else (len(cast("str", value)), "length")
    if size < rules.get("min", size):
        yield f"{says}have {what} greater than or equal to {rules['min']}"
    if size > rules.get("max", size):
        yield f"{says}have {what} less than or equal to {rules['max']}"
    if isinstance(value, str) and "pattern" in rules and not re.fullmatch(rules["pattern"], value):
        yield f"{says}satisfy regular expression pattern: {rules['pattern']}"


def _joined(place: str, name: str) -> str:
    member = name[:1].lower() + name[1:]
    return f"{place}.{member}" if place else member
