"""Turns what a method of the provider raises into the errors that the engine understands."""

import traceback
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import status_pb2

from offline_pulumi.provider.failures import Failure, InitFailure
from offline_pulumi.provider.properties import to_struct

Answer = TypeVar("Answer")


def worded(method: Callable[..., Answer]) -> Callable[..., Answer]:
    """Turn what a method raises into a gRPC error of one line; a fault of ours says where it happened."""

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
