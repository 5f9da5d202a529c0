"""Does the work of a removal. Each kind can be repeated after it was ended half-way."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws, is_denied
from dynamodb_bulk.aws.loopback import require_loopback_endpoint
from dynamodb_bulk.cleanup.exports import await_exports
from dynamodb_bulk.cleanup.gateways import remove_gateways
from dynamodb_bulk.cleanup.interfaces import await_interfaces
from dynamodb_bulk.cleanup.kind import Kind
from dynamodb_bulk.cleanup.objects import remove_objects
from dynamodb_bulk.cleanup.operation import end_operation
from dynamodb_bulk.cleanup.record import forget_load
from dynamodb_bulk.cleanup.task import stop_task

_WORK: Mapping[Kind, Callable[..., None]] = {
    "dms-task": stop_task,
    "exports": await_exports,
    "gateways": remove_gateways,
    "interfaces": await_interfaces,
    "objects": remove_objects,
    "operation": end_operation,
    "record": forget_load,
}
# They look at the entire account. Who may not do that is not kept from destroying: then no one waits.
_ONLY_WAITING: tuple[Kind, ...] = ("exports", "interfaces")


def remove(kind: Kind, arguments: Mapping[str, Any], account: Mapping[str, Any]) -> None:
    """Do it; raise InputError when a stack of this machine would reach another."""
    if account["local"]:
        require_loopback_endpoint("bulk:local")
    try:
        _WORK[kind](Aws(region=account["region"], profile=account.get("profile")), **arguments)
    except ClientError as error:
        if kind not in _ONLY_WAITING or not is_denied(error):
            raise
