"""Does the work of a removal. Each kind can be repeated after it was ended half-way."""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws, is_denied
from dynamodb_bulk.aws.loopback import require_loopback_endpoint
from dynamodb_bulk.aws.polling import poll
from dynamodb_bulk.cleanup.delete import delete_gateway
from dynamodb_bulk.cleanup.objects import remove_objects
from dynamodb_bulk.export.listing import await_exports
from dynamodb_bulk.glue.place import CODE, GlueJob
from dynamodb_bulk.loads.conversion_record import ConversionRecord
from dynamodb_bulk.loads.dms.alive import (
    Interface,
    dms_in_vpc,
    dms_interfaces,
    live_instances,
    live_serverless,
)
from dynamodb_bulk.loads.dms.task import stop_task
from dynamodb_bulk.loads.fixed_rows import fixed_name
from dynamodb_bulk.loads.local_conversions import forget_conversions
from dynamodb_bulk.loads.raised_capacity import CapacityRecord, put_back
from dynamodb_bulk.loads.registry import LOADERS
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.loads.unstarted import Unstarted

Kind = Literal[
    "capacity", "dms-task", "exports", "gateways", "glue-job", "interfaces", "objects", "operation", "record"
]

_INTERFACE_SECONDS = 900


def remove(kind: Kind, arguments: Mapping[str, Any], account: Mapping[str, Any]) -> None:
    """Do it; raises InputError when a local stack would reach AWS."""
    if account["local"]:
        require_loopback_endpoint("bulk:local")
    try:
        _WORK[kind](Aws.of(account), **arguments)
    except ClientError as error:
        if kind not in _ONLY_WAITING or not is_denied(error):
            raise


def end_operation(aws: Aws, *, bucket: str, load: str, method: str) -> None:
    """Return when AWS runs nothing for the load any more."""
    LOADERS[method].end(aws, bucket=bucket, load=load)


def put_back_capacity(aws: Aws, *, bucket: str, load: str) -> None:
    """Lower the capacity that was raised for the load, if it still is."""
    put_back(load, bucket, aws, lambda _: None)


def end_glue_job(aws: Aws, *, bucket: str, name: str) -> None:
    """Return when the job runs no more, and its requests and answers are deleted; its code is the stack's."""
    from dynamodb_bulk.glue.run import end_runs  # few stacks need it

    job = GlueJob(name=name, bucket=bucket)
    end_runs(job, aws)
    remove_objects(
        aws, bucket=bucket, prefix=job.prefix, which=lambda key: not key.startswith(job.prefix + CODE)
    )


def remove_converted(aws: Aws, *, bucket: str, prefix: str) -> None:
    """Delete the converted files of a load, in S3 and on this machine."""
    remove_objects(aws, bucket=bucket, prefix=prefix)
    forget_conversions(bucket, prefix)


def forget_load(
    aws: Aws, *, bucket: str, load: str, method: str, reports_prefix: str, keep_tables: bool
) -> None:
    """Delete what a load made that no resource of its stack stands for: logs, a table, reports, the record.

    Earlier runs may have been by another method. The record goes last, so that all of it can be repeated.
    Tables that the stack had adopted are gone, or retained on purpose, when this is called.
    """
    record = RunRecord.read(bucket, load, aws)
    if record is not None:
        for loader in LOADERS.values():
            loader.delete_logs(record, aws)
        if not keep_tables:
            LOADERS[method].delete_table(record, aws)
    remove_objects(aws, bucket=bucket, prefix=reports_prefix)
    for name in (fixed_name(load), load):
        ConversionRecord.delete(bucket, name, aws)
        Unstarted.delete(bucket, name, aws)
        key = RunRecord.key(name)
        remove_objects(aws, bucket=bucket, prefix=key, which=key.__eq__)
    capacity = CapacityRecord.key(load)
    remove_objects(aws, bucket=bucket, prefix=capacity, which=capacity.__eq__)


def remove_gateways(aws: Aws, *, endpoints: Sequence[str], vpc: str) -> None:
    """Delete VPC endpoints, or say that they stay since another stack's loads go through them.

    Raises LoadFailed with what EC2 answers. The stack's own instance is gone when this is called.
    What is printed, the engine shows.
    """
    if users := dms_in_vpc(aws, vpc):
        sys.stdout.write(
            f"kept: VPC endpoints {', '.join(endpoints)}, since {users[0]} in {vpc} needs them; "
            "`bulk leftovers --delete` deletes them when nothing does\n"
        )
        sys.stdout.flush()
        return
    for endpoint in endpoints:
        delete_gateway(aws, endpoint)


def await_interfaces(aws: Aws, *, subnets: Sequence[str]) -> None:
    """Return when the subnets hold no interfaces of replication instances that are gone.

    Until AWS has let go of them, their subnets and security groups, of no stack here, cannot be deleted.
    Serverless replications have such interfaces too, and nothing tells whose they are: where there is one,
    nobody waits. Raises LoadFailed when some stay for a quarter of an hour.
    """

    def held() -> list[Interface]:
        found = [each for each in dms_interfaces(aws, subnets) if not each.free]
        if not found or live_serverless(aws):
            return []
        theirs = {address for addresses in live_instances(aws).values() for address in addresses}
        return [each for each in found if each.address not in theirs]

    poll(
        held,
        lambda found: not found,
        limit_seconds=_INTERFACE_SECONDS,
        what=f"DMS's network interfaces in {', '.join(subnets)}, which `bulk leftovers` names",
    )


_WORK: Mapping[Kind, Callable[..., None]] = {
    "capacity": put_back_capacity,
    "dms-task": stop_task,
    "exports": await_exports,
    "gateways": remove_gateways,
    "glue-job": end_glue_job,
    "interfaces": await_interfaces,
    "objects": remove_converted,
    "operation": end_operation,
    "record": forget_load,
}
# They look at the whole account. Without permission for that `destroy` still works, but does not wait.
_ONLY_WAITING: tuple[Kind, ...] = ("exports", "interfaces")
