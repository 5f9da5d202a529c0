"""Does the work of a removal. Each kind can be repeated after it was ended half-way."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from operations.aws import Aws, is_denied
from operations.teardown.exports import await_exports
from operations.teardown.gateways import remove_gateways
from operations.teardown.interfaces import await_interfaces
from operations.teardown.kind import Kind
from operations.teardown.objects import remove_objects
from operations.teardown.operation import end_operation
from operations.teardown.record import forget_load
from operations.teardown.task import stop_task
from operations.this_machine import insist_on_this_machine

_WORK: Mapping[Kind, Callable[..., None]] = {
    "dms-task": stop_task,
    "exports": await_exports,
    "gateways": remove_gateways,
    "interfaces": await_interfaces,
    "objects": remove_objects,
    "operation": end_operation,
    "record": forget_load,
}
# They look at the whole account. Who may not do that is not kept from destroying: then nobody waits.
_ONLY_WAITING: tuple[Kind, ...] = ("exports", "interfaces")


def remove(kind: Kind, arguments: Mapping[str, Any], account: Mapping[str, Any]) -> None:
    """Do it; raises InputError when a stack of this machine would reach another."""
    if account["local"]:
        insist_on_this_machine("bulk:local")
    try:
        _WORK[kind](Aws(region=account["region"], profile=account.get("profile")), **arguments)
    except ClientError as error:
        if kind not in _ONLY_WAITING or not is_denied(error):
            raise
