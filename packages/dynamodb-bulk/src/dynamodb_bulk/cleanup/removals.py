"""Does the work of a removal. Each kind can be repeated after it was ended half-way."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws, is_denied
from dynamodb_bulk.aws.loopback import require_loopback_endpoint
from dynamodb_bulk.cleanup.exports import await_exports
from dynamodb_bulk.cleanup.gateways import remove_gateways
from dynamodb_bulk.cleanup.interfaces import await_interfaces
from dynamodb_bulk.cleanup.objects import remove_objects
from dynamodb_bulk.loads.dms.task import stop_task
from dynamodb_bulk.loads.registry import LOADERS
from dynamodb_bulk.loads.run_record import read_record, record_key

Kind = Literal["dms-task", "exports", "gateways", "interfaces", "objects", "operation", "record"]


def remove(kind: Kind, arguments: Mapping[str, Any], account: Mapping[str, Any]) -> None:
    """Do it; raises InputError when a local stack would reach AWS."""
    if account["local"]:
        require_loopback_endpoint("bulk:local")
    try:
        _WORK[kind](Aws(region=account["region"], profile=account.get("profile")), **arguments)
    except ClientError as error:
        if kind not in _ONLY_WAITING or not is_denied(error):
            raise


def end_operation(aws: Aws, *, bucket: str, load: str, method: str) -> None:
    """Return when AWS runs nothing for the load any more."""
    LOADERS[method].end(aws, bucket=bucket, load=load)


def forget_load(
    aws: Aws, *, bucket: str, load: str, method: str, reports_prefix: str, keep_tables: bool
) -> None:
    """Delete what a load made that no resource of its stack stands for: logs, a table, reports, the record.

    Earlier runs may have been by another method. The record goes last, so that all of it can be repeated.
    Tables that the stack had adopted are gone, or retained on purpose, when this is called.
    """
    record = read_record(bucket, load, aws)
    if record is not None:
        for loader in LOADERS.values():
            loader.delete_logs(record, aws)
        if not keep_tables:
            LOADERS[method].delete_table(record, aws)
    remove_objects(aws, bucket=bucket, prefix=reports_prefix)
    key = record_key(load)
    remove_objects(aws, bucket=bucket, prefix=key, which=lambda found: found == key)


_WORK: Mapping[Kind, Callable[..., None]] = {
    "dms-task": stop_task,
    "exports": await_exports,
    "gateways": remove_gateways,
    "interfaces": await_interfaces,
    "objects": remove_objects,
    "operation": end_operation,
    "record": forget_load,
}
# They look at the whole account. Without permission for that `destroy` still works, but does not wait.
_ONLY_WAITING: tuple[Kind, ...] = ("exports", "interfaces")
