"""Errors in the words of the real provider: one line, no traceback."""

import re
import traceback
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import grpc
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from google.protobuf.any_pb2 import Any as AnyMessage
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import status_pb2

from offline_pulumi.provider.properties import to_struct

Answer = TypeVar("Answer")


class Failure(Exception):
    """An operation on a resource did not succeed; the text is what the user reads."""


class InitFailure(Failure):
    """The resource exists, but what followed its creation failed: the engine must keep its id."""

    def __init__(self, text: str, resource_id: str, state: dict[str, Any], inputs: dict[str, Any]) -> None:
        super().__init__(text)
        self.resource_id = resource_id
        self.state = state
        self.inputs = inputs


def code(error: BaseException) -> str:
    """Return the error code of a service, or an empty text."""
    return error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""


def text(error: BaseException, service_id: str) -> str:
    """Return an error of a service as the AWS SDK for Go words it."""
    if isinstance(error, ClientError):
        answer: Any = error.response
        about, details = answer.get("ResponseMetadata", {}), answer.get("Error", {})
        words = " ".join(str(details.get("Message", "")).split())
        return (
            f"operation error {service_id}: {error.operation_name}, https response error "
            f"StatusCode: {about.get('HTTPStatusCode', 0)}, RequestID: {about.get('RequestId', '')}, "
            f"{details.get('Code', 'UnknownError')}: {words}"
        )
    if isinstance(error, ResponseParserError):
        return f"operation error {service_id}: the response of local AWS is invalid; see its log"
    if isinstance(error, BotoCoreError):
        return f"operation error {service_id}: " + " ".join(str(error).split())
    return " ".join(str(error).split()) or type(error).__name__


def matches(error: BaseException, codes: dict[str, str]) -> bool:
    """Return whether the error's code is in `codes` and its message matches the pattern there."""
    if not isinstance(error, ClientError) or code(error) not in codes:
        return False
    return re.search(codes[code(error)], str(error), re.IGNORECASE) is not None


def worded(method: Callable[..., Answer]) -> Callable[..., Answer]:
    """Turns what a method raises into a gRPC error of one line; a fault of ours says where it happened."""

    @wraps(method)
    def run(self: Any, request: Any, context: grpc.ServicerContext) -> Answer:
        try:
            return method(self, request, context)
        except InitFailure as failure:
            detail = pb.ErrorResourceInitFailed(
                id=failure.resource_id,
                properties=to_struct(failure.state),
                inputs=to_struct(failure.inputs),
                reasons=[str(failure)],
            )
            packed = AnyMessage()
            packed.Pack(detail)
            status = status_pb2.Status(
                code=grpc.StatusCode.UNKNOWN.value[0], message=str(failure), details=[packed]
            )
            context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
            context.abort(grpc.StatusCode.UNKNOWN, str(failure))
        except Failure as failure:
            context.abort(grpc.StatusCode.UNKNOWN, str(failure))
        except Exception as error:
            if context.code() is not None:  # pyright: ignore[reportAttributeAccessIssue]
                raise
            place = traceback.extract_tb(error.__traceback__)[-1]
            context.abort(
                grpc.StatusCode.INTERNAL,
                f"the local replacement for pulumi-resource-aws failed in {method.__name__}: "
                f"{type(error).__name__}: {error} "
                f"({place.filename}:{place.lineno})",
            )

    return run
