"""Does the work of a removal. Each kind can be repeated after it was ended half-way."""

from collections.abc import Callable, Mapping
from typing import Any

from operations.aws import Aws
from operations.teardown.interfaces import await_interfaces
from operations.teardown.kind import Kind
from operations.teardown.objects import remove_objects
from operations.teardown.operation import end_operation
from operations.teardown.record import forget_load
from operations.teardown.task import stop_task
from operations.this_machine import insist_on_this_machine

_WORK: Mapping[Kind, Callable[..., None]] = {
    "dms-task": stop_task,
    "interfaces": await_interfaces,
    "objects": remove_objects,
    "operation": end_operation,
    "record": forget_load,
}


def remove(kind: Kind, arguments: Mapping[str, Any], account: Mapping[str, Any]) -> None:
    """Do it; raises InputError when a stack of this machine would reach another."""
    if account["local"]:
        insist_on_this_machine("bulk:local")
    _WORK[kind](Aws(region=account["region"], profile=account.get("profile")), **arguments)
